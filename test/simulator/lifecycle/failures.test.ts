import {
  type App,
  CfnDynamicReference,
  CfnDynamicReferenceService,
  CfnParameter,
  CfnResource,
  Duration,
  Fn,
  RemovalPolicy,
  Stack,
} from 'aws-cdk-lib';
import { CfnWorkspace } from 'aws-cdk-lib/aws-workspaces';
import { WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from '../../../lib/index';
import { Assembly } from '../../../simulator/assembly';
import { BY_ID, bundleOf, copiedBy, IMAGE, OWNER, played, RECIPIENT, sharedBy } from '../fixtures/apps';
import { synthesized } from '../fixtures/assemblies';

const ACCOUNTS = ['111122223333', '444455556666'];
const OTHER = '777788889999';

/** The code of a function that runs statements and responds with SUCCESS. */
const responding = (statements: string, physicalId: string) => `
  exports.handler = async (event) => {
    const { ResponseURL, StackId, RequestId, LogicalResourceId, RequestType, PhysicalResourceId, ResourceProperties } = event;
    const { AWS_ENDPOINT_URL_CLOUDFORMATION, AWS_ENDPOINT_URL_WORKSPACES } = process.env;
    const post = (url, headers, body) =>
      fetch(url, { method: 'POST', headers: { authorization: 'any', ...headers }, body });
    const response = { Status: 'SUCCESS', PhysicalResourceId: '${physicalId}', Data: { ImageId: 'x' }, StackId, RequestId, LogicalResourceId };
    const respond = () => fetch(ResponseURL, { method: 'PUT', body: JSON.stringify(response) });
    ${statements}
  };`;

describe('a recipient whose account the share does not list', () => {
  const REASON =
    /^Left\/Golden: There is no image wsi-8t4x2k9p7 in eu-west-1, or it is not shared with account/;
  let app: Awaited<ReturnType<typeof played>>;
  beforeAll(async () => {
    app = await played((root) => {
      const share = sharedBy(root, IMAGE, [OTHER]);
      const left = new Stack(root, 'Left', { env: RECIPIENT });
      new WorkspaceImageCopy(left, 'Golden', { source: BY_ID }).node.addDependency(share);
      const after = new Stack(root, 'AfterLeft', { env: RECIPIENT });
      after.addStackDependency(left);
      new CfnResource(after, 'Topic', { type: 'AWS::SNS::Topic' });
      const right = new Stack(root, 'Right', { env: { ...RECIPIENT, account: '555566667777' } });
      new WorkspaceImageCopy(right, 'Golden', { source: WorkspaceImageSource.share(share) });
    });
  });

  it('fails, with the reason once', () => {
    expect(app.ok).toBe(false);
    expect(app.problems).toEqual([expect.stringMatching(REASON)]);
    expect(app.stacks.flatMap(({ failedIn = [] }) => failedIn)).toEqual(['deploy']);
  });

  it('has the log of the failed event only', () => {
    const [{ log = [] }] = app.step('deploy').problems;
    expect(log.length).toBeGreaterThan(0);
    expect(log.every((line) => JSON.parse(line).account === undefined || line.includes('"Golden'))).toBe(
      true,
    );
    expect(log.join()).not.toContain('WorkspaceImageShare');
  });

  it('is left out from then on, with the stacks after it, while the other stacks go through all steps', () => {
    const of = (name: string) => app.results(name).replace(/(\w+: )/g, '');
    expect(app.stacks.map(({ stack }) => stack)).toEqual(['Owner', 'Left', 'Right', 'AfterLeft']);
    expect(of('deploy')).toBe('created, rolled back, created, not reached');
    expect(of('new image')).toBe('updated, left out, updated, not reached');
    expect(of('update that fails while copying')).toBe('updated, left out, rolled back, not reached');
    // The owner is before the stack that is left out.
    expect(of('destroy')).toBe('not reached, left out, deleted, skipped');
  });
});

it('a copy of an image that the app shares must depend on the share', async () => {
  const { problems } = await played((app) => {
    sharedBy(app, IMAGE, [RECIPIENT.account]);
    copiedBy(app, BY_ID);
  });
  expect(problems).toEqual([
    'Recipient/Golden: Owner/Golden shares wsi-8t4x2k9p7, but the stack Recipient does not depend on Owner. Use WorkspaceImageSource.share, or add the dependency.',
  ]);
});

it('a dynamic reference is split as CloudFormation does, before its value is known', async () => {
  const list = new CfnDynamicReference(CfnDynamicReferenceService.SSM, '/accounts').toString();
  const { problems } = await played((app) => {
    const stack = new Stack(app, 'Owner', { env: OWNER });
    new WorkspaceImageShare(stack, 'Golden', { imageId: IMAGE, accountIds: Fn.split(',', list) });
  });
  expect(problems).toEqual([
    'Owner/Golden: CloudFormation splits the text "{{resolve:ssm:/accounts}}" before its value is known.',
  ]);
});

it('reports wrong access, with the log of the function', async () => {
  const { ok, step, problems } = await played(
    (app: App) => {
      new WorkspaceImageShare(new Stack(app, 'Sharing'), 'Share', { imageId: IMAGE, accountIds: ACCOUNTS });
    },
    {
      // Logs the newest stack event, shares with the wrong account, responds with SUCCESS, and crashes.
      code: responding(
        `const described = new URLSearchParams({ Action: 'DescribeStackEvents', StackName: StackId });
         const events = await (await post(AWS_ENDPOINT_URL_CLOUDFORMATION, {}, described)).text();
         console.log(/<ResourceStatus>\\w+/.exec(events)[0]);
         await post(AWS_ENDPOINT_URL_WORKSPACES, {
           'content-type': 'application/x-amz-json-1.1',
           'x-amz-target': 'WorkspacesService.UpdateWorkspaceImagePermission',
         }, JSON.stringify({ ImageId: 'wsi-8t4x2k9p7', SharedAccountId: '900000000009', AllowCopyImage: true }));
         await respond();
         throw new Error('crash after the response');`,
        'x',
      ),
    },
  );
  expect(ok).toBe(false);
  expect(step('deploy').access).toEqual({ [IMAGE]: ['900000000009'] });
  expect(problems).toEqual([
    ...ACCOUNTS.map((id) => `${id} does not have access to wsi-8t4x2k9p7, although a share declares it.`),
    '900000000009 has access to wsi-8t4x2k9p7, although no share declares it.',
  ]);
  expect(step('deploy').problems[0].log).toEqual([
    '<ResourceStatus>CREATE_IN_PROGRESS',
    expect.stringContaining('crash after the response'),
  ]);
});

it('reports a copy without an image, with the log of the functions that should have made it', async () => {
  const { problems, step } = await played(
    (app) => {
      new WorkspaceImageCopy(new Stack(app, 'Recipient', { env: RECIPIENT }), 'Golden', {
        source: WorkspaceImageSource.image(IMAGE),
        timeout: Duration.minutes(14),
      });
    },
    { code: responding('console.log(LogicalResourceId); await respond();', 'wsi-absent000') },
  );
  expect(problems).toEqual([
    'The image of Recipient/Golden, wsi-absent000, does not exist in 444455556666 us-east-1.',
  ]);
  expect(step('deploy').problems[0].log).toEqual([
    expect.stringMatching(/Golden/),
    expect.stringMatching(/GoldenReady/),
  ]);
});

describe('a bundle', () => {
  const bundled = (app: App) => void bundleOf(new Stack(app, 'Desktops', { env: RECIPIENT }), IMAGE);

  it('that does not exist is reported, with the log of the function that should have made it', async () => {
    const { problems, step } = await played(bundled, {
      code: responding('console.log(LogicalResourceId); await respond();', 'wsb-absent00'),
    });
    expect(problems).toEqual([
      'The bundle of Desktops/Standard, wsb-absent00, does not exist in 444455556666 us-east-1.',
    ]);
    expect(step('deploy').problems[0].log).toEqual([expect.stringMatching(/Standard/)]);
  });

  const AVAILABLE = 'await new Promise((resolve) => setTimeout(resolve, 5000));';
  it.each<[string, string, string, string, string]>([
    [
      'is not AVAILABLE',
      '',
      '',
      'deploy',
      'The bundle of Desktops/Standard, wsb-bundle00001, is PENDING instead of AVAILABLE.',
    ],
    [
      'keeps its image',
      AVAILABLE,
      '',
      'new image',
      'The bundle of Desktops/Standard, wsb-bundle00001, has wsi-8t4x2k9p7 instead of wsi-simulation1.',
    ],
    [
      'accepts other hardware',
      AVAILABLE,
      "await call('UpdateWorkspaceBundle', { BundleId: PhysicalResourceId, ImageId });",
      'change of hardware',
      'The status of the stack Desktops is UPDATE_COMPLETE.',
    ],
    [
      'refuses other hardware for another reason',
      AVAILABLE,
      `if (ComputeType !== 'STANDARD') response.Status = 'FAILED', response.Reason = 'The service is busy.';
       await call('UpdateWorkspaceBundle', { BundleId: PhysicalResourceId, ImageId });`,
      'change of hardware',
      'Desktops/Standard: The service is busy.',
    ],
  ])('that %s is reported', async (_, created, update, failing, problem) => {
    const { problems, stacks } = await played(bundled, {
      code: responding(
        `const { ImageId, ComputeType } = ResourceProperties;
         const authorization = 'Credential=${RECIPIENT.account}/20260101/${RECIPIENT.region}/';
         const call = async (operation, input) => {
           const headers = { authorization, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'WorkspacesService.' + operation };
           return (await post(AWS_ENDPOINT_URL_WORKSPACES, headers, JSON.stringify(input))).json();
         };
         if (RequestType === 'Create') {
           const { WorkspaceBundle } = await call('CreateWorkspaceBundle', {
             BundleName: 'x', BundleDescription: 'x', ImageId, ComputeType: { Name: ComputeType }, UserStorage: { Capacity: '50' },
           });
           response.PhysicalResourceId = WorkspaceBundle.BundleId;
           ${created}
         } else {
           response.PhysicalResourceId = PhysicalResourceId;
           ${update}
         }
         await respond();`,
        'x',
      ),
    });
    expect(problems).toEqual([problem]);
    expect(stacks.map(({ failedIn }) => failedIn)).toEqual([failing]);
  });
});

it('a bundle cannot be deleted while a WorkSpace that is retained uses it', async () => {
  const { problems, bundles } = await played((app) => {
    const stack = new Stack(app, 'Desktops', { env: RECIPIENT });
    const { bundleId } = bundleOf(stack, IMAGE);
    const desktop = { bundleId, directoryId: 'd-1234567890', userName: 'user' };
    new CfnWorkspace(stack, 'Desktop', desktop).applyRemovalPolicy(RemovalPolicy.RETAIN);
  });
  expect(problems).toEqual([
    expect.stringMatching(/^Desktops\/Standard: Bundle wsb-bundle00001 could not be deleted: /),
  ]);
  expect(bundles('destroy')).toHaveLength(1);
});

it('a WorkSpace cannot get another bundle', async () => {
  const version = (bundleId: string) => (app: App) => {
    const stack = new Stack(app, 'Desktops', { env: RECIPIENT });
    const desktop = { bundleId, directoryId: 'd-1234567890', userName: 'user' };
    new CfnWorkspace(stack, 'Desktop', desktop).node.addDependency(bundleOf(stack, IMAGE));
  };
  const { problems } = await played(version('wsb-00000001'), {
    versions: { next: new Assembly(synthesized(version('wsb-00000002'))) },
  });
  expect(problems).toEqual(['Desktops/Desktop: CloudFormation cannot change the bundle of a WorkSpace.']);
});

it('reports a function that sends an invalid response', async () => {
  const { problems, step } = await played((app) => void sharedBy(app, IMAGE, [OTHER]), {
    code: responding('delete response.RequestId; await respond();', 'x'),
  });
  expect(problems).toEqual([expect.stringMatching(/^Owner\/Golden: The function sent an invalid response/)]);
  expect(step('deploy').stacks[0].status).toMatch(/ROLLBACK/);
});

it('reports why a stack cannot be deployed at all', async () => {
  const { problems, results } = await played(
    (app) => {
      const stack = new Stack(app, 'Owner', { env: OWNER });
      const imageId = new CfnParameter(stack, 'Image').valueAsString;
      new WorkspaceImageShare(stack, 'Golden', { imageId, accountIds: [OTHER] });
    },
    { parameters: { Image: 'x'.repeat(4_097) } },
  );
  expect(problems).toEqual(['Owner: The parameter "Image" is longer than 4096 bytes.']);
  expect(results('deploy')).toBe('Owner: failed');
});

it('refuses a parameter that no stack has', async () => {
  const declare = (app: App) => void sharedBy(app, IMAGE, [OTHER]);
  await expect(played(declare, { parameters: { Other: 'x' } })).rejects.toThrow(
    'No stack of the app has a parameter "Other".',
  );
});
