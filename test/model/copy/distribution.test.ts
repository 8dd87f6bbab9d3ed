import { App, Stack } from 'aws-cdk-lib';
import { WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from '../../../lib/index';
import { type SimulatedServices, startServices } from '../../support/simulated-services';
import { COPY_TIME, OWNER, SOURCE_REGION, SOURCES } from './world';

/** One app that shares a golden image, and copies it to other accounts and Regions. */

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
    new WorkspaceImageCopy(stack, 'Golden', { source: WorkspaceImageSource.share(share) });
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

const [DUBLIN, SYDNEY] = [RECIPIENTS.Dublin.account, RECIPIENTS.Sydney.account];

test('deploying all shares, then copies; destroying all deletes the copies, then unshares', async () => {
  expect(await deployAll(A)).toEqual([
    'Owner CREATE_COMPLETE',
    'Dublin CREATE_COMPLETE',
    'Sydney CREATE_COMPLETE',
  ]);
  expect(changes()).toEqual([
    `grant ${DUBLIN}`,
    `grant ${SYDNEY}`,
    `CopyWorkspaceImage by ${DUBLIN}`,
    `CopyWorkspaceImage by ${SYDNEY}`,
  ]);
  expect(copies()).toEqual([
    `${DUBLIN} eu-west-1: ${A} AVAILABLE`,
    `${SYDNEY} ap-southeast-2: ${A} AVAILABLE`,
  ]);

  for (const { name } of stacksOf(A).reverse()) {
    await services.clock.run(services.cloudFormation.destroy(name));
  }
  expect(changes()).toEqual([
    `DeleteWorkspaceImage by ${SYDNEY}`,
    `DeleteWorkspaceImage by ${DUBLIN}`,
    `revoke ${DUBLIN}`,
    `revoke ${SYDNEY}`,
  ]);
  expect(copies()).toEqual([]);
  expect(services.workspaces.accounts(A)).toEqual([]);
});

test('another golden image is shared and copied before the copies of the old one are deleted', async () => {
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
    `DeleteWorkspaceImage by ${DUBLIN}`,
    `CopyWorkspaceImage by ${SYDNEY}`,
    `DeleteWorkspaceImage by ${SYDNEY}`,
  ]);
  expect(copies()).toEqual([
    `${DUBLIN} eu-west-1: ${B} AVAILABLE`,
    `${SYDNEY} ap-southeast-2: ${B} AVAILABLE`,
  ]);
});
