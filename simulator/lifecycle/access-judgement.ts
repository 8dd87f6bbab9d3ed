import type { WorkspacesEndpoint } from '../workspaces-endpoint';
import type { LiveResources, LiveShare } from './live-resources';
import type { Access, Problem, StepReport } from './step-report';

/** Compares the permissions of images with those that shares declare. */
export class AccessJudgement {
  /** The permissions that retained shares leave in place. */
  private readonly retained: Access = {};
  private before = new Map<string, LiveShare>();
  /** The stacks of the shares that each image has had. */
  private readonly stacks = new Map<string, Set<string>>();

  constructor(
    private readonly live: LiveResources,
    private readonly workspaces: WorkspacesEndpoint,
    /** The accounts that owners outside of the app share an image with. */
    private readonly sharedOutside: ReadonlyMap<string, readonly string[]>,
  ) {}

  /** Judges the state after an operation, which may have retained shares that existed after the one before. */
  after(): Pick<StepReport, 'access' | 'declared' | 'retained'> & { problems: Problem[] } {
    const shares = this.live.shares();
    this.recordRetained(shares);
    this.before = shares;
    for (const { stack, imageId } of shares.values()) {
      this.stacks.set(imageId, new Set([...(this.stacks.get(imageId) ?? []), stack]));
    }
    const access = Object.fromEntries(
      this.workspaces.allImages().map(({ imageId }) => [imageId, this.workspaces.accounts(imageId)]),
    );
    const existing = Object.keys(access);
    const perImage = <T>(of: (id: string) => T) => Object.fromEntries(existing.map((id) => [id, of(id)]));
    const live = perImage((id) =>
      [...shares.values()].filter(({ imageId }) => imageId === id).flatMap(({ accountIds }) => accountIds),
    );
    const kept = (id: string) => this.retained[id] ?? [];
    const declared = perImage((id) =>
      [...new Set([...live[id], ...kept(id), ...(this.sharedOutside.get(id) ?? [])])].sort(),
    );
    return {
      access,
      declared,
      retained: perImage((id) =>
        kept(id).filter((account) => access[id].includes(account) && !live[id].includes(account)),
      ),
      problems: existing.flatMap((id) => {
        const stacks = [...(this.stacks.get(id) ?? [])];
        return differences(id, access[id], declared[id]).map((text) => ({ text, stacks }));
      }),
    };
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

function differences(image: string, access: readonly string[], declared: readonly string[]): string[] {
  const missing = declared.filter((account) => !access.includes(account));
  const surplus = access.filter((account) => !declared.includes(account));
  return [
    ...missing.map((account) => `${account} does not have access to ${image}, although a share declares it.`),
    ...surplus.map((account) => `${account} has access to ${image}, although no share declares it.`),
  ];
}
