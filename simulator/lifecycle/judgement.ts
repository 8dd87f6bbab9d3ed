import { RESOURCE_TYPE } from '../../lib/validation';
import type { CloudFormation } from '../cloudformation';
import { type DynamicReferences, withDynamicReferences } from '../cloudformation/dynamic-references';
import type { ResourceDeclaration } from '../template';
import type { WorkspacesEndpoint } from '../workspaces-endpoint';
import type { Access } from './step-report';

interface LiveShare {
  readonly imageId: string;
  readonly accountIds: string[];
  readonly declared: ResourceDeclaration;
}

/** Compares the permissions of images with those that shares declare. */
export class Judgement {
  /** The permissions that retained shares leave in place. */
  private readonly retained: Access = {};
  private before = new Map<string, LiveShare>();

  constructor(
    private readonly cloudFormation: CloudFormation,
    private readonly workspaces: WorkspacesEndpoint,
    private readonly dynamicReference: DynamicReferences,
  ) {}

  /** Judges the state after an operation, which may have retained shares that existed after the one before. */
  after(images: readonly string[]): { access: Access; declared: Access; problems: string[] } {
    const shares = this.liveShares();
    this.recordRetained(shares);
    this.before = shares;
    const access = Object.fromEntries(
      images.filter((id) => this.workspaces.hasImage(id)).map((id) => [id, this.workspaces.accounts(id)]),
    );
    const declared = this.declared(Object.keys(access), [...shares.values()]);
    return { access, declared, problems: differences(access, declared) };
  }

  private declared(images: readonly string[], shares: readonly LiveShare[]): Access {
    return Object.fromEntries(
      images.map((id) => {
        const accounts = shares
          .filter(({ imageId }) => imageId === id)
          .flatMap(({ accountIds }) => accountIds);
        return [id, [...new Set([...accounts, ...(this.retained[id] ?? [])])].sort()];
      }),
    );
  }

  private liveShares(): Map<string, LiveShare> {
    const shares = new Map<string, LiveShare>();
    for (const { name, live } of this.cloudFormation.stacks.values()) {
      for (const { logicalId, declared, properties } of live.values()) {
        if (declared.Type === RESOURCE_TYPE) {
          const { ImageId, AccountIds } = withDynamicReferences(properties, this.dynamicReference);
          shares.set(`${name}/${logicalId}`, {
            imageId: String(ImageId),
            accountIds: [AccountIds ?? []].flat().map(String),
            declared,
          });
        }
      }
    }
    return shares;
  }

  private recordRetained(now: ReadonlyMap<string, LiveShare>): void {
    for (const [id, { imageId, accountIds, declared }] of this.before) {
      const kept = now.get(id);
      const policy = kept ? declared.UpdateReplacePolicy : declared.DeletionPolicy;
      if (kept?.imageId !== imageId && policy?.startsWith('Retain')) {
        this.retained[imageId] = accountIds;
      }
    }
  }
}

function differences(access: Access, declared: Access): string[] {
  return Object.keys(access).flatMap((image) => {
    const missing = declared[image].filter((account) => !access[image].includes(account));
    const surplus = access[image].filter((account) => !declared[image].includes(account));
    return [
      ...missing.map(
        (account) => `${account} does not have access to ${image}, although a share declares it.`,
      ),
      ...surplus.map((account) => `${account} has access to ${image}, although no share declares it.`),
    ];
  });
}
