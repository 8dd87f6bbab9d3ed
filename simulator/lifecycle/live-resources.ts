import { BUNDLE_TYPE, COPY_TYPE, SHARE_TYPE } from '../../lib/custom-resource/resource-types';
import type { CloudFormation, DeployedStack, LiveResource } from '../cloudformation';
import type { Bindings } from '../inputs/bindings';
import type { JsonObject, ResourceDeclaration } from '../template';

interface LiveConstruct {
  readonly stack: string;
  readonly logicalId: string;
  readonly path: string;
  readonly declared: ResourceDeclaration;
}

export interface LiveShare extends LiveConstruct {
  readonly imageId: string;
  readonly accountIds: string[];
}

/** A copy or a bundle. */
export interface LiveItem extends LiveConstruct {
  /** The account and Region that own it. */
  readonly account: string;
  readonly region: string;
  /** The ID of the copied image, or of the bundle. */
  readonly id: string;
  /** The image that it is made from. */
  readonly source: string;
}

/** The shares, copies and bundles in deployed stacks, by stack and logical ID. */
export class LiveResources {
  constructor(
    private readonly cloudFormation: CloudFormation,
    private readonly bound: Bindings['bound'],
  ) {}

  shares(): Map<string, LiveShare> {
    return this.ofType(SHARE_TYPE, (construct, { ImageId, AccountIds }) => ({
      ...construct,
      imageId: String(ImageId),
      accountIds: [AccountIds ?? []].flat().map(String),
    }));
  }

  copies(): Map<string, LiveItem> {
    return this.items(COPY_TYPE, 'SourceImageId');
  }

  bundles(): Map<string, LiveItem> {
    return this.items(BUNDLE_TYPE, 'ImageId');
  }

  private items(type: string, source: string): Map<string, LiveItem> {
    return this.ofType(type, (construct, properties, { environment }, { physicalId }) => ({
      ...construct,
      account: environment.account,
      region: environment.region,
      id: physicalId,
      source: String(properties[source]),
    }));
  }

  private ofType<T>(
    type: string,
    read: (construct: LiveConstruct, properties: JsonObject, stack: DeployedStack, live: LiveResource) => T,
  ): Map<string, T> {
    const found = new Map<string, T>();
    for (const stack of this.cloudFormation.stacks.values()) {
      for (const live of stack.live.values()) {
        const { logicalId, declared, properties } = live;
        if (declared.Type === type) {
          const construct = { stack: stack.name, logicalId, path: stack.pathOf(logicalId), declared };
          const resolved = this.bound(properties, { type, ...stack.environment });
          found.set(keyOf(construct), read(construct, resolved, stack, live));
        }
      }
    }
    return found;
  }
}

/** Identifies a resource of a stack. */
export function keyOf({ stack, logicalId }: { readonly stack: string; readonly logicalId: string }): string {
  return `${stack}/${logicalId}`;
}
