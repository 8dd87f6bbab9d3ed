import { type Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Where rule books look for findings that were answered. Plain metadata: no rule book is a dependency. */
const METADATA = 'aws:cdk:acknowledged-rules';

const NIST_4 = 'NIST.800.53.R4-';
const NIST_5 = 'NIST.800.53.R5-';
const HIPAA = 'HIPAA.Security-';

interface Choices {
  readonly inVpc: boolean;
  readonly ownLogGroup: boolean;
}

/**
 * Answers what rule books (cdk-nag's AwsSolutions, NIST 800-53 and HIPAA) find in the function and what belongs
 * to it, so that nobody who uses the construct has to.
 */
export function acknowledgeRules(provider: IConstruct, stack: Stack, { inVpc, ownLogGroup }: Choices): void {
  const answers: Record<string, string> = {
    [`AwsSolutions-IAM5[Resource::${anyImage(stack)}]`]:
      'All images of the account and Region: in the clean-up after an image was replaced, the old one must still be revocable, and by then a policy for one image would name the new one.',
    ...each(
      [NIST_4, NIST_5, HIPAA],
      'IAMNoInlinePolicy',
      'The policy is of no use to any other role and must go with this one.',
    ),
    ...each(
      [NIST_5, HIPAA],
      'LambdaConcurrency',
      'The function runs when a stack with a share is deployed. Reserved concurrency would take it from the functions of accounts with a small quota, and would drop events that arrive while others run.',
    ),
    ...each(
      [NIST_5, HIPAA],
      'LambdaDLQ',
      'An event that was not answered is reported by CloudFormation, which rolls back. Carried out later, out of a queue, it would grant what nobody owns.',
    ),
  };
  if (inVpc) {
    answers['AwsSolutions-IAM5[Resource::*]'] =
      'Lambda calls these actions to make the network interfaces of the function, and documents them with all resources.';
  } else {
    Object.assign(
      answers,
      each(
        [NIST_4, NIST_5, HIPAA],
        'LambdaInsideVPC',
        'The function talks to AWS APIs over TLS and to nothing in a network. Where the rule must hold, the provider takes a vpc.',
      ),
    );
  }
  if (!ownLogGroup) {
    Object.assign(
      answers,
      each(
        [NIST_4, NIST_5, HIPAA],
        'CloudWatchLogGroupEncrypted',
        'CloudWatch Logs encrypts with a key of its own; the log names images and account ids, no secrets. Where a key of yours is required, the provider takes a logGroup.',
      ),
    );
  }
  provider.node.addMetadata(METADATA, answers);
}

/** Rule books name a finding by the ARN as it is rendered, with placeholders for what is not known. */
function anyImage({ region, account }: Stack): string {
  const place = Token.isUnresolved(region) ? '<AWS::Region>' : region;
  const owner = Token.isUnresolved(account) ? '<AWS::AccountId>' : account;
  return `arn:<AWS::Partition>:workspaces:${place}:${owner}:workspaceimage/*`;
}

function each(packs: readonly string[], rule: string, reason: string): Record<string, string> {
  return Object.fromEntries(packs.map((pack) => [pack + rule, reason]));
}
