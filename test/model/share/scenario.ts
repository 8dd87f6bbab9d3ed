import type { CloudFormationFault } from '../../../simulator/cloudformation-endpoint';

/** What happens to one call to the service. */
export type CallFault =
  | 'throttled'
  | 'broken'
  | 'refused'
  | 'cut'
  | 'cut after the change'
  | 'cut in the body'
  | 'broken after the change'
  | 'html'
  | 'too many'
  | 'slow'
  | 'stalled'
  | 'killed before the change'
  | 'killed after the change';

/** What happens to the delivery of one event, or to the response. */
export interface EventFault {
  /** Milliseconds until a duplicate delivery. */
  readonly twice?: number;
  /** Whether the duplicate is delivered that long after the first invocation ended. */
  readonly oneAfterTheOther?: boolean;
  /** Milliseconds until the first delivery. */
  readonly late?: number;
  /** How many attempts to send the response fail. */
  readonly unanswered?: number;
}

/** Which other properties there are: those of a later release, or some with invalid values. */
export type Spelling = 'later' | 'malformed';

export interface Declared {
  readonly spelling?: Spelling;
  /** Whether stack events do not show the parameter with the image. */
  readonly noEcho?: boolean;
  readonly image: number;
  readonly accounts: readonly number[];
  readonly byParameter: boolean;
  readonly adoptExisting: boolean;
  readonly retain: boolean;
}

/** When another resource of the stack fails: before the share, after it, or concurrently after some milliseconds. */
export type OtherFailure = 'before' | 'after' | number;

/** The step after one that `overlaps` starts while events may still be delivered. */
export type Step =
  | {
      readonly kind: 'deploy';
      readonly stack: number;
      readonly overlaps?: boolean;
      /** Absent if the template declares no share. */
      readonly declared?: Declared;
      /** How many more shares the template declares, each of another image. */
      readonly more?: number;
      readonly fails?: OtherFailure;
      /** From this call on, the service throttles all calls until the step ends. */
      readonly throttledFrom?: number;
      readonly calls: Readonly<Record<number, CallFault>>;
      readonly events: Readonly<Record<number, EventFault>>;
    }
  | {
      readonly kind: 'destroy';
      readonly stack: number;
      readonly overlaps?: boolean;
      readonly throttledFrom?: number;
      readonly calls: Readonly<Record<number, CallFault>>;
      readonly events: Readonly<Record<number, EventFault>>;
    }
  /** The service drops the permissions of an account, and refuses it from then on. */
  | { readonly kind: 'close account'; readonly overlaps?: false; readonly account: number }
  /** A person grants or revokes a permission. */
  | {
      readonly kind: 'by hand';
      readonly overlaps?: false;
      readonly image: number;
      readonly account: number;
      readonly allow: boolean;
    };

export type Deployment = Extract<Step, { kind: 'deploy' }>;
export type Operation = Deployment | Extract<Step, { kind: 'destroy' }>;

/** Throttled, 5 to 16 s late, or with stack events as they were up to 12 s ago. */
export type Hiccup = 'throttled' | 'slow' | 'stale';

/** How old the stack events of a stale response are at most, in milliseconds. */
export const STALE = 12_000;

export interface Scenario {
  readonly steps: readonly Step[];
  /** Milliseconds between two steps that do not overlap. */
  readonly between?: number;
  /** Milliseconds that reads lag behind. */
  readonly readLag: number;
  /** Whether each read lags behind by a random time up to that, so that two reads can run backwards. */
  readonly backwards?: boolean;
  /** Milliseconds that stack events lag behind at most. */
  readonly stackEventLag?: number;
  /** Why CloudFormation cannot be asked. */
  readonly cannotAsk?: Extract<CloudFormationFault, 'denied' | 'unreachable'>;
  /** How CloudFormation occasionally responds. */
  readonly cloudFormation?: Partial<Record<Hiccup, boolean>>;
  /** Whether every invocation gets a new execution environment. */
  readonly cold?: boolean;
  /** Milliseconds that a call to the service takes. */
  readonly latency: number;
  readonly rate?: { readonly perSecond: number; readonly burst: number };
  /** Seed of the random lags. */
  readonly seed?: number;
  /** Error for a grant of an existing permission, and for a revoke of a missing one. */
  readonly grantingGranted?: string;
  readonly revokingMissing?: string;
}

/** A share with one account. */
export const SHARE: Declared = {
  image: 0,
  accounts: [0],
  byParameter: false,
  adoptExisting: false,
  retain: false,
};

export function deploy(declared: Declared | undefined, more: Partial<Deployment> = {}): Step {
  return { kind: 'deploy', stack: 0, declared, calls: {}, events: {}, ...more };
}

/** Deploys a stack with the function, but without a share. */
export const NO_SHARE = deploy(undefined);
