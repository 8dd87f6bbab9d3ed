import { RemovalPolicy } from 'aws-cdk-lib';
import { newBundle, newCopy, newShare, newStack } from '../stacks';

const { SNAPSHOT } = RemovalPolicy;

describe.each([
  ['share', newShare, 'Golden'],
  ['copy', newCopy, 'Copied'],
  ['bundle', newBundle, 'Standard'],
] as const)('the removal policy of a %s', (_, create, id) => {
  test.each<[string, () => void]>([
    ['as a property', () => create(newStack(), { removalPolicy: SNAPSHOT })],
    ['later', () => create(newStack()).applyRemovalPolicy(SNAPSHOT)],
  ])('cannot be SNAPSHOT %s', (_name, snapshot) => {
    expect(snapshot).toThrow(
      `Stack/${id} does not support RemovalPolicy.SNAPSHOT. Use DESTROY, RETAIN, or RETAIN_ON_UPDATE_OR_DELETE.`,
    );
  });
});
