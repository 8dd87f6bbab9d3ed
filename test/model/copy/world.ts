import { App, CfnParameter, CfnResource, Duration, type RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Construct } from 'constructs';
import { BUNDLE_TYPE, COPY_TYPE } from '../../../lib/custom-resource/resource-types';
import {
  WorkspaceBundle,
  WorkspaceImageCopy,
  WorkspaceImageShare,
  WorkspaceImageSource,
} from '../../../lib/index';
import type {
  DisabledRollback,
  OperationResult,
  ResourceRequest,
  SentRequest,
} from '../../../simulator/cloudformation';
import type { ResourceDeclaration, Template as StackTemplate } from '../../../simulator/template';
import type { Call, Fault } from '../../../simulator/workspaces-endpoint';
import {
  type ServicesOptions,
  type SimulatedServices,
  startServices,
} from '../../support/simulated-services';

/** The account and Region of the copies. */
export const ACCOUNT = '123456789012';
export const REGION = 'eu-west-1';
/** The owner of the source images, and their Region. */
export const OWNER = '111122223333';
export const SOURCE_REGION = 'us-east-1';
export const SOURCES = ['wsi-aaaaaaaaa', 'wsi-bbbbbbbbb'] as const;
/** The recipient of a share on a copy. */
export const RECIPIENT = '444455556666';

export const MINUTE = 60_000;
/** How long a copy takes, unless a scenario says otherwise. */
export const COPY_TIME = 20 * MINUTE;

/** What a stack declares. */
export interface Declared {
  /** The ID of the copy's construct. @default Golden */
  readonly id?: string;
  /** Which of the sources is copied. @default 0 */
  readonly source?: 0 | 1;
  /** Instead of one of the sources. */
  readonly sourceImageId?: string;
  /** The value of a parameter, instead of one of the sources. */
  readonly sourceParameter?: string;
  /** @default - the owner of the source */
  readonly owner?: string;
  readonly checksOwner?: boolean;
  readonly prefix?: string;
  readonly timeoutMinutes?: number;
  readonly removalPolicy?: RemovalPolicy;
  /** The IDs of more copies of the same source. */
  readonly also?: readonly string[];
  /** Whether the copy is shared. */
  readonly isShared?: boolean;
  /** The bundles with this image, and a WorkSpace for each of them. @default - none */
  readonly bundles?: readonly DeclaredBundle[];
  /** The image of the bundles, without a copy. @default - the copy */
  readonly bundleImageId?: string;
  /** When another resource fails: after so many milliseconds, or after the copy, its share and its bundles are complete. */
  readonly fails?: number | 'at the end';
}

export interface DeclaredBundle {
  /** @default Standard */
  readonly id?: string;
  /** @default STANDARD */
  readonly computeType?: string;
  /** In GiB. @default 50 */
  readonly userVolume?: number;
  readonly rootVolume?: number;
  readonly prefix?: string;
  readonly removalPolicy?: RemovalPolicy;
  /** @default - that of all bundles */
  readonly imageId?: string;
}

const templates = new Map<string, StackTemplate>();

/** The template of a stack with a copy, and another resource, which changes in each deployment. */
export function templateOf(declared: Declared | undefined, turn: number): StackTemplate {
  const key = JSON.stringify(declared ?? null);
  const template = templates.get(key) ?? synthesized(declared);
  templates.set(key, template);
  const Resources = { ...template.Resources };
  const { Other } = Resources as Record<'Other', ResourceDeclaration>;
  Resources.Other = { ...Other, Properties: { ...Other.Properties, Turn: turn } };
  return { ...template, Resources };
}

function synthesized(declared: Declared | undefined): StackTemplate {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Images', { env: { account: ACCOUNT, region: REGION } });
  const other = new CfnResource(stack, 'Other', {
    type: 'Test::Failing',
    properties: { Fails: declared?.fails === undefined ? 'never' : String(declared.fails) },
  });
  if (declared) {
    const made = [
      ...(declared.bundleImageId ? [] : newCopies(stack, declared)),
      ...(declared.bundles ?? []).map((bundle) => newBundle(stack, bundle, declared)),
    ];
    if (declared.fails === 'at the end') {
      other.node.addDependency(...made);
    }
  }
  return Template.fromStack(stack).toJSON();
}

/** Returns what uses the copy. */
function newCopies(stack: Stack, declared: Declared): Construct[] {
  const { sourceImageId, sourceParameter, source = 0, checksOwner = true, owner = OWNER } = declared;
  const parameter =
    sourceParameter && new CfnParameter(stack, 'Source', { default: sourceParameter }).valueAsString;
  const from = WorkspaceImageSource.image(parameter ?? sourceImageId ?? SOURCES[source], {
    region: SOURCE_REGION,
    accountId: checksOwner ? owner : undefined,
  });
  for (const id of declared.also ?? []) {
    new WorkspaceImageCopy(stack, id, { source: from });
  }
  const copy = new WorkspaceImageCopy(stack, copyId(declared), {
    source: from,
    imageNamePrefix: declared.prefix,
    timeout: declared.timeoutMinutes ? Duration.minutes(declared.timeoutMinutes) : undefined,
    removalPolicy: declared.removalPolicy,
  });
  const dependent = new CfnResource(stack, 'Dependent', {
    type: 'Test::Dependent',
    properties: { ImageId: copy.imageId },
  });
  return declared.isShared
    ? [dependent, new WorkspaceImageShare(stack, 'Share', { imageId: copy.imageId, accountIds: [RECIPIENT] })]
    : [dependent];
}

/** Returns a stand-in for a WorkSpace that is launched from the bundle. */
function newBundle(stack: Stack, declared: DeclaredBundle, of: Declared): Construct {
  const { id = 'Standard', computeType = 'STANDARD', userVolume = 50, rootVolume, ...more } = declared;
  const copy = stack.node.tryFindChild(copyId(of)) as WorkspaceImageCopy | undefined;
  const bundle = new WorkspaceBundle(stack, id, {
    imageId: more.imageId ?? copy?.imageId ?? (of.bundleImageId as string),
    computeType,
    userVolume: Size.gibibytes(userVolume),
    rootVolume: rootVolume ? Size.gibibytes(rootVolume) : undefined,
    bundleNamePrefix: more.prefix,
    removalPolicy: more.removalPolicy,
  });
  return new CfnResource(stack, `${id}Desk`, {
    type: 'Test::Desk',
    properties: { BundleId: bundle.bundleId },
  });
}

const copyId = ({ id = 'Golden' }: Declared) => id;

/** Stacks with copies in one account, whose sources are shared with it. */
export class World {
  static async start(options: Partial<ServicesOptions> = {}): Promise<World> {
    const use = ({ properties }: ResourceRequest) => world.use(String(properties.ImageId));
    const desk = ({ properties }: ResourceRequest) => String(properties.BundleId);
    const services = await startServices({
      ...options,
      resourceTypes: {
        'Test::Dependent': { create: use, update: use },
        'Test::Desk': {
          create: (request) => world.launch(desk(request)),
          update: ({ logicalId }) => {
            throw new Error(`The WorkSpace ${logicalId} would be replaced.`);
          },
          delete: (request) => world.terminate(desk(request)),
        },
      },
      workspaces: {
        images: SOURCES.map((imageId) => ({
          imageId,
          account: OWNER,
          region: SOURCE_REGION,
          sharedWith: [ACCOUNT],
        })),
        copyTime: COPY_TIME,
        ...options.workspaces,
      },
      delivery: (event) => world.deliveries.shift() ?? options.delivery?.(event),
    });
    const world = new World(services);
    return world;
  }

  /** How the next events are delivered. */
  readonly deliveries: NonNullable<ReturnType<NonNullable<ServicesOptions['delivery']>>>[] = [];
  /** The images and bundles that a dependent was given before they were AVAILABLE. */
  readonly usedTooEarly: string[] = [];
  private turn = 0;

  private constructor(readonly services: SimulatedServices) {}

  async deploy(
    declared: Declared | undefined,
    stack = 'Images',
    disabledRollback?: DisabledRollback,
  ): Promise<Deployed> {
    const template = templateOf(declared, this.turn++);
    return this.run(() =>
      this.services.cloudFormation.deploy(stack, template, {}, LOCATION, disabledRollback),
    );
  }

  async destroy(stack = 'Images'): Promise<Deployed> {
    return this.run(() => this.services.cloudFormation.destroy(stack));
  }

  async continueRollback(stack = 'Images'): Promise<Deployed> {
    return this.run(() => this.services.cloudFormation.continueRollback(stack));
  }

  /** Undefined if the stack does not exist. */
  get status(): string | undefined {
    return this.services.cloudFormation.stacks.get('Images')?.status;
  }

  /** Lets all functions end, which late deliveries may still be running. */
  async quiet(): Promise<void> {
    await this.services.clock.run(this.services.cloudFormation.quiet());
  }

  async pass(milliseconds: number): Promise<void> {
    await this.services.clock.run(this.services.clock.sleep(milliseconds));
  }

  at(milliseconds: number, change: () => void): void {
    void this.services.clock.sleep(milliseconds).then(change);
  }

  /** The images that the account of the copies owns, each as its source and state. */
  images(): string[] {
    return this.existing().map(({ sourceImageId, state }) => `${sourceImageId} ${state}`);
  }

  imageIds(): string[] {
    return this.existing().map(({ imageId }) => imageId);
  }

  /** The ID of the copy, as the stack knows it. */
  currentId(): string | undefined {
    const { live } = this.services.cloudFormation.stacks.get('Images') ?? { live: new Map() };
    return [...live.values()].find(({ declared }) => declared.Type === COPY_TYPE)?.physicalId;
  }

  /** The bundles that the account owns. */
  bundles() {
    return this.services.workspaces.bundlesOf(ACCOUNT, REGION);
  }

  /** The bundles, as the stack knows them, each with the image that it declares. */
  currentBundles(): Map<string, string> {
    const { live } = this.services.cloudFormation.stacks.get('Images') ?? { live: new Map() };
    return new Map(
      [...live.values()]
        .filter(({ declared }) => declared.Type === BUNDLE_TYPE)
        .map(({ physicalId, properties }) => [physicalId, String(properties.ImageId)]),
    );
  }

  /** Injects faults into the next calls of an operation, one for each call; or kills the function that made the call. */
  failNext(operation: string, ...faults: (Fault | 'killed' | undefined)[]): void {
    const { workspaces } = this.services;
    const others = workspaces.onCall;
    workspaces.onCall = (call) => {
      if (call.operation !== operation || faults.length === 0) {
        return others?.(call);
      }
      const fault = faults.shift();
      return fault === 'killed' ? this.kill(call) : fault;
    };
  }

  /** A resource that depends on the copy is created or updated. */
  private use(imageId: string): undefined {
    const image = this.existing().find((each) => each.imageId === imageId);
    if (image?.state !== 'AVAILABLE') {
      this.usedTooEarly.push(`${imageId} ${image?.state}`);
    }
  }

  /** A WorkSpace is launched from a bundle. */
  private launch(bundleId: string): undefined {
    const bundle = this.bundles().find((each) => each.bundleId === bundleId);
    if (bundle?.state !== 'AVAILABLE') {
      this.usedTooEarly.push(`${bundleId} ${bundle?.state}`);
    }
    this.setWorkspaces(bundleId, 1);
  }

  private terminate(bundleId: string): void {
    this.setWorkspaces(bundleId, 0);
  }

  private setWorkspaces(bundleId: string, count: number): void {
    if (this.bundles().some((each) => each.bundleId === bundleId)) {
      this.services.workspaces.setWorkspaces(bundleId, count);
    }
  }

  private existing() {
    return this.services.workspaces.imagesOf(ACCOUNT, REGION);
  }

  private kill({ headers }: Call): Fault {
    this.services.functions.kill(String(headers.authorization));
    return { kind: 'cut', after: true };
  }

  private async run(operation: () => Promise<OperationResult>): Promise<Deployed> {
    const { clock, workspaces, cloudFormation } = this.services;
    const from = clock.now();
    const before = { calls: workspaces.calls.length, requests: cloudFormation.requests.length };
    const { status, failures } = await clock.run(operation());
    const requests = cloudFormation.requests.slice(before.requests);
    return {
      status,
      reasons: failures.map(({ reason }) => reason),
      minutes: (clock.now() - from) / MINUTE,
      calls: workspaces.calls.slice(before.calls),
      requests,
      notes: requests.flatMap(({ outcome, response }) =>
        outcome === 'succeeded' ? (response?.Reason ?? []) : [],
      ),
    };
  }
}

const LOCATION = { account: ACCOUNT, region: REGION };

/** The end of a deployment or deletion. */
export interface Deployed {
  readonly status: string;
  readonly reasons: readonly string[];
  /** What events that succeeded have to say. */
  readonly notes: readonly string[];
  readonly minutes: number;
  readonly calls: readonly Call[];
  readonly requests: readonly SentRequest[];
}
