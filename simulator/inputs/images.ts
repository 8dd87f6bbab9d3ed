import { COPY_TYPE, SHARE_TYPE } from '../../lib/custom-resource/resource-types';
import { isImageId } from '../../lib/workspaces/validation';
import { isOfThisPackage } from '../assembly';
import type { ResourceRequest, ResourceTypeHandler } from '../cloudformation';
import {
  attributePath,
  intrinsicOf,
  type Json,
  type JsonObject,
  type ResourceDeclaration,
  type Template,
} from '../template';
import type { WorkspacesEndpoint } from '../workspaces-endpoint';
import type { ResourceSource } from './sources';

/** A resource that the simulator adds for an image that the app does not create itself. */
export const IMAGE_TYPE = 'Simulation::WorkSpaces::Image';

/** The property that contains the image of a share, or the source of a copy. */
export const IMAGE_PROPERTY: Readonly<Record<string, 'ImageId' | 'SourceImageId'>> = {
  [SHARE_TYPE]: 'ImageId',
  [COPY_TYPE]: 'SourceImageId',
};

/** A property whose change replaces the resource of an image. */
const REPLACEMENT = 'SimulatedReplacement';

/** How images are replaced. */
export interface ReplacedImages {
  /** Those whose ID is replaced in the properties of shares and copies. */
  readonly edited: ReadonlySet<string>;
  /** Those that the resource which created them creates again. */
  readonly recreated: ReadonlySet<string>;
}

/** The images of a simulation: those that the simulator adds, and those that resources of the app create. */
export class Images {
  private generated = 0;
  /** The IDs of the images that replace others. */
  private readonly replacements = new Map<string, string>();

  constructor(
    /** The resources of the app whose Ref or attribute is the image of a share, or the source of a copy. */
    private readonly sources: readonly ResourceSource[],
  ) {}

  nextId(): string {
    this.generated++;
    return `wsi-simulation${this.generated}`;
  }

  /** Implements the resources that create images at an endpoint. */
  resourceTypes(endpoint: WorkspacesEndpoint): Record<string, ResourceTypeHandler> {
    const types: Record<string, ResourceTypeHandler> = {
      [IMAGE_TYPE]: {
        create: (request) => this.create(endpoint, request, String(request.properties.ImageId)),
        delete: (request) => deleteImage(endpoint, request),
      },
    };
    for (const { stack, logicalId } of this.sources) {
      const type = stack.template.Resources?.[logicalId]?.Type;
      if (type && !isOfThisPackage(type)) {
        types[type] = {
          create: (request) => this.createFor(endpoint, request),
          update: (request) =>
            request.properties[REPLACEMENT] === request.oldProperties?.[REPLACEMENT]
              ? undefined
              : this.createFor(endpoint, request),
          delete: (request) => (this.sourceFor(request) ? deleteImage(endpoint, request) : undefined),
        };
      }
    }
    return types;
  }

  /** Adds a resource for the image of each share that no resource of the template creates. */
  addTo(template: Template): Template {
    let added = template;
    for (const [logicalId, share] of Object.entries(template.Resources ?? {})) {
      if (share.Type === SHARE_TYPE && !refersToResource(share.Properties?.ImageId, template)) {
        added = withImage(added, logicalId, `SimulatedImage${logicalId}`);
      }
    }
    return added;
  }

  /** Whether a resource of the app creates an image. */
  isCreator(resource: Pick<ResourceRequest, 'stack' | 'logicalId'>): boolean {
    const declared = this.sourceFor(resource)?.stack.template.Resources?.[resource.logicalId];
    return declared !== undefined && !isOfThisPackage(declared.Type);
  }

  /**
   * Replaces images in a template.
   *
   * @param imageOf the image that a resource uses or creates, by logical ID
   */
  replaceIn(
    template: Template,
    { edited, recreated }: ReplacedImages,
    imageOf: (logicalId: string) => string | undefined,
  ): Template {
    let replaced = template;
    for (const [logicalId, { Type }] of Object.entries(template.Resources ?? {})) {
      const imageId = imageOf(logicalId) ?? '';
      const isUse = IMAGE_PROPERTY[Type] !== undefined;
      if (isUse && edited.has(imageId)) {
        replaced = this.withOtherImage(replaced, logicalId, imageId);
      } else if (!isUse && Type !== IMAGE_TYPE && recreated.has(imageId)) {
        replaced = withProperties(replaced, logicalId, { [REPLACEMENT]: imageId });
      }
    }
    return replaced;
  }

  private withOtherImage(template: Template, logicalId: string, imageId: string): Template {
    const { Type, Properties = {} } = resourceOf(template, logicalId);
    const property = IMAGE_PROPERTY[Type];
    const newId = this.replacementOf(imageId);
    const replaced = withProperties(template, logicalId, { [property]: newId });
    if (Type !== SHARE_TYPE) {
      return replaced;
    }
    const literal = Properties[property];
    const moved = withImage(replaced, logicalId, `SimulatedImage${inLogicalId(newId)}`);
    return isImageId(literal)
      ? renamed(moved, logicalId, logicalId.replace(inLogicalId(literal), inLogicalId(newId)))
      : moved;
  }

  private replacementOf(imageId: string): string {
    const newId = this.replacements.get(imageId) ?? this.nextId();
    this.replacements.set(imageId, newId);
    return newId;
  }

  private sourceFor({
    stack,
    logicalId,
  }: Pick<ResourceRequest, 'stack' | 'logicalId'>): ResourceSource | undefined {
    return this.sources.find((source) => source.stack.name === stack && source.logicalId === logicalId);
  }

  private createFor(
    endpoint: WorkspacesEndpoint,
    request: ResourceRequest,
  ): ReturnType<NonNullable<ResourceTypeHandler['create']>> {
    const source = this.sourceFor(request);
    if (!source) {
      return undefined;
    }
    const imageId = this.nextId();
    return {
      ...this.create(endpoint, request, imageId),
      attributes: source.attribute ? { [source.attribute]: imageId } : {},
    };
  }

  private create(
    endpoint: WorkspacesEndpoint,
    { account, region }: ResourceRequest,
    imageId: string,
  ): { physicalId: string } {
    if (endpoint.hasImage(imageId)) {
      // Another resource has created it, and deletes it.
      return { physicalId: `existing/${imageId}` };
    }
    if (isImageId(imageId)) {
      endpoint.addImage({ imageId, account, region });
    }
    return { physicalId: imageId };
  }
}

/** Whether a value is a Ref or an attribute of a resource in the same template. */
function refersToResource(value: Json = '', template: Template): boolean {
  const [name, argument] = intrinsicOf(value) ?? [];
  const logicalId =
    name === 'Ref'
      ? String(argument)
      : name === 'Fn::GetAtt'
        ? attributePath(argument as Json)[0]
        : undefined;
  return logicalId !== undefined && template.Resources?.[logicalId] !== undefined;
}

function resourceOf(template: Template, logicalId: string): ResourceDeclaration {
  return template.Resources?.[logicalId] as ResourceDeclaration;
}

/** Adds a resource for the image of a share. */
function withImage(template: Template, share: string, image: string): Template {
  const declared = resourceOf(template, share);
  return {
    ...template,
    Resources: {
      ...template.Resources,
      [image]: {
        Type: IMAGE_TYPE,
        Properties: { ImageId: declared.Properties?.ImageId ?? '' },
        // An image that stays shared cannot be deleted.
        ...(declared.DeletionPolicy?.startsWith('Retain') && { DeletionPolicy: 'Retain' }),
      },
      [share]: { ...declared, DependsOn: [...[declared.DependsOn ?? []].flat(), image] },
    },
  };
}

function withProperties(template: Template, logicalId: string, properties: JsonObject): Template {
  const declared = resourceOf(template, logicalId);
  const changed = { ...declared, Properties: { ...declared.Properties, ...properties } };
  return { ...template, Resources: { ...template.Resources, [logicalId]: changed } };
}

/** An image ID as the logical ID of a share contains it. */
function inLogicalId(imageId: string): string {
  return imageId.replace('-', '');
}

/** Deletes an image through the service, which fails while the image is shared. */
async function deleteImage(
  endpoint: WorkspacesEndpoint,
  { account, region, physicalId: imageId }: ResourceRequest,
): Promise<void> {
  if (!imageId || !endpoint.hasImage(imageId)) {
    return;
  }
  const response = await fetch(endpoint.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'WorkspacesService.DeleteWorkspaceImage',
      authorization: `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/workspaces/aws4_request`,
    },
    body: JSON.stringify({ ImageId: imageId }),
  });
  if (!response.ok) {
    const { message, Message, __type } = (await response.json()) as Record<string, string>;
    throw new Error(`The image ${imageId} could not be deleted: ${message ?? Message ?? __type}`);
  }
}

/** Renames a resource, and updates the references to it. */
function renamed(template: Template, from: string, to: string): Template {
  const { [from]: declared, ...others } = template.Resources ?? {};
  const resources = { ...others, [to]: declared };
  return {
    ...template,
    Resources: rewritten(resources as unknown as Json) as unknown as Template['Resources'],
    Outputs: rewritten((template.Outputs ?? {}) as unknown as Json) as unknown as Template['Outputs'],
  };

  function rewritten(value: Json): Json {
    if (Array.isArray(value)) {
      return value.map(rewritten);
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const object: JsonObject = {};
    for (const [key, entry] of Object.entries(value)) {
      if (key === 'Ref' && entry === from) {
        object[key] = to;
      } else if (key === 'DependsOn') {
        object[key] = [entry].flat().map((name) => (name === from ? to : name));
      } else if (key === 'Fn::GetAtt' && attributePath(entry)[0] === from) {
        object[key] = [to, attributePath(entry)[1]];
      } else if (key === 'Fn::Sub') {
        object[key] = JSON.parse(
          JSON.stringify(entry).replaceAll(`\${${from}}`, `\${${to}}`).replaceAll(`\${${from}.`, `\${${to}.`),
        );
      } else {
        object[key] = rewritten(entry);
      }
    }
    return object;
  }
}
