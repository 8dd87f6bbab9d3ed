import type { SentRequest } from '../../../simulator/cloudformation';
import { ImageJudgement } from '../../../simulator/lifecycle/image-judgement';
import type { LiveCopy, LiveResources } from '../../../simulator/lifecycle/live-resources';
import { WorkspacesEndpoint } from '../../../simulator/workspaces-endpoint';

const ACCOUNT = '444455556666';
const REGION = 'us-east-1';
const SOURCE = 'wsi-8t4x2k9p7';
const IMAGE = 'wsi-copy00001';

let endpoint: WorkspacesEndpoint;
beforeEach(async () => {
  endpoint = await WorkspacesEndpoint.start({
    images: [{ imageId: SOURCE, account: ACCOUNT, region: REGION }],
  });
});
afterEach(() => endpoint.close());

async function copyImage(name: string, region = REGION, sourceImageId = SOURCE): Promise<void> {
  const response = await fetch(endpoint.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'WorkspacesService.CopyWorkspaceImage',
      authorization: `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/${region}/workspaces/aws4_request`,
    },
    body: JSON.stringify({ Name: name, SourceImageId: sourceImageId, SourceRegion: REGION }),
  });
  expect(response.status).toBe(200);
}

function declared(more: Partial<LiveCopy> = {}): LiveCopy {
  return {
    stack: 'Recipient',
    logicalId: 'Golden',
    path: 'Recipient/Golden',
    declared: { Type: 'Custom::WorkspaceImageCopy' },
    account: ACCOUNT,
    region: REGION,
    imageId: IMAGE,
    sourceImageId: SOURCE,
    ...more,
  };
}

/** Judges the images after each of some operations, given the copy that a stack then declares. */
function judged(...operations: { copy?: LiveCopy; requests?: SentRequest[] }[]) {
  let copy: LiveCopy | undefined;
  const copies = () => new Map(copy ? [['Recipient/Golden', copy]] : []);
  const judgement = new ImageJudgement({ copies } as LiveResources, endpoint);
  const [last] = operations
    .map((operation) => {
      copy = operation.copy;
      return judgement.after(operation.requests ?? []);
    })
    .slice(-1);
  return {
    ...last,
    problems: last.problems.map(({ text }) => text),
    about: last.problems.map(({ stacks }) => stacks),
  };
}

it('accepts a copy that is AVAILABLE, and its source', async () => {
  await copyImage('Copy');
  expect(judged({ copy: declared() })).toEqual({
    problems: [],
    about: [],
    images: [
      { account: ACCOUNT, region: REGION, imageId: SOURCE, name: SOURCE, state: 'AVAILABLE' },
      { account: ACCOUNT, region: REGION, imageId: IMAGE, name: 'Copy', state: 'AVAILABLE', copyOf: SOURCE },
    ],
  });
});

it.each<[string, LiveCopy | undefined, string]>([
  [
    'a copy without an image',
    declared({ imageId: 'wsi-absent000' }),
    'The image of Recipient/Golden, wsi-absent000, does not exist in 444455556666 us-east-1.',
  ],
  [
    'an image in another account',
    declared({ account: '777788889999' }),
    'The image of Recipient/Golden, wsi-copy00001, does not exist in 777788889999 us-east-1.',
  ],
  [
    'an image in another Region',
    declared({ region: 'eu-west-1' }),
    'The image of Recipient/Golden, wsi-copy00001, does not exist in 444455556666 eu-west-1.',
  ],
  [
    'the copy of another source',
    declared({ sourceImageId: 'wsi-1a2b3c4d5' }),
    'The image of Recipient/Golden, wsi-copy00001, is a copy of wsi-8t4x2k9p7 instead of wsi-1a2b3c4d5.',
  ],
  [
    'a leftover',
    undefined,
    'The image wsi-copy00001 in 444455556666 us-east-1, a copy of wsi-8t4x2k9p7, is left over: no stack declares it.',
  ],
])('reports %s', async (_, copy, problem) => {
  await copyImage('Copy');
  expect(judged({ copy }).problems).toContain(problem);
});

it('reports a copy that is not AVAILABLE', async () => {
  endpoint.copyTime = 60_000;
  await copyImage('Copy');
  expect(judged({ copy: declared() }).problems).toEqual([
    'The image of Recipient/Golden, wsi-copy00001, is PENDING instead of AVAILABLE.',
  ]);
});

describe('an image of a copy with the removal policy RETAIN', () => {
  const retaining = (imageId = IMAGE) =>
    declared({
      imageId,
      declared: {
        Type: 'Custom::WorkspaceImageCopy',
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
      },
    });

  it('stays when it is replaced or its stack is deleted', async () => {
    await copyImage('Copy');
    await copyImage('Replacement');
    const { problems, images } = judged({ copy: retaining() }, { copy: retaining('wsi-copy00002') }, {});
    expect(problems).toEqual([]);
    expect(images.filter(({ retained }) => retained).map(({ imageId }) => imageId)).toEqual([
      IMAGE,
      'wsi-copy00002',
    ]);
  });

  it('stays when a rollback returns to the one before', async () => {
    await copyImage('Copy');
    await copyImage('Replacement');
    const requests = [
      {
        stack: 'Recipient',
        outcome: 'succeeded',
        event: { ResourceType: 'Custom::WorkspaceImageCopy', LogicalResourceId: 'Golden' },
        response: { PhysicalResourceId: 'wsi-copy00002' },
      } as SentRequest,
    ];
    expect(judged({ copy: retaining() }, { copy: retaining(), requests }).problems).toEqual([]);
  });

  it('is missed if it is deleted', async () => {
    await copyImage('Copy');
    await copyImage('Replacement');
    endpoint.removeImage(IMAGE);
    const { problems, about } = judged({ copy: retaining() }, { copy: retaining('wsi-copy00002') });
    expect(about).toEqual([['Recipient']]);
    expect(problems).toEqual([
      'The image wsi-copy00001 does not exist, although the removal policy of Recipient/Golden retains it.',
    ]);
  });
});
