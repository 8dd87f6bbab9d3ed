import { BUNDLE_TYPE, COPY_TYPE, SHARE_TYPE } from '../../lib/custom-resource/resource-types';
import { isImageId } from '../../lib/workspaces/validation';
import { type AssembledStack, dependenciesOf, isOfThisPackage } from '../assembly';
import type { DeployedStack, ResourceRequest, ResourceTypeHandler } from '../cloudformation';
import { pathOf } from '../construct-paths';
import { DEFAULT_ACCOUNT } from '../default-account';
import {
  isListParameter,
  type Json,
  type JsonObject,
  type ParameterDeclaration,
  unknownValue,
} from '../template';
import type { WorkspacesEndpoint } from '../workspaces-endpoint';
import { Accounts } from './accounts';

const UNKNOWN = /\{\{resolve:[^{}]+\}\}/;
/** Tells the values apart that something unknown has one after the other. */
const VERSION = /#\d+(?=[^{}]*\}\})/g;
/** What a bundle has if the app does not know it. */
const HARDWARE = { ComputeType: 'STANDARD', UserVolumeGib: '100', RootVolumeGib: '175' };
/** A property whose change replaces a stub. */
export const REPLACEMENT = 'SimulatedReplacement';

/** A resource as an operation sees it, or as it is deployed. */
type Use = Pick<ResourceRequest, 'type' | 'account' | 'region'>;

/**
 * What the app does not know: images and accounts. Each is a text in the form of a dynamic reference, until a share, a copy
 * or a bundle uses it as the ID of an image or of an account.
 */
export class Bindings {
  /** What the simulation assumes about images outside of the app, each a sentence. */
  readonly assumptions = new Set<string>();
  private readonly images = new Map<string, string>();
  readonly accounts: Accounts;
  /** The accounts that owners outside of the app share an image with. */
  readonly recipients = new Map<string, string[]>();
  /** The images that the simulation has added. */
  private readonly added = new Set<string>();
  private readonly checked = new Set<string>();
  /** The stack that shares an image or has a bundle with it. */
  private readonly usedIn = new Map<string, string>();
  /** The physical IDs of stubs that an update has replaced. */
  private readonly replaced = new Set<string>();
  private readonly literals: string;
  private version = 1;
  private generated = 0;

  /** @param stacks those of all versions at first, and those that are deployed from the first step on */
  constructor(
    public stacks: readonly AssembledStack[],
    private readonly given: Readonly<Record<string, string>>,
    private readonly endpoint: () => WorkspacesEndpoint,
    private readonly deployed: () => Iterable<DeployedStack>,
  ) {
    this.literals = JSON.stringify(stacks.map(({ template }) => template));
    this.accounts = new Accounts(
      JSON.stringify([this.literals, given, stacks.map(({ account }) => account)]),
    );
  }

  /** The values of a stack's parameters at the next deployment. */
  parametersOf(stack: AssembledStack): Record<string, string> {
    const known = { ...stack.assetParameters, ...this.given };
    return Object.fromEntries(
      Object.entries(stack.template.Parameters ?? {}).map(([name, declared]) => [
        name,
        known[name] ?? this.parameter(`${stack.id}/${name}`, declared),
      ]),
    );
  }

  /** The outputs of stacks that are not in the app. */
  readonly outside = {
    exported: (name: string) => {
      const isOwn = JSON.stringify(this.stacks.map(({ template }) => template.Outputs)).includes(`"${name}"`);
      // An export does not change while it is imported.
      return isOwn ? undefined : unknownValue(`import/${name}`);
    },
    stackOutput: (stackName: string, outputName: string) =>
      this.stacks.some(({ name }) => name === stackName)
        ? undefined
        : this.unknown(`output/${stackName}/${outputName}`),
  };

  /** Resources that are no part of the simulation: they have unknown attributes, and delete the images among these. */
  readonly otherResources: ResourceTypeHandler = {
    create: ({ type, stack, logicalId }) =>
      type.startsWith('Custom::') ? { physicalId: unknownValue(`${stack}/${logicalId}`) } : undefined,
    update: ({ properties, oldProperties, physicalId = '' }) => {
      if (properties[REPLACEMENT] === oldProperties?.[REPLACEMENT]) {
        return undefined;
      }
      this.replaced.add(physicalId);
      const [, origin, end] = /^(.*?)(?:#\d+)?(\}\})?$/.exec(physicalId) as RegExpExecArray;
      return { physicalId: `${origin}#${this.version}${end ?? ''}` };
    },
    delete: (request) => {
      for (const [text, imageId] of this.images) {
        const isOwn = isPartOf(text, String(request.physicalId));
        // An image that another stack shares, or has in a bundle, is still in use.
        const isInUse =
          this.usedIn.get(imageId) !== request.stack &&
          (this.endpoint().accounts(imageId).length > 0 ||
            this.endpoint()
              .allBundles()
              .some((bundle) => bundle.imageId === imageId));
        if (isOwn && !isInUse && this.endpoint().hasImage(imageId)) {
          this.endpoint().deleteImage(imageId);
        }
      }
    },
  };

  /** The images that can be replaced: literals, and those that parameters, stubs or other apps provide. */
  get roots(): { readonly literal: string[]; readonly unknown: string[] } {
    const bound = new Set(this.images.values());
    return {
      literal: [...this.added].filter((imageId) => !bound.has(imageId)),
      unknown: [...this.images.keys()],
    };
  }

  /** The images that something unknown had before the one that it has now, and those of stubs that were replaced. */
  get former(): string[] {
    const last = new Map([...this.images].map(([text, imageId]) => [text.replace(VERSION, ''), imageId]));
    const live = [...this.deployed()].flatMap((stack) =>
      [...stack.live.values()].map(({ physicalId }) => physicalId),
    );
    const gone = [...this.replaced].filter((physicalId) => !live.includes(physicalId));
    return [...this.images]
      .filter(
        ([text, imageId]) =>
          last.get(text.replace(VERSION, '')) !== imageId ||
          gone.some((physicalId) => isPartOf(text, physicalId)),
      )
      .map(([, imageId]) => imageId);
  }

  /** From now on, images that the app does not know have other IDs. */
  next(): void {
    this.version++;
  }

  nextImage(): string {
    return `wsi-simulation${++this.generated}`;
  }

  /** The properties of a share, copy or bundle, with everything unknown bound. */
  readonly bound = (properties: JsonObject, { type, account, region }: Use): JsonObject => {
    switch (type) {
      case SHARE_TYPE:
        return {
          ...properties,
          ImageId: this.image(properties.ImageId),
          AccountIds: [properties.AccountIds ?? []].flat().map((entry) => this.account(entry, account)),
        };
      case COPY_TYPE: {
        const { SourceAccountId, SourceRegion } = properties;
        return {
          ...properties,
          SourceImageId: this.image(properties.SourceImageId),
          ...(SourceAccountId !== undefined && { SourceAccountId: this.account(SourceAccountId, account) }),
          ...(UNKNOWN.test(String(SourceRegion)) && { SourceRegion: region }),
        };
      }
      case BUNDLE_TYPE:
        return {
          ...properties,
          ...Object.fromEntries(
            Object.entries(HARDWARE).filter(([name]) => UNKNOWN.test(String(properties[name]))),
          ),
          ImageId: this.image(properties.ImageId),
        };
      default:
        return properties;
    }
  };

  /** Makes the image of a share or a bundle, or the source of a copy, exist, unless a stack of the app has made it. */
  provide(request: ResourceRequest): void {
    const { type, account, region } = request;
    const properties = this.bound(request.properties, request);
    if (type === SHARE_TYPE || type === BUNDLE_TYPE) {
      this.usedIn.set(String(properties.ImageId), request.stack);
      this.add(String(properties.ImageId), account, region);
    } else if (type === COPY_TYPE) {
      this.provideSource(request, properties);
    }
  }

  private provideSource(request: ResourceRequest, properties: JsonObject): void {
    const { stack, logicalId, account } = request;
    const imageId = String(properties.SourceImageId);
    const use = `${stack}/${logicalId}/${imageId}`;
    if (!isImageId(imageId) || this.checked.has(use)) {
      return;
    }
    this.checked.add(use);
    this.refuseMissingDependency(request, imageId);
    const owner = String(properties.SourceAccountId ?? account);
    const sourceRegion = String(properties.SourceRegion);
    if (this.add(imageId, owner, sourceRegion) && !this.isOfStubOf(owner, imageId)) {
      this.recipients.set(imageId, []);
    }
    const recipients = this.recipients.get(imageId);
    if (!recipients) {
      return;
    }
    if (owner !== account && !recipients.includes(account)) {
      this.endpoint().share(imageId, account);
      recipients.push(account);
    }
    const shared = owner === account ? '' : `, shared with ${account}`;
    this.assumptions.add(
      `The source of ${this.pathOf(request)} is an image of ${owner} in ${sourceRegion}${shared}.`,
    );
  }

  /** Whether a resource of the app makes an image in its owner's account: then nobody but the app shares it. */
  private isOfStubOf(owner: string, imageId: string): boolean {
    const texts = [...this.images].filter(([, bound]) => bound === imageId).map(([text]) => text);
    return [...this.deployed()].some(
      ({ environment, live }) =>
        environment.account === owner &&
        [...live.values()].some(({ physicalId }) => texts.some((text) => isPartOf(text, physicalId))),
    );
  }

  /** A copy of an image that a stack of the same stage shares must be deployed after that stack. */
  private refuseMissingDependency({ stack, account }: ResourceRequest, imageId: string): void {
    const own = this.stacks.find(({ id }) => id === stack) as AssembledStack;
    for (const other of this.stacks) {
      const share = Object.values(other.template.Resources ?? {}).find(
        ({ Type, Properties }) => Type === SHARE_TYPE && Properties?.ImageId === imageId,
      );
      const isOwner = other === own || (other.account ?? DEFAULT_ACCOUNT) === account;
      if (share && !isOwner && other.stage === own.stage && !dependenciesOf(own).includes(other)) {
        throw new Error(
          `${pathOf(share)} shares ${imageId}, but the stack ${stack} does not depend on ${other.id}. Use WorkspaceImageSource.share, or add the dependency.`,
        );
      }
    }
  }

  /** Adds an image that was never there. One that a stack has deleted stays deleted. */
  private add(imageId: string, account: string, region: string): boolean {
    const isForeign = this.literals.includes(imageId) || imageId.startsWith('wsi-simulation');
    if (!isImageId(imageId) || !isForeign || this.added.has(imageId)) {
      return false;
    }
    this.added.add(imageId);
    this.endpoint().addImage({ imageId, account, region });
    return true;
  }

  private image(value: Json = ''): Json {
    const text = String(value);
    if (!UNKNOWN.test(text)) {
      return value;
    }
    const imageId = this.images.get(text) ?? this.nextImage();
    this.images.set(text, imageId);
    return imageId;
  }

  private account(value: Json, own: string): Json {
    const text = String(value).replace(VERSION, '');
    return UNKNOWN.test(text) ? this.accounts.of(text, own) : value;
  }

  private unknown(origin: string): string {
    const isImage = [...this.images.keys()].some((text) => text.includes(origin));
    return unknownValue(this.version > 1 && isImage ? `${origin}#${this.version}` : origin);
  }

  private parameter(origin: string, declared: ParameterDeclaration): string {
    const { Type, Default, AllowedValues, MinValue } = declared;
    // The default of an SSM parameter is its name. Its value is not in the cloud assembly.
    if (Default !== undefined && !Type.startsWith('AWS::SSM::')) {
      return String(Default);
    }
    if (isListParameter(declared)) {
      return [1, 2].map((n) => unknownValue(`parameter/${origin}/${n}`)).join();
    }
    return String(
      AllowedValues?.[0] ?? (/Number/.test(Type) ? (MinValue ?? 1) : this.unknown(`parameter/${origin}`)),
    );
  }

  private pathOf({ stack, logicalId }: ResourceRequest): string {
    const declared = this.stacks.find(({ id }) => id === stack)?.template.Resources?.[logicalId];
    return pathOf(declared) ?? `${stack}/${logicalId}`;
  }
}

/** The resources of an app whose values other stacks read in another Region, as the CDK's functions write and read them. */
export function crossRegionReferences(): Record<string, ResourceTypeHandler> {
  const values = new Map<string, Json>();
  const write = ({ properties }: ResourceRequest) => {
    const { region, exports = {} } = (properties.WriterProps ?? {}) as JsonObject;
    for (const [name, value] of Object.entries(exports as JsonObject)) {
      values.set(`${region}${name}`, value);
    }
    return undefined;
  };
  const read = ({ properties, region }: ResourceRequest) => {
    const { imports = {} } = (properties.ReaderProps ?? {}) as JsonObject;
    const names = Object.keys(imports as JsonObject);
    return {
      attributes: Object.fromEntries(names.map((name) => [name, values.get(`${region}${name}`) ?? ''])),
    };
  };
  return {
    'Custom::CrossRegionExportWriter': { create: write, update: write },
    'Custom::CrossRegionExportReader': { create: read, update: read },
  };
}

/** Whether a text is the ID or an attribute of a stub. */
export function isPartOf(text: string, physicalId: string): boolean {
  const id = unknownValue(physicalId).slice(0, -2);
  return text.includes(`${id}.`) || text.includes(`${id}}`);
}

/** Whether a resource is a stub that can be replaced. */
export function isStub(type: string): boolean {
  return !isOfThisPackage(type) && !/^AWS::(Lambda|IAM|Logs)::|CrossRegionExport/.test(type);
}
