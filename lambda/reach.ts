import { changePermission, readPermissions } from './image-permissions';
import { log } from './log';
import type { Goal } from './plan';
import type { Reconciliation, Settle } from './reconciliation';
import { isServiceError } from './service-errors';
import { pause } from './timing';

/**
 * Does what the reconciliation decides until the goal is reached.
 *
 * @param confirm throws if CloudFormation does not wait for the response; otherwise tells whether to settle
 */
export async function reach(
  goal: Goal,
  reconciliation: Reconciliation,
  confirm: () => Promise<Settle>,
): Promise<void> {
  const { imageId } = goal;
  // Runs concurrently with the first read.
  const confirmed = confirm();
  confirmed.catch(() => undefined);
  for (;;) {
    const action = reconciliation.next(Date.now());
    switch (action.type) {
      case 'ask':
        reconciliation.told(await confirmed);
        break;
      case 'read':
        await read(imageId, reconciliation);
        break;
      case 'call':
        await settled(
          action.accounts.map((account) => call(imageId, account, action.allow, reconciliation, confirm)),
        );
        break;
      case 'wait':
        await pause(action.milliseconds);
        break;
      case 'done':
        await confirm();
        return;
      case 'fail':
        throw action.error;
    }
  }
}

async function read(imageId: string, reconciliation: Reconciliation): Promise<void> {
  try {
    const permitted = await readPermissions(imageId, () => reconciliation.isOutOfTime(Date.now()));
    if (permitted) {
      log('read', { imageId, permitted: permitted.size });
      reconciliation.read(permitted, Date.now());
    }
  } catch (error) {
    if (!isServiceError(error)) {
      throw error;
    }
    log('read failed', { imageId, error: error.name, reason: error.message });
    reconciliation.readFailed(error, Date.now());
  }
}

async function call(
  imageId: string,
  account: string,
  allow: boolean,
  reconciliation: Reconciliation,
  confirm: () => Promise<unknown>,
): Promise<void> {
  try {
    await changePermission(imageId, account, allow, {
      beforeEach: async () => void (await confirm()),
      uncertain: (isAnswered) => reconciliation.uncertain(account, allow, isAnswered, Date.now()),
    });
    log(allow ? 'granted' : 'revoked', { imageId, account });
    reconciliation.called(account, allow, Date.now());
  } catch (error) {
    if (!isServiceError(error)) {
      throw error;
    }
    log(allow ? 'grant failed' : 'revoke failed', {
      imageId,
      account,
      error: error.name,
      reason: error.message,
    });
    reconciliation.called(account, allow, Date.now(), error);
  }
}

/** Waits for all of them, so that none is still running when one of them throws. */
async function settled(calls: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(calls);
  await Promise.all(calls);
}
