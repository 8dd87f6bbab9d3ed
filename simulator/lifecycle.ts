import { availableParallelism } from 'node:os';
import { COPY_TYPE } from '../lib/custom-resource/resource-types';
import {
  type AssembledStack,
  type Assembly,
  copiesOf,
  dependenciesOf,
  isOfThisPackage,
  sharesOf,
} from './assembly';
import { AcceleratedClock } from './clock';
import type { ResourceTypeHandler, StackEventRecord } from './cloudformation';
import { FunctionCode } from './function-code';
import { FunctionThreads } from './function-threads';
import { Inputs } from './inputs/inputs';
import { StackLifecycle } from './lifecycle/stack-lifecycle';
import type { StackReport } from './lifecycle/step-report';
import { FAILURE_TYPE } from './lifecycle/template-edits';
import { startServices } from './services';

export interface SimulationOptions {
  /** The values of stack parameters. @default - defaults of the template, or generated values */
  readonly parameters?: Readonly<Record<string, string>>;
  /** How many times faster than real time the clock runs at most. @default 100 */
  readonly speed?: number;
  readonly onProgress?: (stack: string, step: string, event: StackEventRecord) => void;
}

const FAILS: ResourceTypeHandler = {
  create: () => {
    throw new Error('This resource always fails, so that the update is rolled back.');
  },
};

/**
 * Simulated milliseconds that a copy takes: long enough for a deployment to fail meanwhile, and less than the 30 seconds
 * after which the function reads the state of the copy again.
 */
const COPY_TIME = 25_000;

/** Simulates the lifecycle of each stack with a share or a copy. */
export async function simulate(assembly: Assembly, options: SimulationOptions = {}): Promise<StackReport[]> {
  refuseUnknownParameters(assembly, options.parameters ?? {});
  const functionCode = new FunctionCode();
  const stacks = assembly.stacks.filter(
    ({ template }) => sharesOf(template).length > 0 || copiesOf(template).length > 0,
  );
  try {
    return await concurrently(stacks, (stack) => simulateStack(assembly, stack, functionCode, options));
  } finally {
    functionCode.delete();
  }
}

/** Runs as many tasks at a time as there are processors. The results are in the order of the items. */
async function concurrently<T, R>(items: readonly T[], task: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const work = async () => {
    for (const [n, item] of queue) {
      results[n] = await task(item);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

async function simulateStack(
  assembly: Assembly,
  stack: AssembledStack,
  functionCode: FunctionCode,
  options: SimulationOptions,
): Promise<StackReport> {
  const clock = new AcceleratedClock(options.speed ?? 100);
  const inputs = new Inputs(stack, assembly.stacks, options.parameters ?? {});
  const progress = { step: '' };
  const services = await startServices({
    clock,
    workspaces: { ownerAccount: inputs.account, copyTime: COPY_TIME },
    functions: (workspacesUrl, cloudFormationUrl) =>
      new FunctionThreads({
        codeDirectory: ({ code }) => functionCode.directory(assembly.code(code.S3Key)),
        workspacesUrl,
        cloudFormationUrl,
        clock,
      }),
    cloudFormation: (workspaces) => ({
      resourceTypes: { ...inputs.images.resourceTypes(workspaces), [FAILURE_TYPE]: FAILS },
      isCustomResource: isOfThisPackage,
      impatient: true,
      dynamicReference: inputs.dynamicReference,
      hooks: {
        event: (event) => options.onProgress?.(stack.name, progress.step, event),
        resource: (action, request) => {
          if (request.type === COPY_TYPE && action !== 'Delete') {
            inputs.provideSource(workspaces, request);
          }
        },
      },
    }),
  });
  try {
    const lifecycle = new StackLifecycle(inputs, clock, services, progress);
    const steps = await lifecycle.run();
    return {
      stack: stack.name,
      dependencies: dependenciesOf(stack).map(({ name }) => name),
      ok: steps.every(({ ok }) => ok),
      steps,
      assumptions: [...inputs.copySources.assumptions],
    };
  } finally {
    services.functions.close();
    await services.close();
  }
}

function refuseUnknownParameters(assembly: Assembly, given: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(given)) {
    if (!assembly.stacks.some(({ template }) => template.Parameters?.[name])) {
      throw new Error(`No stack of the app has a parameter "${name}".`);
    }
  }
}
