import type { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Place, ProviderKind, Statement } from './provider-kind';

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

type Reasons = Record<string, string>;

interface Choices {
  readonly inVpc: boolean;
  /** Whether the log group was passed by the user. */
  readonly ownLogGroup: boolean;
  readonly statements: readonly Statement[];
  readonly place: Place;
}

/**
 * Acknowledges the findings of cdk-nag's rule packs (AwsSolutions, HIPAA, NIST 800-53, PCI DSS and Serverless) in a
 * function of this package and its resources, so that users of the constructs do not have to.
 */
export function acknowledgeProviderRules(
  provider: IConstruct,
  stack: Stack,
  { noun }: ProviderKind,
  { inVpc, ownLogGroup, statements, place }: Choices,
): void {
  provider.node.addMetadata(METADATA, {
    ...functionReasons(noun),
    ...wildcardReasons(stack, statements, place),
    ...(inVpc ? {} : outsideVpcReasons()),
    ...(ownLogGroup ? {} : logGroupReasons()),
  });
}

/** The rules that each function breaks. */
function functionReasons(noun: string): Reasons {
  return {
    ...each(
      [NIST_4, NIST_5, HIPAA, PCI_DSS],
      'IAMNoInlinePolicy',
      'The policy belongs to this role only, and is deleted with it.',
    ),
    ...each(
      [NIST_5, HIPAA],
      'LambdaConcurrency',
      `The function runs only while a stack with a ${noun} is deployed. Reserved concurrency would reduce the concurrency available to other functions in the account.`,
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
  };
}

/** Statements whose resources contain wildcards. Several can have the same resource. */
function wildcardReasons(stack: Stack, statements: readonly Statement[], place: Place): Reasons {
  const reasons: Reasons = {};
  const add = (rule: string, reason: string) => {
    reasons[rule] = rule in reasons ? `${reasons[rule]} ${reason}` : reason;
  };
  for (const { resources, reason } of statements) {
    for (const arn of resources(place).map((resource) => asReported(stack, resource))) {
      if (arn.includes('*')) {
        add(`AwsSolutions-IAM5[Resource::${arn}]`, reason);
      }
      if (arn === '*') {
        add(`${SERVERLESS}LambdaStarPermissions`, reason);
      }
    }
  }
  return reasons;
}

function outsideVpcReasons(): Reasons {
  return each(
    [NIST_4, NIST_5, HIPAA, PCI_DSS],
    'LambdaInsideVPC',
    'The function calls AWS APIs over TLS and accesses no resources in a VPC. Pass vpc to the provider if the function must be in one.',
  );
}

function logGroupReasons(): Reasons {
  return each(
    [NIST_4, NIST_5, HIPAA, PCI_DSS],
    'CloudWatchLogGroupEncrypted',
    'CloudWatch Logs encrypts the logs with its own key. They contain image and account IDs and no secrets. Pass logGroup to the provider if you must use your own key.',
  );
}

/** Acknowledges a finding of the CDK's own validation in a construct whose image ID is a parameter. */
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

function each(packs: readonly string[], rule: string, reason: string): Reasons {
  return Object.fromEntries(packs.map((pack) => [pack + rule, reason]));
}
