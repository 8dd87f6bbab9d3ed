import { Lazy } from 'aws-cdk-lib';
import { type Json, newBundle, newCopy, newShare, newStack, OTHER_IMAGE, ofType } from '../stacks';

const STACK = 'arn:aws:cloudformation:eu-west-1:999988887777:stack/Images/0a1b2c3d';
/** What CloudFormation records for a custom resource that is no longer in the template. */
const GENERIC = 'AWS::CloudFormation::CustomResource';
const SHARE = 'Custom::WorkspaceImageShare';
const COPY = 'Custom::WorkspaceImageCopy';
const READY = 'Custom::WorkspaceImageReady';
const BUNDLE = 'Custom::WorkspaceBundle';

const stack = newStack();
const share = newShare(stack);
newShare(stack, { imageId: Lazy.string({ produce: () => OTHER_IMAGE }) }, 'Lazy');
const copy = newCopy(stack);
const bundle = newBundle(stack);
share.provider.onFailure('Failed');
copy.provider.onFailure('Failed');
bundle.provider.onFailure('Failed');

const logicalId = (type: string, containing: string): string =>
  ofType(stack, type)
    .map((resource) => resource.logicalId)
    .find((id) => id.includes(containing));

const PATTERNS = ofType(stack, 'AWS::Events::Rule').map(({ Properties }) => Properties.EventPattern);
const [OF_SHARES] = PATTERNS;
const IDS = {
  share: logicalId(SHARE, 'wsi8t4x2k9p7'),
  lazy: logicalId(SHARE, 'Lazy'),
  copy: logicalId(COPY, 'Copied'),
  link: logicalId(READY, 'Ready2'),
  ready: logicalId(READY, 'Ready'),
  bundle: logicalId(BUNDLE, 'Standard'),
};
/** The share of the former image. */
const FORMER = 'WorkspaceImageSharewsi0000000001';

/** Enough of the patterns of EventBridge: nested fields, each with a list of values and prefixes. */
function matches(pattern: Json, event: Json): boolean {
  return Object.entries<Json>(pattern).every(([field, expected]) => {
    const value = event[field];
    return Array.isArray(expected)
      ? expected.some((one) => (one.prefix === undefined ? one === value : value.startsWith(one.prefix)))
      : matches(expected, value);
  });
}

interface Recorded {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly physicalId?: string;
  readonly stackId?: string;
}

function isMatched(pattern: Json, { id, type, status, physicalId = '', stackId = STACK }: Recorded): boolean {
  return matches(
    JSON.parse(JSON.stringify(pattern).replace('{"Ref":"AWS::StackId"}', JSON.stringify(STACK))),
    {
      source: 'aws.cloudformation',
      'detail-type': 'CloudFormation Resource Status Change',
      detail: {
        'stack-id': stackId,
        'logical-resource-id': id,
        'physical-resource-id': physicalId,
        'resource-type': type,
        'status-details': { status, 'status-reason': '' },
      },
    },
  );
}

/** Whether the rules for shares, copies and bundles match. */
function matchedBy(recorded: Recorded): boolean[] {
  return PATTERNS.map((pattern) => isMatched(pattern, recorded));
}

describe('the rule for failures', () => {
  const [failedCreate, failedUpdate, failedDelete] = [
    'CREATE_FAILED',
    'UPDATE_FAILED',
    'DELETE_FAILED',
  ] as const;

  test.each<[string, Recorded]>([
    [
      'a creation that is refused',
      { id: IDS.share, type: SHARE, status: failedCreate, physicalId: 'nothing/x' },
    ],
    ['a creation that is cancelled', { id: IDS.share, type: SHARE, status: failedCreate }],
    [
      'the Delete of a failed creation',
      { id: IDS.share, type: GENERIC, status: failedDelete, physicalId: 'undo/x' },
    ],
    [
      'the Delete of a cancelled creation, whose physical ID CloudFormation generated',
      { id: IDS.share, type: GENERIC, status: failedDelete, physicalId: 'Images-WorkspaceImageShare-1ABC' },
    ],
    ['an update', { id: IDS.share, type: SHARE, status: failedUpdate, physicalId: 'share/x' }],
    ['the rollback of an update', { id: IDS.lazy, type: SHARE, status: failedUpdate, physicalId: 'share/x' }],
    [
      'a cleanup after the image of a literal ID was replaced',
      { id: FORMER, type: GENERIC, status: failedDelete, physicalId: 'share/x' },
    ],
    [
      'a cleanup after the image of a token was replaced',
      { id: IDS.lazy, type: GENERIC, status: failedDelete, physicalId: 'share/x' },
    ],
    [
      'the deletion of the stack',
      { id: IDS.share, type: SHARE, status: failedDelete, physicalId: 'share/x' },
    ],
  ])('the rule for shares matches %s, and the others do not', (_name, recorded) => {
    expect(matchedBy(recorded)).toEqual([true, false, false]);
  });

  test.each<[string, Recorded]>([
    [
      'a creation that is refused',
      { id: IDS.copy, type: COPY, status: failedCreate, physicalId: 'nothing/x' },
    ],
    [
      'a copy that takes too long',
      { id: IDS.ready, type: READY, status: failedCreate, physicalId: 'nothing/x' },
    ],
    ['a copy that fails early', { id: IDS.link, type: READY, status: failedCreate, physicalId: 'nothing/x' }],
    ['a replacement', { id: IDS.copy, type: COPY, status: failedUpdate, physicalId: 'wsi-1a2b3c4d5' }],
    [
      'a replacement that takes too long',
      { id: IDS.ready, type: READY, status: failedUpdate, physicalId: 'ready/x' },
    ],
    [
      'the Delete of a creation that was cancelled before it responded',
      { id: IDS.copy, type: GENERIC, status: failedDelete, physicalId: 'Images-WorkspaceImageCopy-1ABC' },
    ],
    [
      'a cleanup in which the former copy cannot be deleted',
      { id: IDS.copy, type: GENERIC, status: failedDelete, physicalId: 'wsi-1a2b3c4d5' },
    ],
    [
      'the deletion of the stack',
      { id: IDS.copy, type: COPY, status: failedDelete, physicalId: 'wsi-1a2b3c4d5' },
    ],
  ])('the rule for copies matches %s, and the others do not', (_name, recorded) => {
    expect(matchedBy(recorded)).toEqual([false, true, false]);
  });

  test.each<[string, Recorded]>([
    [
      'a creation that is refused',
      { id: IDS.bundle, type: BUNDLE, status: failedCreate, physicalId: 'nothing/x' },
    ],
    [
      'a new image that is refused',
      { id: IDS.bundle, type: BUNDLE, status: failedUpdate, physicalId: 'wsb-1' },
    ],
    [
      'the Delete of a creation that was cancelled before it responded',
      { id: IDS.bundle, type: GENERIC, status: failedDelete, physicalId: 'Images-WorkspaceBundle-1ABC' },
    ],
    [
      'a cleanup in which a bundle that WorkSpaces use cannot be deleted',
      { id: IDS.bundle, type: GENERIC, status: failedDelete, physicalId: 'wsb-1' },
    ],
    [
      'the deletion of the stack',
      { id: IDS.bundle, type: BUNDLE, status: failedDelete, physicalId: 'wsb-1' },
    ],
  ])('the rule for bundles matches %s, and the others do not', (_name, recorded) => {
    expect(matchedBy(recorded)).toEqual([false, false, true]);
  });

  test.each<[string, Recorded]>([
    ['a creation that succeeds', { id: IDS.share, type: SHARE, status: 'CREATE_COMPLETE' }],
    ['an update that succeeds', { id: IDS.copy, type: COPY, status: 'UPDATE_COMPLETE' }],
    ['an event that has begun', { id: IDS.copy, type: COPY, status: 'DELETE_IN_PROGRESS' }],
    ['a cleanup that succeeds', { id: FORMER, type: GENERIC, status: 'DELETE_COMPLETE' }],
    ['a copy that is retained', { id: IDS.copy, type: GENERIC, status: 'DELETE_SKIPPED' }],
    ['another custom resource', { id: 'Bucket1A2B3C4D', type: GENERIC, status: failedDelete }],
    ['a share in another stack', { id: IDS.share, type: SHARE, status: failedCreate, stackId: `${STACK}e` }],
  ])('no rule matches %s', (_name, recorded) => {
    expect(matchedBy(recorded)).toEqual([false, false, false]);
  });

  test('the rule for shares matches failures of the function, without which no share can be deployed', () => {
    const recorded = {
      id: 'WorkspaceImageShareFunction',
      type: 'AWS::Lambda::Function',
      status: failedCreate,
    };
    expect(matchedBy(recorded)).toEqual([true, false, false]);
  });

  test('no rule matches its own failure', () => {
    const [rule] = ofType(stack, 'AWS::Events::Rule');
    const recorded = { id: rule.logicalId, type: 'AWS::Events::Rule', status: failedCreate };
    expect(matchedBy(recorded)).toEqual([false, false, false]);
  });

  test('the pattern has at most 2,048 characters', () => {
    expect(JSON.stringify(OF_SHARES).length + STACK.length).toBeLessThan(2_048);
  });
});
