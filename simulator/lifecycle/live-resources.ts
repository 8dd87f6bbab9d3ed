import { COPY_TYPE, SHARE_TYPE } from '../../lib/custom-resource/resource-types';
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

export interface LiveCopy extends LiveConstruct {
  /** The account and Region that own the copy. */
  readonly account: string;
  readonly region: string;
  readonly imageId: string;
  readonly sourceImageId: string;
}

/** The shares and copies in deployed stacks, by stack and logical ID. */
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

  copies(): Map<string, LiveCopy> {
    return this.ofType(COPY_TYPE, (construct, { SourceImageId }, { environment }, { physicalId }) => ({
      ...construct,
      account: environment.account,
      region: environment.region,
      imageId: physicalId,
      sourceImageId: String(SourceImageId),
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
