import { Duration, type Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { acknowledgeCopyProviderRules } from '../custom-resource/acknowledged-rules';
import { copyStatements } from '../custom-resource/function-policy';
import {
  areRolesPrecreated,
  DEFAULT_RUNTIME,
  newFunction,
  newLogGroup,
  newRole,
  serviceTimeout,
} from '../custom-resource/handler-function';
import { THIS_COPY } from '../custom-resource/package-copy';

/** The construct ID of the provider in its stack, by which other copies of this package find it. */
const ID = 'DefaultWorkspaceImageCopyProvider';

/** The logical ID of the function, and the prefix of the others. It must never change, as that of the share's function. */
const LOGICAL_ID = 'WorkspaceImageCopyFunction';

const DESCRIPTION = 'Copies WorkSpaces images, for CloudFormation custom resources';

/**
 * How often Lambda repeats an event that ended with an error. A repeated event is harmless, unlike that of a share: it
 * finds the copy that it made before by its name. The Delete of a copy that is still PENDING ends with an error on
 * purpose, to wait for longer than one invocation can.
 */
const RETRY_ATTEMPTS = 2;
/** How long Lambda keeps an event: for two attempts of 15 minutes and the minutes before the second and the third one. */
const MAXIMUM_EVENT_AGE = Duration.minutes(40);

export const SERVICE_TIMEOUT = serviceTimeout(MAXIMUM_EVENT_AGE);

/** The Lambda function behind the copies of a stack, with its role and log group. */
export class CopyProvider extends Construct {
  public readonly handler: lambda.IFunction;
  /** The copy of this package that the function is from. */
  public readonly _copy = THIS_COPY;

  public constructor(stack: Stack) {
    super(stack, ID);
    const logGroup = newLogGroup(this, `${LOGICAL_ID}LogGroup`);
    const role = newRole(this, {
      logicalId: `${LOGICAL_ID}Role`,
      description: DESCRIPTION,
      policyName: 'CopyWorkspaceImages',
      statements: copyStatements(this, logGroup, areRolesPrecreated(this)),
    });
    this.handler = newFunction(this, {
      logicalId: LOGICAL_ID,
      bundle: 'copy',
      description: DESCRIPTION,
      runtime: DEFAULT_RUNTIME,
      maxEventAge: MAXIMUM_EVENT_AGE,
      retryAttempts: RETRY_ATTEMPTS,
      logGroup,
      role,
    });
    acknowledgeCopyProviderRules(this, stack, logGroup);
  }
}

/** The provider of a stack, created if there is none yet. */
export function copyProviderFor(stack: Stack): CopyProvider {
  return (stack.node.tryFindChild(ID) as CopyProvider | undefined) ?? new CopyProvider(stack);
}
