import type { Call, ExistingImage, WorkspacesEndpoint } from '../simulator/workspaces-endpoint';
import { RECIPIENT } from './copy-scenarios';
import { ACCOUNTS, type Account, IMAGES, type ImageIds, OWNER } from './scenarios';

export const IMAGE_IDS: ImageIds = { golden: 'wsi-golden000', next: 'wsi-next00000' };

/** The endpoint before a scenario, with the rate that AWS documents. */
export const ENDPOINT = {
  images: IMAGES.map((image) => ({ imageId: IMAGE_IDS[image], ...OWNER })),
  // Less than the 30 seconds between two reads of the handler, which finds the copy AVAILABLE in the second one.
  copyTime: 20_000,
  rate: { perSecond: 2, burst: 5 },
};

/** The images of the endpoint, and what happens to them, in the words of the scenario. */
export class CopiedImages {
  private readonly names = new Map<string, string>(IMAGES.map((image) => [IMAGE_IDS[image], image]));
  private readonly changes: string[] = [];

  constructor(private readonly endpoint: WorkspacesEndpoint) {
    endpoint.onResponse = (call) => {
      if (call.status === 200) {
        this.changes.push(...this.changeBy(call));
      }
    };
  }

  /** All images, with the accounts that they are shared with, and all bundles, with their images. */
  described(): string[] {
    const images = this.existing().map(({ imageId }) => {
      const accounts = this.endpoint.accounts(imageId).map(accountName);
      return `${this.nameOf(imageId)}: ${accounts.join(', ') || 'no account'}`;
    });
    const bundles = this.endpoint.allBundles().map(({ imageId }) => `bundle: ${this.nameOf(imageId)}`);
    return [...images, ...bundles];
  }

  /** What has changed since the last time. */
  takeChanges(): string[] {
    return this.changes.splice(0);
  }

  private changeBy({ operation, imageId = '', sourceImageId = '', accountId = '', allow }: Call): string[] {
    switch (operation) {
      case 'CopyWorkspaceImage':
        this.names.set(imageId, `copy of ${this.nameOf(sourceImageId)}`);
        return [`copy ${this.nameOf(sourceImageId)}`];
      case 'DeleteWorkspaceImage':
        return [`delete ${this.nameOf(imageId)}`];
      case 'CreateWorkspaceBundle':
        return [`create a bundle with ${this.nameOf(imageId)}`];
      case 'UpdateWorkspaceBundle':
        return [`update the bundle to ${this.nameOf(imageId)}`];
      case 'DeleteWorkspaceBundle':
        return ['delete the bundle'];
      case 'UpdateWorkspaceImagePermission':
        return [
          allow
            ? `share ${this.nameOf(imageId)} with ${accountName(accountId)}`
            : `unshare ${this.nameOf(imageId)} from ${accountName(accountId)}`,
        ];
      default:
        return [];
    }
  }

  /** With the state of an image that is not AVAILABLE. */
  private nameOf(imageId: string): string {
    const image = this.existing().find((each) => each.imageId === imageId);
    const name = this.names.get(imageId) ?? imageId;
    return image === undefined || image.state === 'AVAILABLE' ? name : `${name} (${image.state})`;
  }

  private existing(): ExistingImage[] {
    return [OWNER, RECIPIENT].flatMap(({ account, region }) => this.endpoint.imagesOf(account, region));
  }
}

function accountName(accountId: string): string {
  const names = Object.keys(ACCOUNTS) as Account[];
  return names.find((name) => ACCOUNTS[name] === accountId) ?? accountId;
}
