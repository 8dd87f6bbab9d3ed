/** The scenarios of copies in docs/comparison.md. */

import { A, B, C, type CopyStage } from './copy-stage';
import { once, type Scenario } from './scenarios';
import { DENIED, KILLED_AFTER } from './stage';

const MINUTE = 60_000;
const isCopying = ({ operation }: { readonly operation: string }) => operation === 'CopyWorkspaceImage';

export const COPY_SCENARIOS: readonly Scenario<CopyStage>[] = [
  {
    what: 'A is copied, and another resource uses the copy',
    play: (stage) => stage.deploy(A),
    right: ['CREATE_COMPLETE: A'],
  },
  {
    what: 'The stack is deleted when the copy is available',
    play: async (stage) => {
      await deployAndWait(stage);
      await stage.destroy();
    },
    right: ['DELETE_COMPLETE: no copy'],
  },
  {
    what: 'Create: another resource fails while A is being copied',
    play: (stage) => stage.deploy(A, { otherFails: 5 * MINUTE }),
    right: ['ROLLBACK_COMPLETE: no copy'],
  },
  {
    what: 'Create: the copy ends in the state ERROR',
    options: { copyError: () => ({ code: 'InternalError', message: 'The copy failed.' }) },
    play: (stage) => stage.deploy(A),
    right: ['ROLLBACK_COMPLETE: no copy'],
  },
  {
    what: 'Create: the image ID is that of C, which somebody else shares',
    play: (stage) => stage.deploy(C),
    right: ['ROLLBACK_COMPLETE: no copy'],
  },
  {
    what: 'Create: the new policy takes effect after ten seconds',
    issue: 'aws/aws-cdk#31429',
    play: (stage) => {
      const { clock } = stage.services;
      const until = clock.now() + 10_000;
      stage.fault = () => (clock.now() < until ? DENIED : undefined);
      return stage.deploy(A);
    },
    right: ['CREATE_COMPLETE: A'],
  },
  {
    what: 'Create: the function dies once, after the call',
    play: (stage) => {
      stage.fault = once(KILLED_AFTER, isCopying);
      return stage.deploy(A);
    },
    right: ['CREATE_COMPLETE: A'],
  },
  {
    what: 'The source changes',
    play: async (stage) => {
      await deployAndWait(stage);
      await stage.deploy(B);
    },
    right: ['UPDATE_COMPLETE: B'],
  },
  {
    what: 'The source changes, and a bundle uses the former copy for another minute',
    play: async (stage) => {
      await deployAndWait(stage);
      const [{ imageId }] = stage.copies;
      const { clock, workspaces } = stage.services;
      const bundleId = workspaces.addBundle({ imageId });
      stage.fault = once({ kind: 'delay', ms: 0 }, ({ operation }) => {
        const isDeletion = operation === 'DeleteWorkspaceImage';
        if (isDeletion) {
          void clock.sleep(MINUTE).then(() => workspaces.removeBundle(bundleId));
        }
        return isDeletion;
      });
      await stage.deploy(B);
    },
    right: ['UPDATE_COMPLETE: B'],
  },
  {
    what: 'The source changes, and then another resource fails',
    play: async (stage) => {
      await deployAndWait(stage);
      await stage.deploy(B, { otherFails: 'after' });
    },
    right: ['UPDATE_ROLLBACK_COMPLETE: A'],
  },
  {
    what: 'The description changes',
    play: async (stage) => {
      await deployAndWait(stage);
      await stage.deploy(A, { description: 'Golden image' });
    },
    right: ['UPDATE_COMPLETE: A'],
  },
  {
    what: 'The construct is renamed',
    play: async (stage) => {
      await deployAndWait(stage);
      await stage.deploy(A, { id: 'Renamed' });
    },
    right: ['UPDATE_COMPLETE: A'],
  },
];

async function deployAndWait(stage: CopyStage): Promise<void> {
  await stage.deploy(A);
  await stage.services.clock.sleep(30 * MINUTE);
}
