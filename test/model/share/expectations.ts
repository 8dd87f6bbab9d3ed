import type { CloudFormation, CustomResourceEvent, SentRequest } from '../../../simulator/cloudformation';
import type { Operation, Scenario } from './scenario';

/** Whether an account must have permission, must not, or may. */
export type Expectation = 'yes' | 'no' | 'open';

/** The accounts of the deployed shares, each as `image/account`, and whether they are to be retained. */
export type Declarations = ReadonlyMap<string, { readonly retain: boolean }>;

/** An operation on a stack, and what it did. */
export interface Ended {
  readonly step: Operation;
  /** What was declared before it. */
  readonly before: Declarations;
  /** The events that it sent. */
  readonly requests: readonly SentRequest[];
  /** How many calls failed for each event, by its request ID, other than by passing throttling. */
  readonly failedCalls: ReadonlyMap<string, number>;
  /** Whether it completed a deployment. */
  readonly deployed: boolean;
}

/** Who must have access: exactly the declared accounts, with the exceptions of docs/known-limitations.md. */
export class Expectations {
  /** Permissions that were granted by hand, or retained. They remain until a share takes them over. */
  private readonly others = new Map<string, Expectation>();
  /** Permissions of a share that were revoked by hand or by another share. The next Update grants them. */
  private readonly drifted = new Set<string>();
  /** Accounts that the service refuses. */
  private readonly closed = new Set<string>();
  /** Stacks whose last template retains its share. A rollback goes by the template that it goes back to. */
  private readonly retaining = new Set<number>();

  constructor(
    private readonly cloudFormation: CloudFormation,
    private readonly scenario: Scenario,
    /** Whether nothing is left open, not even the known limitations. */
    private readonly isStrict: boolean,
  ) {}

  /** What is expected of an account. */
  of(image: string, account: string): Expectation {
    const key = `${image}/${account}`;
    if (this.closed.has(account)) {
      return 'no';
    }
    if (this.drifted.has(key)) {
      return 'open';
    }
    return this.declared().has(key) ? 'yes' : (this.others.get(key) ?? 'no');
  }

  /** A person granted or revoked a permission. */
  byHand(image: string, account: string, allow: boolean): void {
    const key = `${image}/${account}`;
    if (this.declared().has(key)) {
      this.drifted[allow ? 'delete' : 'add'](key);
    } else {
      this.others.set(key, allow ? 'yes' : 'no');
    }
  }

  close(account: string): void {
    this.closed.add(account);
  }

  isClosed(account: string): boolean {
    return this.closed.has(account);
  }

  /** Each account of each deployed share, and whether it is to be retained. */
  declared(): Declarations {
    const all = new Map<string, { readonly retain: boolean }>();
    for (const stack of this.cloudFormation.stacks.values()) {
      for (const { declared, properties, state } of stack.live.values()) {
        if (declared.Type === 'Custom::WorkspaceImageShare' && state === 'complete') {
          for (const key of namedIn(properties)) {
            all.set(key, { retain: declared.UpdateReplacePolicy === 'Retain' });
          }
        }
      }
    }
    return all;
  }

  /** Takes note of an operation that ended. */
  after({ step, before, requests, failedCalls, deployed }: Ended): void {
    const now = this.declared();
    const retainsNew = step.kind === 'deploy' && step.declared?.retain === true;
    const retains = step.kind === 'deploy' && (retainsNew || this.retaining.has(step.stack));
    const named = new Set<string>();
    for (const [index, sent] of requests.entries()) {
      const { event, outcome } = sent;
      const failures = failedCalls.get(event.RequestId) ?? 0;
      const callFailed = failures > 0;
      const failedTwice = step.events[index]?.twice !== undefined && callFailed;
      for (const key of namedInBoth(event)) {
        named.add(key);
        if (this.isStrict) {
          continue;
        }
        if (
          before.has(key) &&
          event.RequestType === 'Create' &&
          (adopts(event.ResourceProperties) ||
            sent.response === undefined ||
            (outcome === 'succeeded' && this.scenario.readLag > 0))
        ) {
          // Two shares contain the account: an adopting one took it over, a refusal did not arrive, or no read showed
          // the account yet. The Delete of either revokes it.
          this.drifted.add(key);
        }
        if (failedTwice && event.RequestType === 'Create' && outcome === 'succeeded') {
          // The service accepted the calls of one delivery and refused those of the other, which revoked the grants.
          this.drifted.add(key);
        }
        // Of other shares, a creation that is rolled back is not retained.
        const isRetained = retainsNew && event.RequestType === 'Create' && adopts(event.ResourceProperties);
        const isOpen =
          (isRetained && outcome !== 'succeeded') ||
          (retains && event.RequestType === 'Update' && !keepsImage(event)) ||
          isLeftBy(sent, key, failures, failedTwice) ||
          failedForGood(sent, requests) ||
          // Without CloudFormation, an Update that settles after a lost response competes with its rollback.
          (outcome === 'cancelled' && callFailed && this.scenario.cannotAsk !== undefined) ||
          // Nor does a rollback know that it is one, and stops if the service refuses an account that was closed.
          (outcome === 'failed' && this.closed.size > 0 && this.scenario.cannotAsk !== undefined) ||
          (this.others.get(key) === 'yes' && takesOver(sent));
        if (isOpen) {
          this.others.set(key, 'open');
        } else if (isRetained) {
          this.others.set(key, 'yes');
        }
      }
      if (outcome === 'succeeded' && event.RequestType === 'Update') {
        for (const key of namedIn(event.ResourceProperties)) {
          this.drifted.delete(key);
        }
      }
    }
    if (step.kind === 'deploy' && deployed) {
      this.retaining[step.declared?.retain ? 'add' : 'delete'](step.stack);
    }
    for (const [key, { retain }] of before) {
      if (retain && !now.has(key)) {
        this.others.set(key, named.has(key) || this.drifted.has(key) ? 'open' : 'yes');
      }
    }
    for (const key of now.keys()) {
      this.others.delete(key);
    }
    for (const key of this.drifted) {
      if (!now.has(key)) {
        this.drifted.delete(key);
      }
    }
  }
}

/**
 * Whether an event may leave permissions that it granted.
 *
 * @param failures how many of its calls failed
 * @param failedTwice whether it was delivered twice, and a call failed
 */
function isLeftBy(
  { event, outcome, response, invocations }: SentRequest,
  key: string,
  failures: number,
  failedTwice: boolean,
): boolean {
  const died = invocations.some((invocation) => /killed|timed out/.test(invocation.outcome));
  const adopting = adopts(event.ResourceProperties) || adopts(event.OldResourceProperties);
  if (adopting && event.RequestType !== 'Delete' && !keepsImage(event)) {
    // Only the invocation that granted knows which permissions existed before. What it cannot revoke after one failure
    // because of another, it reports.
    const reported = response?.Reason?.split('may still have permission: ')[1];
    const gaveUp = died || failedTwice || outcome === 'cancelled' || outcome === 'timed out';
    return gaveUp || (failures >= 2 && (reported?.includes(key.split('/')[1] as string) ?? false));
  }
  // The duplicate takes the grants of the invocation that failed for those of another share.
  return event.RequestType === 'Create' && outcome === 'failed' && failedTwice;
}

/** Whether an account of an image is in both lists of an Update. */
export function keeps(event: CustomResourceEvent, image: string, account: string): boolean {
  const key = `${image}/${account}`;
  return (
    namedIn(event.ResourceProperties).includes(key) && namedIn(event.OldResourceProperties).includes(key)
  );
}

function keepsImage({
  RequestType,
  ResourceProperties,
  OldResourceProperties,
}: CustomResourceEvent): boolean {
  return RequestType === 'Update' && ResourceProperties.ImageId === OldResourceProperties?.ImageId;
}

/** Whether a Delete failed that CloudFormation did not send again: those of a cleanup are sent once. */
function failedForGood({ event, outcome }: SentRequest, requests: readonly SentRequest[]): boolean {
  return (
    event.RequestType === 'Delete' &&
    outcome !== 'succeeded' &&
    !requests.some(
      (other) =>
        other.event.RequestType === 'Delete' &&
        other.outcome === 'succeeded' &&
        other.event.PhysicalResourceId === event.PhysicalResourceId,
    )
  );
}

/** Whether an event takes permissions that were granted by hand for those of its share. */
function takesOver({ event }: SentRequest): boolean {
  switch (event.RequestType) {
    case 'Create':
      return false;
    case 'Update':
      return true;
    case 'Delete':
      return (
        /^(share|undo)\//.test(event.PhysicalResourceId ?? '') ||
        !(adopts(event.ResourceProperties) || event.PhysicalResourceId?.startsWith('nothing/'))
      );
  }
}

type Properties = Readonly<Record<string, unknown>> | undefined;

function adopts(properties: Properties): boolean {
  return properties?.AdoptExisting === 'true';
}

function namedInBoth({ ResourceProperties, OldResourceProperties }: CustomResourceEvent): string[] {
  return [...namedIn(ResourceProperties), ...namedIn(OldResourceProperties)];
}

function namedIn(properties: Properties): string[] {
  const accounts = (properties?.AccountIds ?? []) as string[];
  return accounts
    .filter((account) => /^\d{12}$/.test(account))
    .map((account) => `${properties?.ImageId}/${account}`);
}
