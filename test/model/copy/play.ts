import { RemovalPolicy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import type { DisabledRollback } from '../../../simulator/cloudformation';
import type { Call, Fault, ImageState } from '../../../simulator/workspaces-endpoint';
import { random } from '../../support/random';
import { type Deployed, MINUTE, World } from './world';

/** One deployment or deletion of the stack. */
export type Operation =
  | { readonly kind: 'destroy' }
  | {
      readonly kind: 'deploy';
      readonly source: 0 | 1;
      readonly isShared: boolean;
      /** When another resource fails. */
      readonly fails?: number | 'at the end';
      /** Whether a failure is not rolled back. */
      readonly isRollbackDisabled: boolean;
    };

export interface Scenario {
  /** For the random numbers below. */
  readonly seed: number;
  readonly copyMinutes: number;
  readonly readLag: number;
  readonly stackEventLag: number;
  /** How many of a hundred calls of the copy's function fail. */
  readonly faultyCalls: number;
  /** How many of a hundred events are delivered twice. */
  readonly duplicates: number;
  /** The state of an image that is being copied. */
  readonly copyingState: ImageState;
  /** Whether all copies are retained. */
  readonly isRetained: boolean;
  readonly disabledRollback: DisabledRollback;
  readonly operations: readonly Operation[];
}

const SERVER_ERROR: Fault = { kind: 'error', name: 'InternalServerException', status: 500 };

const FAULTS: readonly (Fault | 'killed before' | 'killed after')[] = [
  SERVER_ERROR,
  { ...SERVER_ERROR, after: true },
  { kind: 'cut' },
  { kind: 'cut', after: true },
  { kind: 'stall', after: true },
  { kind: 'delay', ms: 7_000 },
  { kind: 'error', name: 'ThrottlingException' },
  'killed before',
  'killed after',
];

const fails = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant('at the end' as const) },
  // Within the call to copy, or while the image is being copied.
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 5_000, max: 50 * MINUTE }) },
);

const oneIn = (times: number) => fc.nat(times - 1).map((n) => n === 0);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deploy' as const),
      source: fc.constantFrom(0 as const, 1 as const),
      isShared: fc.boolean(),
      fails,
      isRollbackDisabled: oneIn(3),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'destroy' } as const) },
);

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  seed: fc.nat(2 ** 31 - 1),
  copyMinutes: fc.integer({ min: 1, max: 45 }),
  readLag: fc.constantFrom(0, 0, 2_000, 9_000),
  stackEventLag: fc.constantFrom(0, 1_000, 3_000, 9_000),
  faultyCalls: fc.constantFrom(0, 2, 5, 10),
  duplicates: fc.constantFrom(0, 10, 30),
  copyingState: fc.constantFrom('PENDING' as const, 'VALIDATING' as const),
  isRetained: oneIn(4),
  disabledRollback: fc.record({
    deletesFailed: fc.constantFrom('before' as const, 'meanwhile' as const, 'after' as const),
    oldProperties: fc.constantFrom('failed' as const, 'stable' as const),
  }),
  operations: fc.array(operation, { minLength: 1, maxLength: 6 }),
});

export interface Played {
  readonly operations: number;
  /** The images that stayed, and that a failure named. */
  readonly named: readonly string[];
}

/**
 * Carries out operations, and checks after each one that the account owns exactly the image that the stack names, that it is
 * AVAILABLE, and that no resource was given one that was not. Only an image that a failure names may be left over.
 *
 * @throws Error that contains the operation and the log of its events
 */
export async function play(scenario: Scenario): Promise<Played> {
  const draw = random(scenario.seed);
  const lag = (most: number) => () => Math.floor(draw() * (most + 1));
  const world = await World.start({
    workspaces: {
      copyTime: scenario.copyMinutes * MINUTE,
      copyingState: scenario.copyingState,
      readLag: scenario.readLag === 0 ? 0 : lag(scenario.readLag),
      onCall: (call) => (draw() * 100 < scenario.faultyCalls ? faultFor(call) : undefined),
    },
    stackEvents: { lag: lag(scenario.stackEventLag) },
    delivery: ({ ResourceType }) =>
      !ResourceType.endsWith('Share') && draw() * 100 < scenario.duplicates
        ? { delays: [0, Math.floor(draw() * 4 * MINUTE)] }
        : undefined,
    random: random(1),
  });
  const named: string[] = [];
  /** The images that the stack has named, and that a removal policy keeps. */
  const retained = new Set<string>();

  function faultFor(call: Call): Fault | undefined {
    if (call.operation.endsWith('Permission') || call.operation.endsWith('Permissions')) {
      // The calls of shares fail in the scenarios of shares.
      return undefined;
    }
    const fault = FAULTS[Math.floor(draw() * FAULTS.length)];
    if (typeof fault === 'object') {
      return fault;
    }
    world.services.functions.kill(String(call.headers.authorization));
    return { kind: 'cut', after: fault === 'killed after' };
  }

  function deploy({ isRollbackDisabled, ...declared }: Operation & { kind: 'deploy' }): Promise<Deployed> {
    const removalPolicy = scenario.isRetained ? RemovalPolicy.RETAIN : undefined;
    // A deployment that failed without a rollback can only be followed by another one of that kind.
    const isDisabled = isRollbackDisabled || /FAILED$/.test(world.status ?? '');
    return world.deploy(
      { ...declared, removalPolicy },
      'Images',
      isDisabled ? scenario.disabledRollback : undefined,
    );
  }

  async function check(deployed: readonly Deployed[], moment: string): Promise<void> {
    if (/FAILED$/.test(world.status ?? '')) {
      // With rollback disabled, the next deployment decides.
      return;
    }
    const expected = world.currentId();
    const report = () => `${moment}\n${logOfAll(deployed)}`;
    for (const [index, imageId] of world.imageIds().entries()) {
      const state = world.images()[index];
      if (imageId === expected) {
        if (!state?.endsWith('AVAILABLE')) {
          throw new Error(`The copy ${imageId} is not AVAILABLE: ${state}. ${report()}`);
        }
      } else if (scenario.isRetained) {
        // Also the copy of a creation that failed is retained.
      } else if (isNamed(deployed, imageId)) {
        named.push(imageId);
        world.services.workspaces.removeImage(imageId);
      } else {
        throw new Error(`No failure names the image ${imageId}, which is left over. ${report()}`);
      }
    }
    if (expected !== undefined && !world.imageIds().includes(expected)) {
      throw new Error(`The copy ${expected} does not exist. ${report()}`);
    }
    if (scenario.isRetained && expected !== undefined) {
      retained.add(expected);
    }
    for (const imageId of retained) {
      if (!world.imageIds().includes(imageId)) {
        throw new Error(`The retained image ${imageId} was deleted. ${report()}`);
      }
    }
    if (world.usedTooEarly.length > 0) {
      throw new Error(`A resource was given ${world.usedTooEarly}. ${report()}`);
    }
  }

  try {
    for (const [index, operation] of [...scenario.operations, { kind: 'destroy' } as const].entries()) {
      const deployed: Deployed[] = [];
      if (operation.kind === 'deploy') {
        deployed.push(await deploy(operation));
      } else if (world.status !== undefined) {
        deployed.push(await world.destroy());
      }
      for (let attempt = 0; /(ROLLBACK|DELETE)_FAILED$/.test(world.status ?? ''); attempt++) {
        if (attempt === 3) {
          const { status, reasons } = deployed.at(-1) as Deployed;
          throw new Error(`The stack remains in ${status}: ${reasons}\n${logOfAll(deployed)}`);
        }
        // Somebody tries again later.
        await world.pass(60 * MINUTE);
        const { status } = deployed.at(-1) as Deployed;
        deployed.push(
          await (status === 'UPDATE_ROLLBACK_FAILED' ? world.continueRollback() : world.destroy()),
        );
      }
      await world.quiet();
      await check(deployed, `After operation ${index + 1} (${JSON.stringify(operation)}):`);
    }
    return { operations: scenario.operations.length + 1, named };
  } finally {
    await world.services.close();
  }
}

/** Whether a failure says that an image is left over, be it only as the physical ID of a Delete that did not succeed. */
function isNamed(deployed: readonly Deployed[], imageId: string): boolean {
  return deployed.some(
    ({ reasons, notes, requests }) =>
      [...reasons, ...notes].some((text) => text.includes(imageId)) ||
      requests.some(
        ({ event, outcome }) =>
          event.RequestType === 'Delete' && event.PhysicalResourceId === imageId && outcome !== 'succeeded',
      ),
  );
}

function logOfAll(deployed: readonly Deployed[]): string {
  return deployed
    .flatMap(({ requests }) => requests)
    .map(logOf)
    .join('\n');
}

function logOf({ event, outcome, response, invocations }: Deployed['requests'][number]): string {
  return [
    `${event.RequestType} ${event.ResourceType} ${event.PhysicalResourceId ?? ''}: ${outcome} ${response?.PhysicalResourceId ?? ''} ${response?.Reason ?? ''}`,
    ...invocations.flatMap(({ at, outcome: end, log }) => [
      `  at ${at}: ${end}`,
      ...log.map((line) => `    ${line.trim()}`),
    ]),
  ].join('\n');
}
