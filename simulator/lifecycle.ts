import { performance } from 'node:perf_hooks';
import { RESOURCE_TYPE } from '../lib/validation';
import type { AssembledStack, Assembly } from './assembly';
import { sharesOf } from './assembly';
import { type Clock, interruptible } from './clock';
import {
  CloudFormation,
  type CloudFormationOptions,
  type OperationResult,
  type SentRequest,
  type StackEventRecord,
  type StackStatus,
} from './cloudformation';
import { CloudFormationEndpoint } from './cloudformation-endpoint';
import { FunctionProcesses } from './function-process';
import { FAILURE_TYPE, Images } from './inputs/images';
import { parametersFor, sourcesOf } from './inputs/sources';
import { ResponseServer } from './response-server';
import type { ResourceDeclaration, Template } from './template';
import { type Call, WorkspacesEndpoint } from './workspaces-endpoint';

export interface SimulationOptions {
  /** Values for the parameters of the stacks that have them. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** How many times faster the function's clock runs. */
  readonly speed?: number;
  readonly onProgress?: (stack: string, step: string, event: StackEventRecord) => void;
}

export type Access = Record<string, readonly string[]>;

export interface EventReport {
  readonly requestType: string;
  readonly logicalId: string;
  readonly physicalId?: string;
  readonly outcome: string;
  readonly reason?: string;
}

export interface StepReport {
  readonly step: string;
  readonly ok: boolean;
  readonly status: string;
  readonly events: readonly EventReport[];
  readonly calls: {
    readonly reads: number;
    readonly grants: number;
    readonly revokes: number;
    readonly imagesDeleted: number;
    readonly refused: number;
  };
  readonly access: Access;
  readonly declared: Access;
  readonly milliseconds: number;
  /** What is not as it should be, each a sentence. */
  readonly problems: readonly string[];
  /** What the function logged in a step that went wrong. */
  readonly log: readonly string[];
}

export interface StackReport {
  readonly stack: string;
  readonly ok: boolean;
  readonly steps: readonly StepReport[];
}

/** The resource that makes an update fail. */
const FAILURE = 'SimulatedFailure';
const OWN_ACCOUNT = '123456789012';
const EXAMPLE_ACCOUNTS = ['111122223333', '444455556666', '777788889999', '222233334444', '555566667777'];

/** Plays the lifecycle of every stack that holds a share. */
export async function simulate(assembly: Assembly, options: SimulationOptions = {}): Promise<StackReport[]> {
  refuseUnknownParameters(assembly, options.parameters ?? {});
  const simulated: StackReport[] = [];
  for (const stack of assembly.stacks) {
    if (sharesOf(stack.template).length > 0) {
      simulated.push(await simulateStack(assembly, stack, options));
    }
  }
  return simulated;
}

async function simulateStack(
  assembly: Assembly,
  stack: AssembledStack,
  options: SimulationOptions,
): Promise<StackReport> {
  const speed = options.speed ?? 1;
  const startedAt = Date.now();
  const clock = acceleratedClock(startedAt, speed);
  const endpoint = await WorkspacesEndpoint.start({ clock, accountId: stack.account ?? OWN_ACCOUNT });
  const responses = await ResponseServer.start();
  let cloudFormation: CloudFormation | undefined;
  const cloudFormationEndpoint = await CloudFormationEndpoint.start({
    clock,
    events: (stackNameOrId) => cloudFormation?.eventsOf(stackNameOrId),
  });
  try {
    const functions = new FunctionProcesses({
      codeDirectory: ({ code }) => assembly.codeDirectory(code.S3Key),
      workspacesUrl: endpoint.url,
      cloudFormationUrl: cloudFormationEndpoint.url,
      speed,
      startedAt,
    });
    const lifecycle = new StackLifecycle(assembly, stack, endpoint, { clock, functions, responses }, options);
    cloudFormation = lifecycle.cloudFormation;
    const steps = await lifecycle.run();
    return { stack: stack.name, ok: steps.every(({ ok }) => ok), steps };
  } finally {
    await cloudFormationEndpoint.close();
    await responses.close();
    await endpoint.close();
  }
}

/** One stack, those it depends on, and the services they talk to. */
class StackLifecycle {
  readonly cloudFormation: CloudFormation;
  private readonly images: Images;
  private readonly steps: StepReport[] = [];
  /** What shares under RETAIN leave behind. */
  private readonly retained: Access = {};
  private readonly deployed: { name: string; parameters: Record<string, string> }[] = [];
  private template: Template;
  private step = '';

  constructor(
    assembly: Assembly,
    private readonly stack: AssembledStack,
    private readonly endpoint: WorkspacesEndpoint,
    services: Pick<CloudFormationOptions, 'clock' | 'functions' | 'responses'>,
    options: SimulationOptions,
  ) {
    const involved = [...dependenciesOf(stack), stack];
    const shares = involved.flatMap((each) =>
      sharesOf(each.template).map((id) => ({
        each,
        properties: each.template.Resources?.[id].Properties ?? {},
      })),
    );
    const imageSources = shares.map(({ each, properties }) => sourcesOf(properties.ImageId, each, assembly));
    const accountSources = shares.map(({ each, properties }) =>
      sourcesOf(properties.AccountIds, each, assembly),
    );
    this.images = new Images(
      endpoint,
      imageSources.flatMap(({ resources }) => resources),
    );
    this.cloudFormation = new CloudFormation({
      ...services,
      resourceTypes: {
        ...this.images.resourceTypes(),
        [FAILURE_TYPE]: {
          create: () => {
            throw new Error('This resource always fails, so that the update is rolled back.');
          },
        },
      },
      isCustomResource: (type) => type === RESOURCE_TYPE,
      impatient: true,
      hooks: { event: (event) => options.onProgress?.(stack.name, this.step, event) },
    });
    for (const each of involved) {
      const generated = { image: () => this.images.nextId(), accounts: this.spareAccounts([]).slice(0, 2) };
      const parameters = parametersFor(
        each,
        options.parameters ?? {},
        imageSources,
        accountSources,
        generated,
      );
      this.deployed.push({ name: each.name, parameters });
    }
    this.template = this.images.addTo(stack.template);
  }

  async run(): Promise<StepReport[]> {
    const lifecycle: [step: string, expected: StackStatus, act: () => Promise<OperationResult>][] = [
      ['deploy', 'CREATE_COMPLETE', () => this.deployAll()],
      [
        'add an account',
        'UPDATE_COMPLETE',
        () => this.deploy(this.withAccounts((now) => [...now, ...this.spareAccounts(now).slice(0, 1)])),
      ],
      ['remove an account', 'UPDATE_COMPLETE', () => this.deploy(this.withAccounts((now) => now.slice(1)))],
      ['a new image', 'UPDATE_COMPLETE', () => this.deploy(this.withNewImages())],
      ['a failed update', 'UPDATE_ROLLBACK_COMPLETE', () => this.deploy(this.withFailure())],
      ['destroy, images too', 'DELETE_COMPLETE', () => this.cloudFormation.destroy(this.stack.name)],
    ];
    for (const [step, expected, act] of lifecycle) {
      if (!(await this.runStep(step, expected, act))) {
        break;
      }
    }
    return this.steps;
  }

  private async runStep(
    step: string,
    expected: StackStatus,
    act: () => Promise<OperationResult>,
  ): Promise<boolean> {
    this.step = step;
    const started = performance.now();
    const seen = {
      requests: this.cloudFormation.requests.length,
      calls: this.endpoint.calls.length,
      problems: this.cloudFormation.problems.length,
    };
    const sharesBefore = this.liveShares();
    const problems: string[] = [];
    let status = '';
    try {
      const result = await act();
      status = result.status;
      const unexpected = result.failures.filter(({ logicalId }) => logicalId !== FAILURE);
      problems.push(...unexpected.map(({ logicalId, reason }) => `${logicalId}: ${reason}`));
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
    const milliseconds = Math.round(performance.now() - started);
    const requests = this.cloudFormation.requests.slice(seen.requests);
    problems.push(
      ...this.cloudFormation.problems
        .slice(seen.problems)
        .filter((problem) => !problems.some((known) => problem.includes(known))),
    );
    if (status !== '' && status !== expected) {
      problems.push(`The stack is ${status} and should be ${expected}.`);
    }
    this.recordRetained(sharesBefore);
    const access = this.access();
    const declared = this.declared(Object.keys(access));
    problems.push(...differences(access, declared));
    const ok = problems.length === 0;
    // A function writes on after its answer, and its log is complete only when it has ended.
    await this.cloudFormation.quiet();
    this.steps.push({
      step,
      ok,
      status,
      events: requests.map(eventReport),
      calls: count(this.endpoint.calls.slice(seen.calls)),
      access,
      declared,
      milliseconds,
      problems,
      log: ok
        ? []
        : requests.flatMap(({ invocations }) =>
            invocations.flatMap(({ log, error }) => [...log, ...(error ? [error] : [])]),
          ),
    });
    return ok;
  }

  private async deployAll(): Promise<OperationResult> {
    for (const dependency of dependenciesOf(this.stack)) {
      const result = await this.deployStack(dependency, this.images.addTo(dependency.template));
      if (result.status !== 'CREATE_COMPLETE') {
        return result;
      }
    }
    return this.deploy(this.template);
  }

  private deploy(template: Template): Promise<OperationResult> {
    this.template = template;
    return this.deployStack(this.stack, template);
  }

  private deployStack(stack: AssembledStack, template: Template): Promise<OperationResult> {
    const parameters = this.deployed.find(({ name }) => name === stack.name)?.parameters;
    return this.cloudFormation.deploy(stack.name, template, parameters, stack);
  }

  /** The template, with other accounts in each share. */
  private withAccounts(change: (now: readonly string[]) => string[]): Template {
    return withShares(this.template, (share, logicalId) => {
      const live = this.cloudFormation.stacks.get(this.stack.name)?.live.get(logicalId);
      const accounts = change([live?.properties.AccountIds ?? []].flat().map(String));
      return { ...share, Properties: { ...share.Properties, AccountIds: accounts } };
    });
  }

  private withNewImages(): Template {
    return this.images.replaceIn(this.template);
  }

  /** The template, with changed shares and a resource that fails once they were updated. */
  private withFailure(): Template {
    const changed = this.withAccounts((now) => [...now.slice(1), ...this.spareAccounts(now).slice(0, 1)]);
    const failure = { Type: FAILURE_TYPE, DependsOn: sharesOf(changed) };
    return { ...changed, Resources: { ...changed.Resources, [FAILURE]: failure } };
  }

  private spareAccounts(taken: readonly string[]): string[] {
    const own = this.stack.account ?? OWN_ACCOUNT;
    return EXAMPLE_ACCOUNTS.filter((account) => account !== own && !taken.includes(account));
  }

  private access(): Access {
    return Object.fromEntries(
      this.images.known
        .filter((id) => this.endpoint.hasImage(id))
        .map((id) => [id, [...this.endpoint.accounts(id)].sort()]),
    );
  }

  private declared(images: readonly string[]): Access {
    const shares = [...this.liveShares().values()];
    return Object.fromEntries(
      images.map((id) => {
        const accounts = shares
          .filter(({ imageId }) => imageId === id)
          .flatMap(({ accountIds }) => accountIds);
        return [id, [...new Set([...accounts, ...(this.retained[id] ?? [])])].sort()];
      }),
    );
  }

  private liveShares(): Map<string, LiveShare> {
    const shares = new Map<string, LiveShare>();
    for (const { name, live } of this.cloudFormation.stacks.values()) {
      for (const { logicalId, declared, properties } of live.values()) {
        if (declared.Type === RESOURCE_TYPE) {
          shares.set(`${name}/${logicalId}`, {
            imageId: String(properties.ImageId),
            accountIds: [properties.AccountIds ?? []].flat().map(String),
            declared,
          });
        }
      }
    }
    return shares;
  }

  private recordRetained(before: ReadonlyMap<string, LiveShare>): void {
    const now = this.liveShares();
    for (const [id, { imageId, accountIds, declared }] of before) {
      const kept = now.get(id);
      const policy = kept ? declared.UpdateReplacePolicy : declared.DeletionPolicy;
      if (kept?.imageId !== imageId && policy?.startsWith('Retain')) {
        this.retained[imageId] = accountIds;
      }
    }
  }
}

interface LiveShare {
  readonly imageId: string;
  readonly accountIds: string[];
  readonly declared: ResourceDeclaration;
}

export function withShares(
  template: Template,
  change: (share: ResourceDeclaration, logicalId: string) => ResourceDeclaration,
): Template {
  const resources = Object.entries(template.Resources ?? {}).map(([id, declared]) => [
    id,
    declared.Type === RESOURCE_TYPE ? change(declared, id) : declared,
  ]);
  return { ...template, Resources: Object.fromEntries(resources) };
}

function dependenciesOf(stack: AssembledStack): AssembledStack[] {
  return [...new Set(stack.dependencies.flatMap((each) => [...dependenciesOf(each), each]))];
}

function refuseUnknownParameters(assembly: Assembly, given: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(given)) {
    if (!assembly.stacks.some(({ template }) => template.Parameters?.[name])) {
      throw new Error(`No stack of this app has a parameter "${name}".`);
    }
  }
}

function eventReport({ event, outcome, reason, answer }: SentRequest): EventReport {
  return {
    requestType: event.RequestType,
    logicalId: event.LogicalResourceId,
    physicalId: answer?.PhysicalResourceId ?? event.PhysicalResourceId,
    outcome: outcome ?? 'no response',
    ...(reason && { reason }),
  };
}

function count(calls: readonly Call[]): StepReport['calls'] {
  const times = (wanted: (call: Call) => boolean) => calls.filter(wanted).length;
  return {
    reads: times(({ operation }) => operation === 'DescribeWorkspaceImagePermissions'),
    grants: times(({ operation, allow }) => operation === 'UpdateWorkspaceImagePermission' && allow === true),
    revokes: times(
      ({ operation, allow }) => operation === 'UpdateWorkspaceImagePermission' && allow === false,
    ),
    imagesDeleted: times(({ operation, status }) => operation === 'DeleteWorkspaceImage' && status === 200),
    refused: times(({ status }) => status !== 200),
  };
}

function differences(access: Access, declared: Access): string[] {
  return Object.keys(access).flatMap((image) => {
    const missing = declared[image].filter((account) => !access[image].includes(account));
    const surplus = access[image].filter((account) => !declared[image].includes(account));
    return [
      ...missing.map((account) => `${account} is declared for ${image} and has no access.`),
      ...surplus.map((account) => `${account} has access to ${image}, which nothing declares.`),
    ];
  });
}

/** Time as the function sees it. Its waits hold no process open: the servers do that. */
function acceleratedClock(startedAt: number, speed: number): Clock {
  return {
    now: () => startedAt + (Date.now() - startedAt) * speed,
    sleep: (ms, signal) => interruptible((end) => setTimeout(end, ms / speed).unref(), clearTimeout, signal),
  };
}
