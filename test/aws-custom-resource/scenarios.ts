/** The scenarios of shares in docs/comparison.md. */

import { RemovalPolicy } from 'aws-cdk-lib';
import type { Call, Fault, WorkspacesEndpointOptions } from '../../simulator/workspaces-endpoint';
import {
  A,
  B,
  C,
  DENIED,
  delayed,
  IMAGE,
  KILLED,
  KILLED_AFTER,
  NEXT_IMAGE,
  REFUSED,
  type Stage,
  THROTTLED,
} from './stage';

export interface Scenario<S> {
  readonly what: string;
  /** A report about another custom resource. */
  readonly issue?: string;
  readonly options?: WorkspacesEndpointOptions;
  readonly play: (stage: S) => Promise<unknown>;
  /** The status of the stack and the accounts with access, or the copies, that are right. */
  readonly right: readonly string[];
}

const MINUTE = 60_000;
const REFUSES = 'InvalidParameterValuesException';

export const SCENARIOS: readonly Scenario<Stage>[] = [
  {
    what: 'A share is created, an account is added, and another one is removed',
    play: async (stage) => {
      await stage.deploy([A, B]);
      await stage.deploy([B, C]);
    },
    right: ['UPDATE_COMPLETE: B, C'],
  },
  {
    what: 'Create of A and B: the service refuses B',
    play: (stage) => {
      stage.fault = ({ allow, accountId }) => (allow && accountId === B ? REFUSED : undefined);
      return stage.deploy([A, B]);
    },
    right: ['ROLLBACK_COMPLETE: no account'],
  },
  {
    what: 'Create: the new policy takes effect after ten seconds',
    issue: 'aws/aws-cdk#31429',
    play: (stage) => {
      const { clock } = stage.services;
      const until = clock.now() + 10_000;
      stage.fault = () => (clock.now() < until ? DENIED : undefined);
      return stage.deploy([A]);
    },
    right: ['CREATE_COMPLETE: A'],
  },
  {
    what: 'A parameter contains an account ID of eleven digits',
    play: (stage) => stage.deploy(['12345678901'], { byParameter: true }),
    right: ['ROLLBACK_COMPLETE: no account'],
  },
  {
    what: 'B was granted by hand, A and B are declared, and the stack is deleted',
    play: async (stage) => {
      stage.services.workspaces.share(IMAGE, B);
      await stage.deploy([A, B]);
      await stage.destroy();
    },
    right: ['DELETE_COMPLETE: B'],
  },
  {
    what: 'A second stack shares the image with the same account, and is deleted',
    play: async (stage) => {
      await stage.deploy([A]);
      await stage.deploy([A], {}, 'Second');
      await stage.destroy('Second');
    },
    right: ['DELETE_COMPLETE: A'],
  },
  {
    what: 'Update from A and B to B and C: the service refuses all calls, also during the rollback, which is then continued if it failed',
    play: async (stage) => {
      await stage.deploy([A, B]);
      stage.fault = () => REFUSED;
      const status = await stage.deploy([B, C]);
      stage.fault = undefined;
      if (status === 'UPDATE_ROLLBACK_FAILED') {
        await stage.continueRollback();
      }
    },
    right: ['UPDATE_ROLLBACK_COMPLETE: A, B'],
  },
  {
    what: 'B is removed from the list, and then another resource fails',
    issue: 'aws/aws-cdk#27199',
    play: async (stage) => {
      await stage.deploy([A, B]);
      await stage.deploy([A], { otherFails: 'after' });
    },
    right: ['UPDATE_ROLLBACK_COMPLETE: A, B'],
  },
  {
    what: 'An update that does not change the list fails once, and is rolled back',
    issue: 'aws/aws-cdk#30012',
    play: async (stage) => {
      await stage.deploy([A]);
      stage.fault = once(REFUSED);
      await stage.deploy([A], { revision: '2' });
    },
    right: ['UPDATE_ROLLBACK_COMPLETE: A'],
  },
  {
    what: 'The construct is renamed',
    issue: 'aws/aws-cdk#21036',
    play: async (stage) => {
      await stage.deploy([A]);
      await stage.deploy([A], { id: 'Renamed' });
    },
    right: ['UPDATE_COMPLETE: A'],
  },
  {
    what: 'The stack was deployed by a release that spelled physical IDs differently, and is updated',
    issue: 'serverless/serverless#6746',
    play: async (stage) => {
      await stage.deploy([A]);
      stage.respell();
      await stage.deploy([A], { revision: '2' });
    },
    right: ['UPDATE_COMPLETE: A'],
  },
  {
    what: 'The image changes',
    play: async (stage) => {
      await stage.deploy([A], { byParameter: true });
      await stage.deploy([A], { byParameter: true, imageId: NEXT_IMAGE });
    },
    right: ['UPDATE_COMPLETE: no account / A'],
  },
  {
    what: 'The image changes, and then another resource fails',
    play: replaceAndRollBack,
    right: ['UPDATE_ROLLBACK_COMPLETE: A'],
  },
  {
    what: 'The same, if the service refuses to grant an existing permission (not documented)',
    issue: 'aws/aws-cdk#17443',
    options: { grantingGranted: REFUSES },
    play: replaceAndRollBack,
    right: ['UPDATE_ROLLBACK_COMPLETE: A'],
  },
  {
    what: 'The image changes, and the service refuses to share the new one with B while A is being granted',
    play: async (stage) => {
      await stage.deploy([A, B], { byParameter: true });
      stage.fault = ({ imageId, allow, accountId }) => {
        const fault = accountId === B ? REFUSED : delayed(1_000);
        return imageId === NEXT_IMAGE && allow ? fault : undefined;
      };
      await stage.deploy([A, B], { byParameter: true, imageId: NEXT_IMAGE });
    },
    right: ['UPDATE_ROLLBACK_COMPLETE: A, B'],
  },
  {
    what: 'The stack is deleted after its image',
    play: async (stage) => {
      await stage.deploy([A]);
      stage.services.workspaces.removeImage(IMAGE);
      await stage.destroy();
    },
    right: ['DELETE_COMPLETE: no account'],
  },
  {
    what: 'A and B are shared, A is revoked by hand, and the stack is deleted, if the service refuses to revoke a missing permission (not documented)',
    options: { revokingMissing: REFUSES },
    play: async (stage) => {
      await stage.deploy([A, B]);
      stage.services.workspaces.unshare(IMAGE, A);
      await stage.destroy();
    },
    right: ['DELETE_COMPLETE: no account'],
  },
  {
    what: 'The stack of a share with the removal policy `RETAIN_ON_UPDATE_OR_DELETE` is deleted',
    play: async (stage) => {
      await stage.deploy([A], { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE });
      await stage.destroy();
    },
    right: ['DELETE_COMPLETE: A'],
  },
  {
    what: 'Create: another resource fails while a grant is delayed',
    play: (stage) => {
      stage.fault = once(delayed(7_000), ({ allow }) => allow);
      return stage.deploy([A], { otherFails: 1_000 });
    },
    right: ['ROLLBACK_COMPLETE: no account'],
  },
  {
    what: 'Create: reads lag three seconds behind, and another resource reads the permissions next',
    options: { readLag: 3_000 },
    play: async (stage) => {
      await stage.deploy([A]);
      await stage.read();
    },
    right: ['CREATE_COMPLETE: A'],
  },
  {
    what: 'Create of A and B: the service throttles all calls but the grant of A for five minutes',
    play: (stage) => {
      throttle(stage, 5 * MINUTE);
      return stage.deploy([A, B]);
    },
    right: ['CREATE_COMPLETE: A, B'],
  },
  {
    what: 'The same for an hour, and then the stack is deleted',
    play: async (stage) => {
      throttle(stage, 60 * MINUTE);
      await stage.deploy([A, B]);
      await stage.services.clock.sleep(60 * MINUTE);
      await stage.destroy();
    },
    right: ['DELETE_COMPLETE: no account'],
  },
  {
    what: 'Create: the function dies once, after the grant',
    play: (stage) => {
      stage.fault = once(KILLED_AFTER, ({ allow }) => allow);
      return stage.deploy([A]);
    },
    right: ['CREATE_COMPLETE: A', 'ROLLBACK_COMPLETE: no account'],
  },
  {
    what: 'Create: the function dies in each attempt',
    issue: 'aws/aws-cdk#29026',
    play: (stage) => {
      stage.fault = ({ allow }) => (allow ? KILLED : undefined);
      return stage.deploy([A]);
    },
    right: ['ROLLBACK_COMPLETE: no account'],
  },
  {
    what: 'B is added, another resource fails, and Lambda delivers the event again during the rollback',
    options: { latency: 50 },
    play: async (stage) => {
      await stage.deploy([A]);
      stage.deliveries.push({ delays: [0, 2_300] });
      await stage.deploy([A, B], { otherFails: 'after' });
    },
    right: ['UPDATE_ROLLBACK_COMPLETE: A'],
  },
  {
    what: 'B is added, and Lambda delivers the event after two hours',
    play: async (stage) => {
      await stage.deploy([A]);
      stage.deliveries.push({ delays: [120 * MINUTE] });
      await stage.deploy([A, B]);
    },
    right: ['UPDATE_ROLLBACK_COMPLETE: A'],
  },
  {
    what: 'Create: the response URL returns 503 to the first attempt',
    play: (stage) => {
      stage.responseFaults.push({ status: 503 });
      return stage.deploy([A]);
    },
    right: ['CREATE_COMPLETE: A'],
  },
];

/** The fault of the first call to which it applies. */
export function once<F extends Fault>(fault: F, applies: (call: Call) => boolean | undefined = () => true) {
  let injected = false;
  return (call: Call) => {
    if (injected || !applies(call)) {
      return undefined;
    }
    injected = true;
    return fault;
  };
}

/** Throttles all changes but the grant of A, for some time. */
function throttle(stage: Stage, ms: number): void {
  const { clock } = stage.services;
  const until = clock.now() + ms;
  stage.fault = ({ allow, accountId }) => {
    const throttled = allow === false || accountId === B;
    return throttled && clock.now() < until ? THROTTLED : undefined;
  };
}

async function replaceAndRollBack(stage: Stage): Promise<void> {
  await stage.deploy([A], { byParameter: true });
  await stage.deploy([A], { byParameter: true, imageId: NEXT_IMAGE, otherFails: 'after' });
}
