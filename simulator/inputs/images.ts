import { SHARE_TYPE } from '../../lib/custom-resource/resource-types';
import { isImageId } from '../../lib/workspaces/validation';
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

/** A property whose change replaces the resource of an image. */
const REPLACEMENT = 'SimulatedReplacement';

/** The images of a simulation: those that the simulator adds, and those that resources of the app create. */
export class Images {
  readonly known: string[] = [];
  private generated = 0;

  constructor(
    /** The resources of the app whose Ref or attribute is the image ID of a share. */
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
      if (type && type !== SHARE_TYPE) {
        types[type] = {
          create: (request) => this.createFor(endpoint, request),
          update: (request) =>
            request.properties[REPLACEMENT] === request.oldProperties?.[REPLACEMENT]
              ? undefined
              : this.createFor(endpoint, request),
          delete: (request) => (this.sourceOf(request) ? deleteImage(endpoint, request) : undefined),
        };
      }
    }
    return types;
  }

  /** Adds a resource for each image that no resource of the template creates. */
  addTo(template: Template): Template {
    const resources: Record<string, ResourceDeclaration> = { ...template.Resources };
    for (const [logicalId, share] of Object.entries(resources)) {
      if (share.Type === SHARE_TYPE && !this.imageResource(share, template)) {
        const image = `SimulatedImage${logicalId}`;
        resources[image] = {
          Type: IMAGE_TYPE,
          Properties: { ImageId: share.Properties?.ImageId ?? '' },
          // An image that stays shared cannot be deleted.
          ...(share.DeletionPolicy?.startsWith('Retain') && { DeletionPolicy: 'Retain' }),
        };
        resources[logicalId] = { ...share, DependsOn: [...[share.DependsOn ?? []].flat(), image] };
      }
    }
    return { ...template, Resources: resources };
  }

  /** Replaces the image of each share. */
  replaceIn(template: Template): Template {
    let replaced = template;
    for (const [logicalId, share] of Object.entries(template.Resources ?? {})) {
      if (share.Type !== SHARE_TYPE) {
        continue;
      }
      const imageResourceId = this.imageResource(share, template);
      if (imageResourceId) {
        const resource = template.Resources?.[imageResourceId] as ResourceDeclaration;
        replaced = withResource(replaced, imageResourceId, {
          ...resource,
          Properties: { ...resource.Properties, [REPLACEMENT]: '2' },
        });
        continue;
      }
      const imageId = this.nextId();
      const image = `SimulatedImage${imageId.replace('-', '')}`;
      replaced = withResource(replaced, image, {
        ...(template.Resources?.[`SimulatedImage${logicalId}`] as ResourceDeclaration),
        Properties: { ImageId: imageId },
      });
      const literal = share.Properties?.ImageId;
      replaced = withResource(replaced, logicalId, {
        ...share,
        Properties: { ...share.Properties, ImageId: imageId },
        DependsOn: [...[share.DependsOn ?? []].flat(), image],
      });
      if (isImageId(literal)) {
        // The logical ID of a share contains a literal image ID.
        replaced = renamed(
          replaced,
          logicalId,
          logicalId.replace(literal.replace('-', ''), imageId.replace('-', '')),
        );
      }
    }
    return replaced;
  }

  /** The logical ID of the resource in the same template that a share's image ID refers to. */
  private imageResource(share: ResourceDeclaration, template: Template): string | undefined {
    const [name, argument] = intrinsicOf(share.Properties?.ImageId ?? '') ?? [];
    const logicalId =
      name === 'Ref'
        ? String(argument)
        : name === 'Fn::GetAtt'
          ? attributePath(argument as Json)[0]
          : undefined;
    return logicalId !== undefined && template.Resources?.[logicalId] ? logicalId : undefined;
  }

  private sourceOf({ stack, logicalId }: ResourceRequest): ResourceSource | undefined {
    return this.sources.find((source) => source.stack.name === stack && source.logicalId === logicalId);
  }

  private createFor(
    endpoint: WorkspacesEndpoint,
    request: ResourceRequest,
  ): ReturnType<NonNullable<ResourceTypeHandler['create']>> {
    const source = this.sourceOf(request);
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
    if (isImageId(imageId) && !endpoint.hasImage(imageId)) {
      endpoint.addImage({ imageId, account, region });
      this.known.push(imageId);
    }
    return { physicalId: imageId };
  }
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

function withResource(template: Template, logicalId: string, declared: ResourceDeclaration): Template {
  return { ...template, Resources: { ...template.Resources, [logicalId]: declared } };
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
