import {
  type AssembledStack,
  type Assembly,
  bundlesOf,
  constructsOf,
  copiesOf,
  dependenciesOf,
  isOfThisPackage,
  sharesOf,
} from './assembly';
import { AcceleratedClock } from './clock';
import type { ResourceTypeHandler } from './cloudformation';
import { DEFAULT_ACCOUNT } from './default-account';
import { FunctionCode } from './function-code';
import { FunctionThreads } from './function-threads';
import { Bindings, crossRegionReferences } from './inputs/bindings';
import { desktops, WORKSPACE_TYPE } from './inputs/desktops';
import { AppLifecycle, type Listener } from './lifecycle/app-lifecycle';
import type { AppReport, StackSummary } from './lifecycle/step-report';
import { FAILURE_TYPE } from './lifecycle/template-edits';
import { type Services, startServices } from './services';
import { DEFAULT_REGION } from './workspaces/caller';
import type { WorkspacesEndpoint } from './workspaces-endpoint';

export interface SimulationOptions {
  /** The values of stack parameters. @default - defaults of the template, or generated values */
  readonly parameters?: Readonly<Record<string, string>>;
  /** How many times faster than real time the clock runs at most. @default 100 */
  readonly speed?: number;
  /** The names of the stacks, in which * stands for any text. @default - all with shares, copies and bundles */
  readonly stacks?: readonly string[];
  /** Later versions of the app, which are deployed one after the other instead of the usual steps, by name. */
  readonly versions?: Readonly<Record<string, Assembly>>;
  readonly listener?: Listener;
}

const FAILS: ResourceTypeHandler = {
  create: () => {
    throw new Error('This resource always fails, so that the update is rolled back.');
  },
};

/**
 * Simulated seconds that a copy takes: long enough for a deployment to fail in the meantime, and less than the 30 seconds
 * after which the function reads the state of the copy again.
 */
export const COPY_SECONDS = 25;

/** Milliseconds that a bundle is PENDING. */
const BUNDLE_TIME = 3_000;

/** Deploys an app, through all steps. The report has no stacks if the app has no shares, copies and bundles. */
export async function simulate(assembly: Assembly, options: SimulationOptions = {}): Promise<AppReport> {
  const { parameters = {}, speed = 100, stacks: patterns = [], listener = {} } = options;
  const assemblies = [assembly, ...Object.values(options.versions ?? {})];
  refuseUnknownParameters(assemblies, parameters);
  const names = ['', ...Object.keys(options.versions ?? {})];
  const versions = assemblies.map(({ stacks }, n) => ({
    name: names[n],
    stacks: involved(stacks, patterns),
  }));
  const stacks = [
    ...new Map(versions.flatMap((version) => version.stacks).map((each) => [each.id, each])).values(),
  ];
  if (stacks.length === 0) {
    return { ok: true, stacks: [], steps: [], assumptions: [] };
  }
  listener.onStart?.(stacks.map((stack) => summaryOf(stack)));
  const functionCode = new FunctionCode();
  const clock = new AcceleratedClock(speed);
  let endpoint: WorkspacesEndpoint;
  const bindings = new Bindings(
    assemblies.flatMap((each) => each.stacks),
    parameters,
    () => endpoint,
    () => services.cloudFormation.stacks.values(),
  );
  const services: Services<FunctionThreads> = await startServices({
    clock,
    workspaces: { copyTime: 1_000 * COPY_SECONDS, bundleTime: BUNDLE_TIME },
    functions: (workspacesUrl, cloudFormationUrl) =>
      new FunctionThreads({
        codeDirectory: ({ code }) =>
          functionCode.directory(assemblies.flatMap((each) => each.code(code.S3Key) ?? [])[0]),
        workspacesUrl,
        cloudFormationUrl,
        clock,
      }),
    cloudFormation: (workspaces) => {
      endpoint = workspaces;
      return {
        resourceTypes: {
          ...crossRegionReferences(),
          [FAILURE_TYPE]: FAILS,
          [WORKSPACE_TYPE]: desktops(workspaces),
        },
        otherResources: bindings.otherResources,
        isCustomResource: isOfThisPackage,
        impatient: true,
        dynamicReferences: bindings.bound,
        outside: bindings.outside,
        hooks: {
          event: (event) => listener.onEvent?.(event),
          resource: (action, request) => (action === 'Delete' ? undefined : bindings.provide(request)),
        },
      };
    },
  });
  try {
    const lifecycle = new AppLifecycle(versions, bindings, clock, services, listener);
    const steps = await lifecycle.run();
    return {
      ok: steps.every(({ ok }) => ok),
      stacks: stacks.map((stack) => summaryOf(stack, lifecycle.failedIn)),
      steps,
      assumptions: [...bindings.assumptions],
    };
  } finally {
    services.functions.close();
    await services.close();
    functionCode.delete();
  }
}

/** The stacks with shares, copies or bundles, those that they depend on, and those that depend on them. */
function involved(stacks: readonly AssembledStack[], patterns: readonly string[]): AssembledStack[] {
  const own = stacks.filter(({ template }) => constructsOf(template).length > 0);
  const before = new Set(own.flatMap((stack) => [...dependenciesOf(stack), stack]));
  const all = stacks.filter(
    (stack) => before.has(stack) || dependenciesOf(stack).some((each) => own.includes(each)),
  );
  if (patterns.length === 0) {
    return all;
  }
  const selected = new Set(
    patterns.flatMap((pattern) => {
      const found = all.filter(({ name, id }) => matches(pattern, name) || matches(pattern, id));
      if (found.length === 0 && all.length > 0) {
        const names = all.map(({ id }) => id).join(', ');
        throw new Error(
          `No stack with shares, copies or bundles matches "${pattern}". The stacks are: ${names}.`,
        );
      }
      return found.flatMap((stack) => [...dependenciesOf(stack), stack]);
    }),
  );
  return all.filter((stack) => selected.has(stack));
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

function summaryOf(stack: AssembledStack, failedIn?: ReadonlyMap<string, string>): StackSummary {
  const { id, account = DEFAULT_ACCOUNT, region = DEFAULT_REGION, template } = stack;
  return {
    stack: id,
    account,
    region,
    shares: sharesOf(template).length,
    copies: copiesOf(template).length,
    bundles: bundlesOf(template).length,
    ...(failedIn?.has(id) && { failedIn: failedIn.get(id) }),
  };
}

function refuseUnknownParameters(
  assemblies: readonly Assembly[],
  given: Readonly<Record<string, string>>,
): void {
  const stacks = assemblies.flatMap((assembly) => assembly.stacks);
  for (const name of Object.keys(given)) {
    if (!stacks.some(({ template }) => template.Parameters?.[name])) {
      throw new Error(`No stack of the app has a parameter "${name}".`);
    }
  }
}
