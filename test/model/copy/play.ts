import { RemovalPolicy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import type { DisabledRollback } from '../../../simulator/cloudformation';
import type {
  BundleState,
  Call,
  Fault,
  ImageState,
  WorkspacesEndpointOptions,
} from '../../../simulator/workspaces-endpoint';
import { random } from '../../support/random';
import { ACCOUNT, type DeclaredBundle, type Deployed, MINUTE, REGION, World } from './world';

/** One deployment or deletion of the stack. */
export type Operation =
  | { readonly kind: 'destroy' }
  | {
      readonly kind: 'deploy';
      readonly source: 0 | 1;
      readonly isShared: boolean;
      readonly bundles?: readonly DeclaredBundle[];
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
  /** How the service treats bundles. @default - at once */
  readonly bundles?: BundleBehavior;
  /** Whether the bundles have images that stay, instead of the copy: the service accepts late calls for these. */
  readonly hasOwnImages?: boolean;
  /** Whether all copies and bundles are retained. */
  readonly isRetained: boolean;
  readonly disabledRollback: DisabledRollback;
  readonly operations: readonly Operation[];
}

type BundleBehavior = Pick<
  WorkspacesEndpointOptions,
  'bundleTime' | 'updatingState' | 'bundleDeletionTime' | 'unknownBundle'
> & { readonly bundleUpdateTime: number; readonly isRounded: boolean };

/** Images of the account that nothing deletes. */
const OWN = ['wsi-own000001', 'wsi-own000002'] as const;

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

const bundle: fc.Arbitrary<DeclaredBundle> = fc.record({
  id: fc.constantFrom('Standard', 'Fast'),
  // Another one than before is refused.
  computeType: fc.oneof(
    { weight: 9, arbitrary: fc.constant('STANDARD') },
    { weight: 1, arbitrary: fc.constant('POWER') },
  ),
});

const operationWith = (bundles: fc.Arbitrary<DeclaredBundle[] | undefined>): fc.Arbitrary<Operation> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('deploy' as const),
        source: fc.constantFrom(0 as const, 1 as const),
        isShared: fc.boolean(),
        bundles,
        fails,
        isRollbackDisabled: oneIn(3),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'destroy' } as const) },
  );

const scenario = (bundles: fc.Arbitrary<DeclaredBundle[] | undefined>) => ({
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
  operations: fc.array(operationWith(bundles), { minLength: 1, maxLength: 6 }),
});

/** Scenarios of a copy. */
export const scenarios: fc.Arbitrary<Scenario> = fc.record(scenario(fc.constant(undefined)));

const bundleBehavior = (updatingState: BundleState, longest: number): fc.Arbitrary<BundleBehavior> =>
  fc.record({
    bundleTime: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 * MINUTE })),
    bundleUpdateTime: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: longest })),
    updatingState: fc.constant(updatingState),
    bundleDeletionTime: fc.constantFrom(0, 0, 40_000, 100_000),
    unknownBundle: fc.constantFrom(undefined, 'InvalidParameterValuesException', 'ResourceNotFoundException'),
    isRounded: oneIn(4),
  });

/** Scenarios of bundles on a copy, or on images that stay. */
export const bundleScenarios: fc.Arbitrary<Scenario> = fc.record({
  ...scenario(fc.uniqueArray(bundle, { selector: ({ id }) => id, maxLength: 2 })),
  hasOwnImages: fc.boolean(),
  bundles: fc.oneof(
    // A change that reads do not show within a minute is a known limitation, unless the bundle is PENDING meanwhile.
    bundleBehavior('AVAILABLE', 50_000),
    bundleBehavior('PENDING', 10 * MINUTE),
  ),
});

export interface Played {
  readonly operations: number;
  /** The images and bundles that stayed, and that a failure named. */
  readonly named: readonly string[];
}

/**
 * Carries out operations, and checks after each one that the account owns exactly the image that the stack names, and exactly
 * the bundles, each with the image that it declares, that all are AVAILABLE, and that no resource was given one that was not.
 * Only what a failure names may be left over.
 *
 * @throws Error that contains the operation and the log of its events
 */
export async function play(scenario: Scenario): Promise<Played> {
  const draw = random(scenario.seed);
  const lag = (most: number) => () => Math.floor(draw() * (most + 1));
  const { isRounded, ...bundleBehavior } = scenario.bundles ?? { isRounded: false };
  const world = await World.start({
    workspaces: {
      ...bundleBehavior,
      shownVolume: isRounded ? (gib) => gib + 1 : undefined,
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
  for (const imageId of OWN) {
    world.services.workspaces.addImage({ imageId, account: ACCOUNT, region: REGION });
  }
  const named: string[] = [];
  /** The images and bundles that the stack has named, and that a removal policy keeps. */
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
    const bundles = declared.bundles?.map((each) => ({ ...each, removalPolicy }));
    const bundleImageId = scenario.hasOwnImages ? OWN[declared.source] : undefined;
    return world.deploy(
      { ...declared, removalPolicy, bundles, bundleImageId },
      'Images',
      isDisabled ? scenario.disabledRollback : undefined,
    );
  }

  async function check(deployed: readonly Deployed[], moment: string): Promise<void> {
    if (/FAILED$/.test(world.status ?? '')) {
      // With rollback disabled, the next deployment decides.
      return;
    }
    const report = () => `${moment}\n${logOfAll(deployed)}`;
    const { workspaces } = world.services;
    const image = world.currentId();
    const existing = [
      ...workspaces
        .imagesOf(ACCOUNT, REGION)
        .filter(({ imageId }) => !OWN.includes(imageId as never))
        .map(({ imageId, state }) => ({ id: imageId, state, remove: () => workspaces.removeImage(imageId) })),
      ...world.bundles().map(({ bundleId, state }) => ({
        id: bundleId,
        state,
        remove: () => workspaces.removeBundle(bundleId),
      })),
    ];
    const expected = [...world.currentBundles().keys(), ...(image === undefined ? [] : [image])];
    for (const { id, state, remove } of existing) {
      if (expected.includes(id)) {
        if (state !== 'AVAILABLE') {
          throw new Error(`${id} is not AVAILABLE: ${state}. ${report()}`);
        }
      } else if (scenario.isRetained) {
        // Also what a creation that failed has made is retained.
      } else if (isNamed(deployed, id)) {
        named.push(id);
        remove();
      } else {
        throw new Error(`No failure names ${id}, which is left over. ${report()}`);
      }
    }
    for (const id of [...expected, ...retained]) {
      if (!existing.some((each) => each.id === id)) {
        throw new Error(`${id} does not exist. ${report()}`);
      }
    }
    for (const { bundleId, imageId } of world.bundles()) {
      const declared = world.currentBundles().get(bundleId);
      if (declared !== undefined && declared !== imageId) {
        throw new Error(`${bundleId} has the image ${imageId}, not ${declared}. ${report()}`);
      }
    }
    if (scenario.isRetained) {
      for (const id of expected) {
        retained.add(id);
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
      // The service may still be carrying out what it has accepted, although reads show the state that was waited for.
      const { bundleDeletionTime = 0, bundleUpdateTime = 0 } = scenario.bundles ?? {};
      await world.pass(Math.max(bundleDeletionTime, bundleUpdateTime));
      await check(deployed, `After operation ${index + 1} (${JSON.stringify(operation)}):`);
    }
    return { operations: scenario.operations.length + 1, named };
  } finally {
    await world.services.close();
  }
}

/** Whether a failure says that something is left over, be it only as the physical ID of a Delete that did not succeed. */
function isNamed(deployed: readonly Deployed[], id: string): boolean {
  return deployed.some(
    ({ reasons, notes, requests }) =>
      [...reasons, ...notes].some((text) => text.includes(id)) ||
      requests.some(
        ({ event, outcome }) =>
          event.RequestType === 'Delete' && event.PhysicalResourceId === id && outcome !== 'succeeded',
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
