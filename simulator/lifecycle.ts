import { performance } from 'node:perf_hooks';
import { RESOURCE_TYPE } from '../lib/validation';
import type { AssembledStack, Assembly } from './assembly';
import { sharesOf } from './assembly';
import { AcceleratedClock } from './clock';
import {
  CloudFormation,
  type CloudFormationOptions,
  type OperationResult,
  type SentRequest,
  type StackEventRecord,
  type StackStatus,
} from './cloudformation';
import { CloudFormationEndpoint } from './cloudformation-endpoint';
import { FunctionCode } from './function-code';
import { FunctionProcesses } from './function-process';
import { FAILURE_TYPE, Images } from './inputs/images';
import { parametersFor, sourcesOf } from './inputs/sources';
import { ResponseServer } from './response-server';
import type { ResourceDeclaration, Template } from './template';
import { type Call, WorkspacesEndpoint } from './workspaces-endpoint';

export interface SimulationOptions {
  /** The values of stack parameters. @default - defaults of the template, or generated values */
  readonly parameters?: Readonly<Record<string, string>>;
  /** How many times faster than real time the function's clock runs. @default 1 */
  readonly speed?: number;
  readonly onProgress?: (stack: string, step: string, event: StackEventRecord) => void;
}

/** The account IDs that have access, by image ID. */
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
  /** The reasons why the step failed, each a sentence. */
  readonly problems: readonly string[];
  /** The log of the function if the step failed. */
  readonly log: readonly string[];
}

export interface StackReport {
  readonly stack: string;
  readonly ok: boolean;
  readonly steps: readonly StepReport[];
}

/**
 * Simulated milliseconds between steps. If a deployment followed another within seconds, which is rare on real stacks,
 * the function would watch the permissions, because an earlier invocation could still be running.
 */
const BETWEEN_STEPS = 60_000;
/** The resource that makes an update fail. */
const FAILURE = 'SimulatedFailure';
const OWN_ACCOUNT = '123456789012';
const EXAMPLE_ACCOUNTS = ['111122223333', '444455556666', '777788889999', '222233334444', '555566667777'];

/** Simulates the lifecycle of each stack with a share. */
export async function simulate(assembly: Assembly, options: SimulationOptions = {}): Promise<StackReport[]> {
  refuseUnknownParameters(assembly, options.parameters ?? {});
  const functionCode = new FunctionCode();
  const simulated: StackReport[] = [];
  try {
    for (const stack of assembly.stacks) {
      if (sharesOf(stack.template).length > 0) {
        simulated.push(await simulateStack(assembly, stack, functionCode, options));
      }
    }
  } finally {
    functionCode.delete();
  }
  return simulated;
}

async function simulateStack(
  assembly: Assembly,
  stack: AssembledStack,
  functionCode: FunctionCode,
  options: SimulationOptions,
): Promise<StackReport> {
  const clock = new AcceleratedClock(options.speed ?? 1);
  const endpoint = await WorkspacesEndpoint.start({ clock });
  const responses = await ResponseServer.start({ clock });
  let cloudFormation: CloudFormation | undefined;
  const cloudFormationEndpoint = await CloudFormationEndpoint.start({
    clock,
    events: (stackNameOrId) => cloudFormation?.eventsOf(stackNameOrId),
  });
  try {
    const functions = new FunctionProcesses({
      codeDirectory: ({ code }) => functionCode.directory(assembly.code(code.S3Key)),
      workspacesUrl: endpoint.url,
      cloudFormationUrl: cloudFormationEndpoint.url,
      clock,
    });
    const lifecycle = new StackLifecycle(assembly, stack, endpoint, clock, { functions, responses }, options);
    cloudFormation = lifecycle.cloudFormation;
    const steps = await lifecycle.run();
    return { stack: stack.name, ok: steps.every(({ ok }) => ok), steps };
  } finally {
    await cloudFormationEndpoint.close();
    await responses.close();
    await endpoint.close();
  }
}

/** The simulated lifecycle of one stack and of the stacks that it depends on. */
class StackLifecycle {
  readonly cloudFormation: CloudFormation;
  private readonly images: Images;
  private readonly steps: StepReport[] = [];
  /** The permissions that retained shares leave in place. */
  private readonly retained: Access = {};
  private readonly parameters: { name: string; parameters: Record<string, string> }[] = [];
  private template: Template;
  private step = '';

  constructor(
    assembly: Assembly,
    private readonly stack: AssembledStack,
    private readonly endpoint: WorkspacesEndpoint,
    private readonly clock: AcceleratedClock,
    services: Pick<CloudFormationOptions, 'functions' | 'responses'>,
    options: SimulationOptions,
  ) {
    const stacks = [...dependenciesOf(stack), stack];
    const shares = stacks.flatMap((each) =>
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
      clock,
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
    for (const each of stacks) {
      const generated = { image: () => this.images.nextId(), accounts: this.unusedAccounts([]).slice(0, 2) };
      const parameters = parametersFor(
        each,
        options.parameters ?? {},
        imageSources,
        accountSources,
        generated,
      );
      this.parameters.push({ name: each.name, parameters });
    }
    this.template = this.images.addTo(stack.template);
  }

  async run(): Promise<StepReport[]> {
    const lifecycle: [step: string, expected: StackStatus, act: () => Promise<OperationResult>][] = [
      ['deploy', 'CREATE_COMPLETE', () => this.deployAll()],
      [
        'add an account',
        'UPDATE_COMPLETE',
        () => this.deploy(this.withAccounts((now) => [...now, ...this.unusedAccounts(now).slice(0, 1)])),
      ],
      ['remove an account', 'UPDATE_COMPLETE', () => this.deploy(this.withAccounts((now) => now.slice(1)))],
      ['replace the image', 'UPDATE_COMPLETE', () => this.deploy(this.withNewImages())],
      ['fail an update', 'UPDATE_ROLLBACK_COMPLETE', () => this.deploy(this.withFailure())],
      ['delete the stack', 'DELETE_COMPLETE', () => this.cloudFormation.destroy(this.stack.name)],
    ];
    for (const [step, expected, act] of lifecycle) {
      this.clock.skip(BETWEEN_STEPS);
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
      problems.push(`The stack status is ${status} instead of ${expected}.`);
    }
    this.recordRetained(sharesBefore);
    const access = this.access();
    const declared = this.declared(Object.keys(access));
    problems.push(...differences(access, declared));
    const ok = problems.length === 0;
    // The log of a function is complete only when the function has ended, which is after its response.
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
    const parameters = this.parameters.find(({ name }) => name === stack.name)?.parameters;
    return this.cloudFormation.deploy(stack.name, template, parameters, stack);
  }

  /** Changes the accounts of each share. */
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

  /** Changes each share, and adds a resource that fails after their updates. */
  private withFailure(): Template {
    const changed = this.withAccounts((now) => [...now.slice(1), ...this.unusedAccounts(now).slice(0, 1)]);
    const failure = { Type: FAILURE_TYPE, DependsOn: sharesOf(changed) };
    return { ...changed, Resources: { ...changed.Resources, [FAILURE]: failure } };
  }

  private unusedAccounts(taken: readonly string[]): string[] {
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

function withShares(
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
      throw new Error(`No stack of the app has a parameter "${name}".`);
    }
  }
}

function eventReport({ event, outcome, reason, response }: SentRequest): EventReport {
  return {
    requestType: event.RequestType,
    logicalId: event.LogicalResourceId,
    physicalId: response?.PhysicalResourceId ?? event.PhysicalResourceId,
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
      ...missing.map(
        (account) => `${account} does not have access to ${image}, although a share declares it.`,
      ),
      ...surplus.map((account) => `${account} has access to ${image}, although no share declares it.`),
    ];
  });
}
