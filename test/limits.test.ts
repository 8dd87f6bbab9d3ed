import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { WorkspaceImageShare } from '../lib';
import { MAX_ACCOUNTS } from '../lib/validation';

/** What stands in `bench/RESULTS.md` and is no time: it is the same on every machine, so it is held here. */

function templateFor(count: number, env?: { account: string; region: string }): object {
  const stack = new Stack(new App(), 'Images', { env });
  new WorkspaceImageShare(stack, 'Share', { imageId: 'wsi-8t4x2k9p7', accountIds: accounts(count) });
  return Template.fromStack(stack).toJSON();
}

function accounts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(100_000_000_000 + index));
}

/** As the CDK writes it. */
function bytes(template: object): number {
  return Buffer.byteLength(JSON.stringify(template, undefined, 1));
}

describe('a template', () => {
  test.each([1, 100, 1_000, MAX_ACCOUNTS])('for %d accounts has at most 6 resources', (count) => {
    const { Resources } = templateFor(count) as { Resources: Record<string, { Type: string }> };
    const others = Object.values(Resources).filter(({ Type }) => Type !== 'AWS::CDK::Metadata');
    expect(others.length).toBeLessThanOrEqual(6);
  });

  test('grows by at most 24 bytes an account', () => {
    const [one, many] = [1, 1_001].map((count) => bytes(templateFor(count))) as [number, number];
    expect((many - one) / 1_000).toBeLessThanOrEqual(24);
  });
});

test('a share holds 5,000 accounts or more', () => {
  expect(MAX_ACCOUNTS).toBeGreaterThanOrEqual(5_000);
});

test.each(['README.md', 'API.md'])('%s says how many', (file) => {
  const text = readFileSync(join(__dirname, '..', file), 'utf8');
  expect(text).toContain(` ${MAX_ACCOUNTS.toLocaleString('en-US')}`);
});

test('an event with the old and the new list of the most accounts fits into 256 KB', () => {
  const [AccountIds, old] = [accounts(MAX_ACCOUNTS), accounts(MAX_ACCOUNTS)];
  const url = `https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/${'x'.repeat(4_096)}`;
  const common = {
    ImageId: `wsi-${'0'.repeat(63)}`,
    ServiceToken: 'x'.repeat(300),
    Revision: 'x'.repeat(1_000),
  };
  const event = {
    RequestType: 'Update',
    ResponseURL: url,
    PhysicalResourceId: 'x'.repeat(1_024),
    ResourceProperties: { ...common, AccountIds },
    OldResourceProperties: { ...common, AccountIds: old },
  };
  // With a space after each comma and colon, which nobody documents not to be there.
  expect(JSON.stringify(event, undefined, 1).replace(/\n */g, ' ').length).toBeLessThanOrEqual(256 * 1_024);
});
