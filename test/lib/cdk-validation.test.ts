import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { optionStacks } from '../../e2e/option-stacks';
import { IMAGE, type Json, newShare } from './stacks';

const imageParameter = {
  what: 'a share of an image that is a parameter',
  stackIn: (_: undefined, app: App) => {
    const stack = new Stack(app, 'Stack');
    newShare(stack, { imageId: new CfnParameter(stack, 'Image', { default: IMAGE }).valueAsString });
  },
};

// Not part of the mutation tests: the validation takes seconds to load.
test.each([...optionStacks, imageParameter])(
  'the validation of the CDK finds nothing in $what',
  ({ stackIn }) => {
    const app = new App();
    stackIn(undefined, app);
    const report = readFileSync(join(app.synth().directory, 'validation-report.json'), 'utf8');
    const findings = JSON.parse(report).pluginReports.flatMap(({ violations }: Json) => violations);
    expect(findings).toEqual([]);
  },
);
