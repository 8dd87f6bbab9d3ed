import { Duration } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** How the function for one kind of construct differs from the others. */
export interface ProviderKind {
  /**
   * The name of the construct: the prefix of the logical IDs of its custom resources, and of the function and its
   * resources. It must never change: CloudFormation cannot update a custom resource whose `ServiceToken` changes, and a
   * log group that is replaced loses its logs.
   */
  readonly construct: string;
  /** What the construct is called in sentences. */
  readonly noun: string;
  readonly plural: string;
  /** The folder of the handler in `lambda/`, and the name of its zip file. */
  readonly handler: string;
  readonly description: string;
  /** Changing it would replace the security group. */
  readonly securityGroupDescription: string;
  readonly policyName: string;
  /** What the function may do, besides what every function of this package may. */
  readonly statements: readonly Statement[];
  /** How long Lambda keeps an event that it cannot deliver yet, and how often it repeats one that ended with an error. */
  readonly maxEventAge: Duration;
  readonly retryAttempts: number;
}

/**
 * For functions that find by its name what an earlier attempt made, so that a repeated event is harmless. They end with an
 * error on purpose, to wait for longer than one invocation can.
 */
export const REPEATED_EVENTS = {
  // For two attempts of 15 minutes, and the minutes before the second and the third one.
  maxEventAge: Duration.minutes(40),
  retryAttempts: 2,
} as const;

/** A statement in the policy of a function. */
export interface Statement {
  readonly actions: readonly string[];
  /** An action that only some constructs need, which is known at synthesis. */
  readonly actionFor?: { readonly action: string; readonly needs: (construct: IConstruct) => boolean };
  readonly resources: (place: Place) => readonly string[];
  readonly conditions?: (place: Place) => Record<string, unknown>;
  /** Why the resources contain wildcards, if they do. */
  readonly reason: string;
}

/** The ARNs of a function, and their parts: tokens, placeholders, or values. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly logStreams: string;
  readonly stack: string;
}
