import { SHARE_TYPE } from '../../lib/custom-resource/resource-types';
import type { CloudFormation } from '../cloudformation';
import { type DynamicReferences, withDynamicReferences } from '../cloudformation/dynamic-references';
import type { ResourceDeclaration } from '../template';
import type { WorkspacesEndpoint } from '../workspaces-endpoint';
import type { Access, StepReport } from './step-report';

interface LiveShare {
  readonly path: string;
  readonly imageId: string;
  readonly accountIds: string[];
  readonly declared: ResourceDeclaration;
}

/** Compares the permissions of images with those that shares declare. */
export class Judgement {
  /** The permissions that retained shares leave in place. */
  private readonly retained: Access = {};
  private before = new Map<string, LiveShare>();
  /** The paths of the shares that each image has had. */
  private readonly paths = new Map<string, Set<string>>();

  constructor(
    private readonly cloudFormation: CloudFormation,
    private readonly workspaces: WorkspacesEndpoint,
    private readonly dynamicReference: DynamicReferences,
  ) {}

  /** Judges the state after an operation, which may have retained shares that existed after the one before. */
  after(
    images: readonly string[],
  ): Pick<StepReport, 'access' | 'declared' | 'retained' | 'shares' | 'problems'> {
    const shares = this.liveShares();
    this.recordRetained(shares);
    this.before = shares;
    for (const { path, imageId } of shares.values()) {
      this.paths.set(imageId, new Set([...(this.paths.get(imageId) ?? []), path]));
    }
    const access = Object.fromEntries(
      images.filter((id) => this.workspaces.hasImage(id)).map((id) => [id, this.workspaces.accounts(id)]),
    );
    const existing = Object.keys(access);
    const perImage = <T>(of: (id: string) => T) => Object.fromEntries(existing.map((id) => [id, of(id)]));
    const live = perImage((id) =>
      [...shares.values()].filter(({ imageId }) => imageId === id).flatMap(({ accountIds }) => accountIds),
    );
    const kept = (id: string) => this.retained[id] ?? [];
    const declared = perImage((id) => [...new Set([...live[id], ...kept(id)])].sort());
    return {
      access,
      declared,
      retained: perImage((id) =>
        kept(id).filter((account) => access[id].includes(account) && !live[id].includes(account)),
      ),
      shares: perImage((id) => [...(this.paths.get(id) ?? [])]),
      problems: differences(access, declared),
    };
  }

  private liveShares(): Map<string, LiveShare> {
    const shares = new Map<string, LiveShare>();
    for (const stack of this.cloudFormation.stacks.values()) {
      for (const { logicalId, declared, properties } of stack.live.values()) {
        if (declared.Type === SHARE_TYPE) {
          const { ImageId, AccountIds } = withDynamicReferences(properties, this.dynamicReference);
          shares.set(`${stack.name}/${logicalId}`, {
            path: stack.pathOf(logicalId),
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
