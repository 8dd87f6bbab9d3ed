// Rolls a new version of an image out, canaries first. Run it with: cdk synth --app "npx tsc && node rollout.js"
import { App, Size, Stack } from 'aws-cdk-lib';
import {
  WorkspaceBundle,
  WorkspaceImageCopy,
  WorkspaceImageShare,
  WorkspaceImageSource,
} from 'cdk-workspace-image-share';

/** The images in the owner's account, by version. */
const images: Record<string, string> = {
  '2026-10': 'wsi-8t4x2k9p7',
  '2026-11': 'wsi-1a2b3c4d5',
};

const app = new App();

// Each step of the rollout changes one of these: first the canary, then the others.
const canary: string = app.node.tryGetContext('canary') ?? '2026-11';
const stable: string = app.node.tryGetContext('stable') ?? '2026-10';

const recipients = [
  { id: 'Development', account: '222233334444', region: 'eu-west-1', version: canary },
  { id: 'Sales', account: '444455556666', region: 'eu-west-1', version: stable },
  { id: 'Support', account: '555566667777', region: 'us-east-1', version: stable },
];

const owner = new Stack(app, 'Images', { env: { account: '999988887777', region: 'eu-west-1' } });
const shares = new Map<string, WorkspaceImageShare>();

for (const { id, account, region, version } of recipients) {
  const share = shares.get(version) ?? new WorkspaceImageShare(owner, version, { imageId: images[version] });
  shares.set(version, share);

  const stack = new Stack(app, id, { env: { account, region } });
  const { imageId } = new WorkspaceImageCopy(stack, 'GoldenImage', {
    source: WorkspaceImageSource.share(share),
  });
  new WorkspaceBundle(stack, 'Standard', {
    imageId,
    computeType: 'STANDARD',
    userVolume: Size.gibibytes(50),
  });
}
