import { App, Size, Stack } from 'aws-cdk-lib';
import {
  WorkspaceBundle,
  WorkspaceImageCopy,
  WorkspaceImageShare,
  WorkspaceImageSource,
} from '../../../lib/index';
import { type SimulatedServices, startServices } from '../../support/simulated-services';
import { COPY_TIME, OWNER, SOURCE_REGION, SOURCES } from './world';

/** One app that shares a golden image, copies it to other accounts and Regions, and makes bundles of the copies. */

const RECIPIENTS = {
  Dublin: { account: '222233334444', region: 'eu-west-1' },
  Sydney: { account: '333344445555', region: 'ap-southeast-2' },
};
const [A, B] = SOURCES;

/** The synthesized stacks, in the order in which `cdk deploy --all` deploys them. */
function stacksOf(imageId: string) {
  const app = new App({ analyticsReporting: false });
  const recipients = Object.entries(RECIPIENTS).map(([id, env]) => new Stack(app, id, { env }));
  const owner = new Stack(app, 'Owner', { env: { account: OWNER, region: SOURCE_REGION } });
  const share = new WorkspaceImageShare(owner, 'Golden', { imageId, accountIds: [] });
  for (const stack of recipients) {
    const { imageId } = new WorkspaceImageCopy(stack, 'Golden', {
      source: WorkspaceImageSource.share(share),
    });
    for (const computeType of ['STANDARD', 'POWER']) {
      new WorkspaceBundle(stack, computeType, { imageId, computeType, userVolume: Size.gibibytes(50) });
    }
  }
  return app.synth().stacks.map(({ stackName, template, environment }) => ({
    name: stackName,
    template,
    location: { account: environment.account, region: environment.region },
  }));
}

let services: SimulatedServices;

beforeEach(async () => {
  const images = SOURCES.map((imageId) => ({ imageId, account: OWNER, region: SOURCE_REGION }));
  services = await startServices({ workspaces: { images, copyTime: COPY_TIME } });
});

afterEach(() => services.close());

async function deployAll(imageId: string): Promise<string[]> {
  const statuses: string[] = [];
  for (const { name, template, location } of stacksOf(imageId)) {
    const { status } = await services.clock.run(services.cloudFormation.deploy(name, template, {}, location));
    statuses.push(`${name} ${status}`);
  }
  return statuses;
}

/** The calls that changed something, since the last time. */
function changes(): string[] {
  return services.workspaces.calls
    .splice(0)
    .filter(({ operation, status }) => status === 200 && !operation.startsWith('Describe'))
    .map(({ operation, account, accountId, allow }) =>
      allow === undefined ? `${operation} by ${account}` : `${allow ? 'grant' : 'revoke'} ${accountId}`,
    );
}

function copies(): string[] {
  return Object.values(RECIPIENTS).flatMap(({ account, region }) =>
    services.workspaces
      .imagesOf(account, region)
      .map(({ sourceImageId, state }) => `${account} ${region}: ${sourceImageId} ${state}`),
  );
}

/** The bundles of each recipient, and whether each has the copy as its image. */
function bundles(): string[] {
  return Object.values(RECIPIENTS).flatMap(({ account, region }) => {
    const [copy] = services.workspaces.imagesOf(account, region);
    return services.workspaces
      .bundlesOf(account, region)
      .map(({ imageId, computeType, state }) => `${computeType} ${state} ${imageId === copy?.imageId}`);
  });
}

/** A change by an account, for each of its two bundles. */
const twice = (change: string) => [change, change];

const [DUBLIN, SYDNEY] = [RECIPIENTS.Dublin.account, RECIPIENTS.Sydney.account];

test('deploying all shares, copies, and makes bundles; destroying all deletes the bundles and the copies, and unshares', async () => {
  expect(await deployAll(A)).toEqual([
    'Owner CREATE_COMPLETE',
    'Dublin CREATE_COMPLETE',
    'Sydney CREATE_COMPLETE',
  ]);
  expect(changes()).toEqual([
    `grant ${DUBLIN}`,
    `grant ${SYDNEY}`,
    `CopyWorkspaceImage by ${DUBLIN}`,
    ...twice(`CreateWorkspaceBundle by ${DUBLIN}`),
    `CopyWorkspaceImage by ${SYDNEY}`,
    ...twice(`CreateWorkspaceBundle by ${SYDNEY}`),
  ]);
  expect(bundles()).toEqual(Array(2).fill(['STANDARD AVAILABLE true', 'POWER AVAILABLE true']).flat());
  expect(copies()).toEqual([
    `${DUBLIN} eu-west-1: ${A} AVAILABLE`,
    `${SYDNEY} ap-southeast-2: ${A} AVAILABLE`,
  ]);

  for (const { name } of stacksOf(A).reverse()) {
    await services.clock.run(services.cloudFormation.destroy(name));
  }
  expect(changes()).toEqual([
    ...twice(`DeleteWorkspaceBundle by ${SYDNEY}`),
    `DeleteWorkspaceImage by ${SYDNEY}`,
    ...twice(`DeleteWorkspaceBundle by ${DUBLIN}`),
    `DeleteWorkspaceImage by ${DUBLIN}`,
    `revoke ${DUBLIN}`,
    `revoke ${SYDNEY}`,
  ]);
  expect([copies(), bundles()]).toEqual([[], []]);
  expect(services.workspaces.accounts(A)).toEqual([]);
});

test('another golden image is shared, copied, and in the bundles before the copies of the old one are deleted', async () => {
  await deployAll(A);
  changes();
  expect(new Set((await deployAll(B)).map((line) => line.split(' ')[1]))).toEqual(
    new Set(['UPDATE_COMPLETE']),
  );
  expect(changes()).toEqual([
    `grant ${DUBLIN}`,
    `grant ${SYDNEY}`,
    `revoke ${DUBLIN}`,
    `revoke ${SYDNEY}`,
    `CopyWorkspaceImage by ${DUBLIN}`,
    ...twice(`UpdateWorkspaceBundle by ${DUBLIN}`),
    `DeleteWorkspaceImage by ${DUBLIN}`,
    `CopyWorkspaceImage by ${SYDNEY}`,
    ...twice(`UpdateWorkspaceBundle by ${SYDNEY}`),
    `DeleteWorkspaceImage by ${SYDNEY}`,
  ]);
  expect(bundles()).toEqual(Array(2).fill(['STANDARD AVAILABLE true', 'POWER AVAILABLE true']).flat());
  expect(copies()).toEqual([
    `${DUBLIN} eu-west-1: ${B} AVAILABLE`,
    `${SYDNEY} ap-southeast-2: ${B} AVAILABLE`,
  ]);
});
