import { ACCOUNTS, type FinalStatus, type Image, type Location, type Scenario } from './scenarios';

/**
 * What happens to copies and bundles, as data. `run.ts` plays it with the CDK CLI, a CloudFormation emulator and the WorkSpaces
 * endpoint of the simulator, because no emulator copies images or has bundles with them; a test plays it with the simulator.
 */

export const RECIPIENT: Location = { account: ACCOUNTS.research, region: 'eu-west-1' };

/** An app with two stacks: the owner shares an image, and the recipient copies it, makes a bundle of the copy, and shares it with sales. */
export interface DeclaredCopy {
  readonly ownerStack: string;
  readonly recipientStack: string;
  readonly image: Image;
  /** Another resource of the recipient, which depends on the share of the copy, fails. */
  readonly withFailure?: boolean;
}

export interface CopyStep {
  readonly name: string;
  /** What the CDK CLI does with all stacks. */
  readonly action: 'deploy' | 'destroy';
  readonly declared: DeclaredCopy;
  /** The status of both stacks after the step. */
  readonly owner: FinalStatus;
  readonly recipient: FinalStatus;
  /** The calls that change something, in order. */
  readonly changes: readonly string[];
  /** All images, with the accounts that they are shared with, and all bundles, with their images. */
  readonly images: readonly string[];
  /** What the emulator does differently from AWS. */
  readonly emulator?: { readonly note: string; readonly changes: readonly string[] };
}

const app: DeclaredCopy = { ownerStack: 'Owner', recipientStack: 'Recipient', image: 'golden' };
const appNext: DeclaredCopy = { ...app, image: 'next' };

const other: DeclaredCopy = { ownerStack: 'Publisher', recipientStack: 'Subscriber', image: 'golden' };
const otherFailing: DeclaredCopy = { ...other, image: 'next', withFailure: true };

const deployment = {
  action: 'deploy',
  owner: 'CREATE_COMPLETE',
  recipient: 'CREATE_COMPLETE',
  changes: [
    'share golden with research',
    'copy golden',
    'create a bundle with copy of golden',
    'share copy of golden with sales',
  ],
  images: ['golden: research', 'next: no account', 'copy of golden: sales', 'bundle: copy of golden'],
} as const;

const replaced: Scenario<CopyStep> = {
  title: 'A copy in another account and Region',
  steps: [
    { name: 'deploy all: the copy is shared when it is AVAILABLE', declared: app, ...deployment },
    {
      name: 'a new image: it is copied, the bundle and the share move to the copy, and the old copy is deleted',
      action: 'deploy',
      declared: appNext,
      owner: 'UPDATE_COMPLETE',
      recipient: 'UPDATE_COMPLETE',
      changes: [
        'share next with research',
        'unshare golden from research',
        'copy next',
        'update the bundle to copy of next',
        'share copy of next with sales',
        'unshare copy of golden from sales',
        'delete copy of golden',
      ],
      images: ['golden: no account', 'next: research', 'copy of next: sales', 'bundle: copy of next'],
    },
    {
      name: 'destroy all: the bundle and the copy are deleted, then the image is unshared',
      action: 'destroy',
      declared: appNext,
      owner: 'DELETE_COMPLETE',
      recipient: 'DELETE_COMPLETE',
      changes: [
        'unshare copy of next from sales',
        'delete the bundle',
        'delete copy of next',
        'unshare next from research',
      ],
      images: ['golden: no account', 'next: no account'],
    },
  ],
};

const rolledBack: Scenario<CopyStep> = {
  title: 'A copy in an update that fails elsewhere',
  steps: [
    { name: 'deploy all', declared: other, ...deployment },
    {
      name: 'a new image, in an update that fails after its copy is in the bundle and shared',
      action: 'deploy',
      declared: otherFailing,
      owner: 'UPDATE_COMPLETE',
      recipient: 'UPDATE_ROLLBACK_COMPLETE',
      changes: [
        'share next with research',
        'unshare golden from research',
        'copy next',
        'update the bundle to copy of next',
        'share copy of next with sales',
        'update the bundle to copy of golden',
        'share copy of golden with sales',
        'unshare copy of next from sales',
        'delete copy of next',
      ],
      images: ['golden: no account', 'next: research', 'copy of golden: sales', 'bundle: copy of golden'],
      emulator: {
        note: 'AWS rolls replacements back with Updates that swap the properties, so that the old copy is shared again, and with Deletes for the new physical IDs. The emulator sends the Deletes only.',
        changes: [
          'share next with research',
          'unshare golden from research',
          'copy next',
          'update the bundle to copy of next',
          'share copy of next with sales',
          'update the bundle to copy of golden',
          'unshare copy of next from sales',
          'delete copy of next',
        ],
      },
    },
    {
      name: 'destroy all',
      action: 'destroy',
      declared: otherFailing,
      owner: 'DELETE_COMPLETE',
      recipient: 'DELETE_COMPLETE',
      changes: [
        'unshare copy of golden from sales',
        'delete the bundle',
        'delete copy of golden',
        'unshare next from research',
      ],
      images: ['golden: no account', 'next: no account'],
    },
  ],
};

/** Each has stacks and an endpoint of its own, so that they can be played at the same time. */
export const copyScenarios: readonly Scenario<CopyStep>[] = [replaced, rolledBack];
