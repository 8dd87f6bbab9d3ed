import type { Stack } from 'aws-cdk-lib';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import { ANY_SOURCE, anyImage } from './function-policy';

/**
 * The metadata that cdk-nag 3 and the CDK read acknowledgements from. `Validations.acknowledge` writes it, too, but older
 * releases of aws-cdk-lib do not have it.
 */
const METADATA = 'aws:cdk:acknowledged-rules';

const NIST_4 = 'NIST.800.53.R4-';
const NIST_5 = 'NIST.800.53.R5-';
const HIPAA = 'HIPAA.Security-';
const PCI_DSS = 'PCI.DSS.321-';
const SERVERLESS = 'Serverless-';

const NETWORK_INTERFACES =
  'Lambda uses these actions to manage the network interfaces of the function, and documents them for all resources.';

interface Choices {
  readonly inVpc: boolean;
  readonly logGroup: ILogGroup;
  /** Whether the log group was passed by the user. */
  readonly ownLogGroup: boolean;
}

/**
 * Acknowledges the findings of cdk-nag's rule packs (AwsSolutions, HIPAA, NIST 800-53, PCI DSS and Serverless) in the
 * function that shares images and its resources, so that users of the construct do not have to.
 */
export function acknowledgeProviderRules(
  provider: IConstruct,
  stack: Stack,
  { inVpc, logGroup, ownLogGroup }: Choices,
): void {
  provider.node.addMetadata(METADATA, {
    ...wildcard(
      stack,
      anyImage(stack),
      'When an image is replaced, the function revokes the permissions of the old image in the cleanup of the stack. By then, a policy for a single image would name the new one.',
    ),
    ...functionReasons('share', stack, logGroup),
    ...(inVpc
      ? allResources(stack, NETWORK_INTERFACES)
      : insideVpc(' Pass vpc to the provider if the function must be in one.')),
    ...(ownLogGroup ? {} : logGroupEncrypted(' Pass logGroup to the provider if you must use your own key.')),
  });
}

/** Acknowledges the findings in the function that copies images and its resources. */
export function acknowledgeCopyProviderRules(provider: IConstruct, stack: Stack, logGroup: ILogGroup): void {
  provider.node.addMetadata(METADATA, {
    ...wildcard(
      stack,
      ANY_SOURCE,
      'The source can be in any account and Region, and a policy for a single image would take effect only after the source has changed.',
    ),
    ...allResources(
      stack,
      'IAM has no resource types for DescribeWorkspaceImages. DeleteWorkspaceImage is limited to the Region of the stack, and the function deletes only images whose names show that the resource created them.',
    ),
    ...functionReasons('copy', stack, logGroup),
    ...insideVpc(),
    ...logGroupEncrypted(),
  });
}

/** The rules that each function breaks. */
function functionReasons(kind: string, stack: Stack, { logGroupArn }: ILogGroup): Record<string, string> {
  return {
    ...each(
      [NIST_4, NIST_5, HIPAA, PCI_DSS],
      'IAMNoInlinePolicy',
      'The policy belongs to this role only, and is deleted with it.',
    ),
    ...each(
      [NIST_5, HIPAA],
      'LambdaConcurrency',
      `The function runs only while a stack with a ${kind} is deployed. Reserved concurrency would reduce the concurrency available to other functions in the account.`,
    ),
    ...each(
      [NIST_5, HIPAA, SERVERLESS],
      'LambdaDLQ',
      'CloudFormation reports an event without a response as failed and rolls back. A dropped event must not be replayed: by then, CloudFormation has rolled back.',
    ),
    [`${SERVERLESS}LambdaAsyncFailureDestination`]:
      'CloudFormation reports a failed event. A destination would receive the response URL, which is a credential.',
    [`${SERVERLESS}LambdaTracing`]:
      'The function logs the steps of each event. Tracing would require further permissions.',
    ...(asReported(stack, logGroupArn).endsWith('*') &&
      wildcard(
        stack,
        logGroupArn,
        'The function writes to log streams of this log group only, whose names Lambda generates.',
      )),
  };
}

function insideVpc(advice = ''): Record<string, string> {
  const reason = 'The function calls AWS APIs over TLS and accesses no resources in a VPC.';
  return each([NIST_4, NIST_5, HIPAA, PCI_DSS], 'LambdaInsideVPC', reason + advice);
}

function logGroupEncrypted(advice = ''): Record<string, string> {
  const reason =
    'CloudWatch Logs encrypts the logs with its own key. They contain image and account IDs and no secrets.';
  return each([NIST_4, NIST_5, HIPAA, PCI_DSS], 'CloudWatchLogGroupEncrypted', reason + advice);
}

/** Statements whose resource is `*`. */
function allResources(stack: Stack, reason: string): Record<string, string> {
  return { ...wildcard(stack, '*', reason), [`${SERVERLESS}LambdaStarPermissions`]: reason };
}

/** A statement whose resource contains a wildcard. */
function wildcard(stack: Stack, arn: string, reason: string): Record<string, string> {
  return { [`AwsSolutions-IAM5[Resource::${asReported(stack, arn)}]`]: reason };
}

/** Acknowledges a finding of the CDK's own validation in a share or copy whose image ID is a parameter. */
export function acknowledgeImageParameter(construct: IConstruct): void {
  construct.node.addMetadata(METADATA, {
    'CloudFormation-Validate::W1030': 'The property is the ID of a WorkSpaces image, not of an AMI.',
  });
}

/** An ARN as cdk-nag reports it: with placeholders for what is unknown at synthesis. */
function asReported(stack: Stack, arn: string): string {
  const resolved = stack.resolve(arn);
  const parts: (string | { Ref: string })[] = resolved['Fn::Join']?.[1] ?? [resolved];
  return parts.map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join('');
}

function each(packs: readonly string[], rule: string, reason: string): Record<string, string> {
  return Object.fromEntries(packs.map((pack) => [pack + rule, reason]));
}
