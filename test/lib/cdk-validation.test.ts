import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnParameter, Size, Stack } from 'aws-cdk-lib';
import { optionStacks } from '../../e2e/option-stacks';
import { WorkspaceImageSource } from '../../lib/index';
import { ACCOUNTS, IMAGE, type Json, newBundle, newCopy, newShare } from './stacks';

/** A share, a copy and a bundle whose values are parameters, like {@link optionStacks}. */
const parameters = {
  what: 'a share, a copy and a bundle with parameters',
  stackIn: (_: undefined, app: App) => {
    const stack = new Stack(app, 'Stack');
    // Some rules look at the default of a parameter.
    const parameter = (id: string, value: string) =>
      new CfnParameter(stack, id, { default: value }).valueAsString;
    const imageId = parameter('Image', IMAGE);
    newShare(stack, {
      imageId,
      accountIds: new CfnParameter(stack, 'Accounts', {
        type: 'CommaDelimitedList',
        default: ACCOUNTS.join(),
      }).valueAsList,
    });
    const source = WorkspaceImageSource.image(imageId, {
      region: parameter('Region', 'eu-west-1'),
      accountId: parameter('Account', '999988887777'),
    });
    newCopy(stack, { source });
    const gib = new CfnParameter(stack, 'Gib', { type: 'Number', default: 50 }).valueAsNumber;
    newBundle(stack, {
      imageId,
      computeType: parameter('ComputeType', 'STANDARD'),
      userVolume: Size.gibibytes(gib),
    });
  },
};

const { CDK_VALIDATION } = process.env;
beforeAll(() => {
  process.env.CDK_VALIDATION = 'true';
});
afterAll(() => {
  process.env.CDK_VALIDATION = CDK_VALIDATION;
});

// Not part of the mutation tests: the validation takes seconds to load.
test.each([...optionStacks, parameters])(
  'the validation of the CDK finds nothing in $what',
  ({ stackIn }) => {
    const app = new App();
    stackIn(undefined, app);
    const report = readFileSync(join(app.synth().directory, 'validation-report.json'), 'utf8');
    const findings = JSON.parse(report).pluginReports.flatMap(({ violations }: Json) => violations);
    expect(findings).toEqual([]);
  },
);
