import type { SentRequest } from '../../../simulator/cloudformation';
import { type ExistingItem, ItemJudgement } from '../../../simulator/lifecycle/item-judgement';
import type { LiveItem } from '../../../simulator/lifecycle/live-resources';

const HOME = { account: '444455556666', region: 'us-east-1' };
const TYPE = 'Custom::WorkspaceImageCopy';
const SOURCE = 'wsi-8t4x2k9p7';
const IMAGE = 'wsi-copy00001';
const COPIES = { noun: 'image', verb: 'is a copy of', apposition: 'a copy of' } as const;
const BUNDLES = { noun: 'bundle', verb: 'has', apposition: 'with' } as const;

const existing = (more: Partial<ExistingItem> = {}): ExistingItem => ({
  ...HOME,
  id: IMAGE,
  source: SOURCE,
  state: 'AVAILABLE',
  ...more,
});

const declared = (more: Partial<LiveItem> = {}): LiveItem => ({
  ...HOME,
  stack: 'Recipient',
  logicalId: 'Golden',
  path: 'Recipient/Golden',
  declared: { Type: TYPE },
  id: IMAGE,
  source: SOURCE,
  ...more,
});

interface Operation {
  /** What a stack declares after the operation. */
  readonly live?: LiveItem;
  readonly items: readonly ExistingItem[];
  readonly requests?: readonly SentRequest[];
}

/** Judges what exists after each of some operations. */
function judged(operations: readonly Operation[], words: typeof COPIES | typeof BUNDLES = COPIES) {
  const judgement = new ItemJudgement(TYPE, words);
  const [problems] = operations
    .map(({ live, items, requests = [] }) =>
      judgement.after(new Map(live ? [['Recipient/Golden', live]] : []), items, requests),
    )
    .slice(-1);
  return {
    judgement,
    problems: problems.map(({ text }) => text),
    about: problems.map(({ stacks }) => stacks),
  };
}

it('accepts what is declared, exists and is AVAILABLE', () => {
  expect(judged([{ live: declared(), items: [existing()] }]).problems).toEqual([]);
});

it.each<[string, LiveItem | undefined, ExistingItem, string, string]>([
  [
    'that does not exist',
    declared(),
    existing({ id: 'wsi-other0000' }),
    'The image of Recipient/Golden, wsi-copy00001, does not exist in 444455556666 us-east-1.',
    'The bundle of Recipient/Golden, wsi-copy00001, does not exist in 444455556666 us-east-1.',
  ],
  [
    'in another account',
    declared({ account: '777788889999' }),
    existing(),
    'The image of Recipient/Golden, wsi-copy00001, does not exist in 777788889999 us-east-1.',
    'The bundle of Recipient/Golden, wsi-copy00001, does not exist in 777788889999 us-east-1.',
  ],
  [
    'in another Region',
    declared({ region: 'eu-west-1' }),
    existing(),
    'The image of Recipient/Golden, wsi-copy00001, does not exist in 444455556666 eu-west-1.',
    'The bundle of Recipient/Golden, wsi-copy00001, does not exist in 444455556666 eu-west-1.',
  ],
  [
    'made from another image',
    declared({ source: 'wsi-1a2b3c4d5' }),
    existing(),
    'The image of Recipient/Golden, wsi-copy00001, is a copy of wsi-8t4x2k9p7 instead of wsi-1a2b3c4d5.',
    'The bundle of Recipient/Golden, wsi-copy00001, has wsi-8t4x2k9p7 instead of wsi-1a2b3c4d5.',
  ],
  [
    'that is not AVAILABLE',
    declared(),
    existing({ state: 'PENDING' }),
    'The image of Recipient/Golden, wsi-copy00001, is PENDING instead of AVAILABLE.',
    'The bundle of Recipient/Golden, wsi-copy00001, is PENDING instead of AVAILABLE.',
  ],
  [
    'that is left over',
    undefined,
    existing(),
    'The image wsi-copy00001 in 444455556666 us-east-1, a copy of wsi-8t4x2k9p7, is left over: no stack declares it.',
    'The bundle wsi-copy00001 in 444455556666 us-east-1, with wsi-8t4x2k9p7, is left over: no stack declares it.',
  ],
])('reports a copy or a bundle %s', (_, live, item, ofCopy, ofBundle) => {
  expect(judged([{ live, items: [item] }]).problems).toContain(ofCopy);
  expect(judged([{ live, items: [item] }], BUNDLES).problems).toContain(ofBundle);
});

describe('an image of a copy with the removal policy RETAIN', () => {
  const REPLACEMENT = 'wsi-copy00002';
  const policy = { Type: TYPE, DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
  const retaining = (id = IMAGE) => declared({ id, declared: policy });
  const both = [existing(), existing({ id: REPLACEMENT })];

  it('stays when it is replaced or its stack is deleted', () => {
    const { problems, judgement } = judged([
      { live: retaining(), items: both },
      { live: retaining(REPLACEMENT), items: both },
      { items: both },
    ]);
    expect(problems).toEqual([]);
    expect([IMAGE, REPLACEMENT, SOURCE].map((id) => judgement.isRetained(id))).toEqual([true, true, false]);
  });

  it('stays when a rollback returns to the one before', () => {
    const requests = [
      {
        stack: 'Recipient',
        outcome: 'succeeded',
        event: { ResourceType: TYPE, LogicalResourceId: 'Golden' },
        response: { PhysicalResourceId: REPLACEMENT },
      } as SentRequest,
    ];
    const { problems } = judged([
      { live: retaining(), items: both },
      { live: retaining(), items: both, requests },
    ]);
    expect(problems).toEqual([]);
  });

  it('is missed if it is deleted', () => {
    const { problems, about } = judged([
      { live: retaining(), items: both },
      { live: retaining(REPLACEMENT), items: both.slice(1) },
    ]);
    expect(about).toEqual([['Recipient']]);
    expect(problems).toEqual([
      'The image wsi-copy00001 does not exist, although the removal policy of Recipient/Golden retains it.',
    ]);
  });
});
