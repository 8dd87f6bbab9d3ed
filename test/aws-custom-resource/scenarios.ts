/** The scenarios of the comparison with `AwsCustomResource`, and their outcomes on both sides. */

import {
  A,
  B,
  C,
  HELD_UP,
  NEXT_IMAGE,
  type Outcome,
  REFUSED,
  type Stage,
  type StageOptions,
  THROTTLED,
  UNKNOWN_TO_IAM,
} from './stage';

/** The outcome of a scenario, with a comment. */
export interface Told extends Outcome {
  readonly words: string;
}

export interface Scenario {
  /** A guarantee of the README by its number, and an issue about another custom resource. */
  readonly about: string;
  readonly what: string;
  readonly options?: StageOptions;
  /** @returns who has access as the scenario observed it, if that can differ from the end */
  readonly play: (stage: Stage) => Promise<unknown>;
  /** The outcomes that are right. */
  readonly right: readonly Partial<Outcome>[];
  readonly here: Told;
  readonly builtIn: Told;
}

const MINUTE = 60_000;

function told(stack: string, access: string, words: string, minutes = 0): Told {
  return { stack, access, minutes, words };
}

export const SCENARIOS: readonly Scenario[] = [
  {
    about: '–',
    what: 'A share is created, one account is added, one is removed, and nothing goes wrong',
    play: async (stage) => {
      await stage.deploy([A, B]);
      await stage.deploy([B, C]);
    },
    right: [{ stack: 'UPDATE_COMPLETE', access: 'B, C' }],
    here: told('UPDATE_COMPLETE', 'B, C', ''),
    builtIn: told('UPDATE_COMPLETE', 'B, C', ''),
  },
  {
    about: '1',
    what: 'Create of A and B: the service refuses B',
    play: (stage) => {
      stage.writeFault = ({ allow, accountId }) => (allow && accountId === B ? REFUSED : undefined);
      return stage.deploy([A, B]);
    },
    right: [{ stack: 'ROLLBACK_COMPLETE', access: 'nobody' }],
    here: told('ROLLBACK_COMPLETE', 'nobody', ''),
    builtIn: told(
      'ROLLBACK_COMPLETE',
      'nobody',
      'as good: one resource per account, and the Delete of each revokes its own permission',
    ),
  },
  {
    about: '2',
    what: 'B has permission already; A and B are declared, and the stack is deleted',
    play: async (stage) => {
      stage.share(B);
      await stage.deploy([A, B]);
      await stage.destroy();
    },
    right: [{ access: 'B' }],
    here: told('DELETE_COMPLETE', 'B', 'refused before any change, and the Delete that follows does nothing'),
    builtIn: told('DELETE_COMPLETE', 'nobody', 'takes B over silently, and its Delete revokes it'),
  },
  {
    about: '2',
    what: 'A has permission already and is adopted together with B, which the service refuses',
    play: (stage) => {
      stage.share(A);
      stage.writeFault = ({ allow, accountId }) => (allow && accountId === B ? REFUSED : undefined);
      return stage.deploy([A, B], { adoptExisting: true });
    },
    right: [{ stack: 'ROLLBACK_COMPLETE', access: 'A' }],
    here: told('ROLLBACK_COMPLETE', 'A', ''),
    builtIn: told('ROLLBACK_COMPLETE', 'nobody', 'its Delete revokes a permission that it did not grant'),
  },
  {
    about: '3',
    what: 'Update from A to B: the service refuses B, and CloudFormation rolls back',
    play: async (stage) => {
      await stage.deploy([A]);
      stage.writeFault = ({ allow, accountId }) => (allow && accountId === B ? REFUSED : undefined);
      await stage.deploy([B]);
    },
    right: [{ stack: 'UPDATE_ROLLBACK_COMPLETE', access: 'A' }],
    here: told('UPDATE_ROLLBACK_COMPLETE', 'A', ''),
    builtIn: told('UPDATE_ROLLBACK_COMPLETE', 'A', 'as good'),
  },
  {
    about: '3',
    what: 'Update from A and B to B and C: all calls are refused, those of the rollback too, and the rollback is continued',
    play: async (stage) => {
      await stage.deploy([A, B]);
      stage.fault = () => REFUSED;
      const { status } = await stage.deploy([B, C]);
      stage.fault = undefined;
      if (status === 'UPDATE_ROLLBACK_FAILED') {
        await stage.continueRollback();
      }
    },
    right: [{ access: 'A, B' }],
    here: told(
      'UPDATE_ROLLBACK_FAILED, UPDATE_ROLLBACK_COMPLETE',
      'A, B',
      'the rollback is continued, and completes what is left',
    ),
    builtIn: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A, B',
      'as good: removals wait for the cleanup, and a refused grant changed nothing',
    ),
  },
  {
    about: '4',
    what: 'A literal image changes',
    play: async (stage) => {
      await stage.deploy([A]);
      await stage.deploy([A], { imageId: NEXT_IMAGE });
    },
    right: [{ stack: 'UPDATE_COMPLETE', access: 'nobody / A' }],
    here: told('UPDATE_COMPLETE', 'nobody / A', ''),
    builtIn: told(
      'UPDATE_COMPLETE',
      'nobody / A',
      'as good if the physical ID contains the image and the account',
    ),
  },
  {
    about: '4',
    what: 'The image changes by a parameter',
    play: async (stage) => {
      await stage.deploy([A], { byParameter: true });
      await stage.deploy([A], { byParameter: true, imageId: NEXT_IMAGE });
    },
    right: [{ stack: 'UPDATE_COMPLETE', access: 'nobody / A' }],
    here: told('UPDATE_COMPLETE', 'nobody / A', ''),
    builtIn: told(
      'UPDATE_COMPLETE',
      'nobody / A',
      'as good if the physical ID contains the image and the account',
    ),
  },
  {
    about: '5',
    what: 'The image changes by a parameter, and then another resource fails',
    play: async (stage) => {
      await stage.deploy([A], { byParameter: true });
      await stage.deploy([A], { byParameter: true, imageId: NEXT_IMAGE, otherFails: 'after' });
    },
    right: [{ stack: 'UPDATE_ROLLBACK_COMPLETE', access: 'A' }],
    here: told('UPDATE_ROLLBACK_COMPLETE', 'A', ''),
    builtIn: told('UPDATE_ROLLBACK_COMPLETE', 'A', 'as good'),
  },
  {
    about: '5',
    what: 'The image changes by a parameter, and the new one is refused to B',
    play: async (stage) => {
      await stage.deploy([A, B], { byParameter: true });
      stage.writeFault = ({ imageId, allow, accountId }) =>
        imageId === NEXT_IMAGE && allow && accountId === B ? stage.refusedLater() : undefined;
      await stage.deploy([A, B], { byParameter: true, imageId: NEXT_IMAGE });
    },
    right: [{ stack: 'UPDATE_ROLLBACK_COMPLETE', access: 'A, B' }],
    here: told('UPDATE_ROLLBACK_COMPLETE', 'A, B', ''),
    builtIn: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A, B',
      'as good: the rollback grants the old image again, and the cleanup revokes the new one',
    ),
  },
  {
    about: '5',
    what: 'The image changes by a parameter, and the new one is refused to B while A is being granted',
    play: async (stage) => {
      await stage.deploy([A, B], { byParameter: true });
      stage.writeFault = ({ imageId, allow, accountId }) => {
        if (imageId !== NEXT_IMAGE || !allow) {
          return undefined;
        }
        return accountId === B ? REFUSED : { kind: 'delay', ms: 1_000 };
      };
      await stage.deploy([A, B], { byParameter: true, imageId: NEXT_IMAGE });
    },
    right: [{ stack: 'UPDATE_ROLLBACK_COMPLETE', access: 'A, B' }],
    here: told('UPDATE_ROLLBACK_COMPLETE', 'A, B', ''),
    builtIn: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A, B / A',
      'the Update of A is cancelled with its old physical ID, so no Delete is sent for the new image',
    ),
  },
  {
    about: '6',
    what: 'The stack is deleted; the service refuses to unshare B at first, and the stack is deleted again',
    play: async (stage) => {
      await stage.deploy([A, B]);
      stage.writeFault = ({ accountId }) => (accountId === B ? REFUSED : undefined);
      await stage.destroy();
      stage.fault = undefined;
      await stage.destroy();
    },
    right: [{ stack: 'DELETE_FAILED, DELETE_COMPLETE', access: 'nobody' }],
    here: told('DELETE_FAILED, DELETE_COMPLETE', 'nobody', 'the reason lists what could not be revoked'),
    builtIn: told(
      'DELETE_FAILED, DELETE_COMPLETE',
      'nobody',
      'as good: each account is a separate resource, and the failed one is deleted again',
    ),
  },
  {
    about: '6',
    what: 'The stack is deleted after its image was',
    play: async (stage) => {
      await stage.deploy([A]);
      stage.endpoint.removeImage('wsi-aaaaaaaaa');
      await stage.destroy();
    },
    right: [{ stack: 'DELETE_COMPLETE', access: 'nobody' }],
    here: told('DELETE_COMPLETE', 'nobody', 'an image that does not exist is shared with nobody'),
    builtIn: told('DELETE_FAILED', 'nobody', 'cannot be deleted without skipping the resources'),
  },
  {
    about: '7',
    what: 'Create: the function dies once, right after it granted',
    play: (stage) => {
      stage.writeFault = (_, nth) => (nth === 1 ? 'killed after the change' : undefined);
      return stage.deploy([A]);
    },
    right: [
      { stack: 'ROLLBACK_COMPLETE', access: 'nobody' },
      { stack: 'CREATE_COMPLETE', access: 'A' },
    ],
    here: told(
      'ROLLBACK_COMPLETE',
      'nobody',
      'no retries: CloudFormation waits for 21 minutes, then rolls back',
      21,
    ),
    builtIn: told(
      'CREATE_COMPLETE',
      'A',
      'better: Lambda retries the event after a minute, and granting again is harmless',
      1,
    ),
  },
  {
    about: '8',
    what: 'Create is delivered twice at the same time',
    options: { latency: 50 },
    play: (stage) => {
      stage.delivery = () => [0, 0];
      return stage.deploy([A, B]);
    },
    right: [{ stack: 'CREATE_COMPLETE', access: 'A, B' }],
    here: told('CREATE_COMPLETE', 'A, B', ''),
    builtIn: told('CREATE_COMPLETE', 'A, B', 'as good'),
  },
  {
    about: '8',
    what: 'B is added, another resource fails, and the event is delivered again during the rollback',
    options: { latency: 50 },
    play: async (stage) => {
      await stage.deploy([A]);
      const before = stage.cloudFormation.requests.length;
      stage.delivery = (sent) => (sent === stage.cloudFormation.requests[before] ? [0, 300] : undefined);
      const { status } = await stage.deploy([A, B], { otherFails: 'after' });
      if (status === 'UPDATE_ROLLBACK_FAILED') {
        await stage.continueRollback();
      }
    },
    right: [{ stack: 'UPDATE_ROLLBACK_COMPLETE', access: 'A' }],
    here: told('UPDATE_ROLLBACK_COMPLETE', 'A', 'the duplicate asks CloudFormation, and changes nothing'),
    builtIn: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A, B',
      'the duplicate grants again what the rollback revoked, and nothing reports it',
    ),
  },
  {
    about: '9',
    what: 'B is added: the function dies once, right after it granted',
    play: async (stage) => {
      await stage.deploy([A]);
      stage.writeFault = (_, nth) => (nth === 1 ? 'killed after the change' : undefined);
      await stage.deploy([A, B]);
    },
    right: [
      { stack: 'UPDATE_ROLLBACK_COMPLETE', access: 'A' },
      { stack: 'UPDATE_COMPLETE', access: 'A, B' },
    ],
    here: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A',
      'no retries: CloudFormation waits for 21 minutes, then rolls back',
      21,
    ),
    builtIn: told('UPDATE_COMPLETE', 'A, B', 'better: Lambda retries the event after a minute', 1),
  },
  {
    about: '10',
    what: 'Reads lag three seconds behind; the next resource reads who has access',
    options: { readLag: 3_000 },
    play: async (stage) => {
      await stage.deploy([A]);
      return stage.read();
    },
    right: [{ stack: 'CREATE_COMPLETE', access: 'A' }],
    here: told('CREATE_COMPLETE', 'A', 'responds once a read shows the change'),
    builtIn: told('CREATE_COMPLETE', 'nobody', 'responds at once, and the next resource finds nobody'),
  },
  {
    about: '11',
    what: 'The service throttles all but the grant of A for five minutes',
    play: (stage) => {
      const until = stage.clock.now() + 5 * MINUTE;
      stage.writeFault = ({ accountId, allow }) =>
        !(allow && accountId === A) && stage.clock.now() < until ? THROTTLED : undefined;
      return stage.deploy([A, B]);
    },
    right: [{ stack: 'CREATE_COMPLETE', access: 'A, B' }],
    here: told('CREATE_COMPLETE', 'A, B', 'retries as long as the function can run', 5),
    builtIn: told(
      'ROLLBACK_FAILED',
      'A',
      'gives up after three attempts, and so does the Delete of the rollback: A keeps access until the stack is deleted again',
    ),
  },
  {
    about: '11',
    what: 'It throttles for an hour, and the stack is deleted after that',
    play: async (stage) => {
      const until = stage.clock.now() + 60 * MINUTE;
      stage.writeFault = (_, nth) => (nth > 1 && stage.clock.now() < until ? THROTTLED : undefined);
      await stage.deploy([A, B]);
      await stage.clock.sleep(60 * MINUTE);
      await stage.destroy();
    },
    right: [{ access: 'nobody' }],
    here: told(
      'ROLLBACK_FAILED, DELETE_COMPLETE',
      'nobody',
      'the Create and its Delete use all their time; deleting the stack again succeeds',
      28,
    ),
    builtIn: told(
      'ROLLBACK_FAILED, DELETE_COMPLETE',
      'nobody',
      'as good, and sooner: it fails at once, and deleting the stack again succeeds',
    ),
  },
  {
    about: '12',
    what: 'The response URL returns 503 to the first attempt',
    play: (stage) => {
      stage.responseFaults.push({ status: 503 });
      return stage.deploy([A]);
    },
    right: [{ stack: 'CREATE_COMPLETE', access: 'A' }],
    here: told('CREATE_COMPLETE', 'A', 'sent again'),
    builtIn: told(
      'ROLLBACK_COMPLETE',
      'nobody',
      'takes any HTTP status for success: CloudFormation waits for an hour, then rolls back',
      60,
    ),
  },
  {
    about: '12',
    what: 'The response URL cuts the first connection',
    play: (stage) => {
      stage.responseFaults.push({ cut: 'before' });
      return stage.deploy([A]);
    },
    right: [{ stack: 'CREATE_COMPLETE', access: 'A' }],
    here: told('CREATE_COMPLETE', 'A', 'sent again'),
    builtIn: told('ROLLBACK_COMPLETE', 'nobody', 'sends FAILED instead, and the deployment is rolled back'),
  },
  {
    about: '13',
    what: 'A was revoked by hand, the service refuses to revoke a missing permission, and the stack is deleted',
    options: { revokingMissing: 'InvalidParameterValuesException' },
    play: async (stage) => {
      await stage.deploy([A]);
      stage.unshare(A);
      await stage.destroy();
    },
    right: [{ stack: 'DELETE_COMPLETE', access: 'nobody' }],
    here: told('DELETE_COMPLETE', 'nobody', 'a refused call that is not needed is a success'),
    builtIn: told('DELETE_FAILED', 'nobody', 'cannot be deleted without skipping the resource'),
  },
  {
    about: '13',
    what: 'The service refuses to grant an existing permission, and the share is updated without a change of its list',
    options: { grantingGranted: 'InvalidParameterValuesException' },
    play: async (stage) => {
      await stage.deploy([A]);
      await stage.deploy([A], { revision: '2' });
    },
    right: [{ stack: 'UPDATE_COMPLETE', access: 'A' }],
    here: told('UPDATE_COMPLETE', 'A', 'an unchanged list needs no calls'),
    builtIn: told('UPDATE_ROLLBACK_FAILED', 'A', 'the update fails, and so does its rollback'),
  },
  {
    about: '15',
    what: 'A parameter contains an account ID of eleven digits',
    play: (stage) => stage.deploy(['12345678901'], { byParameter: true }),
    right: [{ stack: 'ROLLBACK_COMPLETE', access: 'nobody' }],
    here: told('ROLLBACK_COMPLETE', 'nobody', 'refused before any call'),
    builtIn: told(
      'ROLLBACK_FAILED',
      'nobody',
      'the service refuses the grant, and the Delete of the rollback too',
    ),
  },
  {
    about: '16',
    what: 'A second stack shares the same image with the same account, and is deleted',
    play: async (stage) => {
      await stage.deploy([A]);
      await stage.deploy([A], {}, 'Second');
      await stage.destroy('Second');
    },
    right: [{ access: 'A' }],
    here: told(
      'DELETE_COMPLETE',
      'A',
      'the second share is refused, and the first one keeps its permissions',
    ),
    builtIn: told('DELETE_COMPLETE', 'nobody', 'the first removal revokes the permission of both'),
  },
  {
    about: '17',
    what: 'The stack of a share with a retaining removal policy is deleted',
    play: async (stage) => {
      await stage.deploy([A], { retain: true });
      await stage.destroy();
    },
    right: [{ stack: 'DELETE_COMPLETE', access: 'A' }],
    here: told('DELETE_COMPLETE', 'A', 'the function is not invoked'),
    builtIn: told('DELETE_COMPLETE', 'A', 'as good'),
  },
  {
    about: '17',
    what: 'Another resource fails in the first deployment of a share that is retained on update or delete',
    play: (stage) => stage.deploy([A], { retain: true, otherFails: 'after' }),
    right: [{ stack: 'ROLLBACK_COMPLETE', access: 'nobody' }],
    here: told('ROLLBACK_COMPLETE', 'nobody', '`RetainExceptOnCreate`'),
    builtIn: told('ROLLBACK_COMPLETE', 'nobody', 'as good'),
  },
  {
    about: '18',
    what: 'Another resource fails while three accounts are being granted',
    options: { latency: 400 },
    play: (stage) => stage.deploy([A, B, C], { otherFails: 700 }),
    right: [{ stack: 'ROLLBACK_COMPLETE', access: 'nobody' }],
    here: told('ROLLBACK_COMPLETE', 'nobody', ''),
    builtIn: told('ROLLBACK_COMPLETE', 'nobody', 'as good while calls take no longer than usual'),
  },
  {
    about: '18',
    what: 'Another resource fails while a grant is delayed',
    play: (stage) => {
      stage.writeFault = (_, nth) => (nth === 1 ? HELD_UP : undefined);
      return stage.deploy([A], { otherFails: 1_000 });
    },
    right: [{ stack: 'ROLLBACK_COMPLETE', access: 'nobody' }],
    here: told('ROLLBACK_COMPLETE', 'nobody', 'the Delete waits for calls that may still be carried out'),
    builtIn: told('ROLLBACK_COMPLETE', 'A', 'the delayed grant is carried out after the Delete, and remains'),
  },
  {
    about: '19',
    what: 'B is added; Lambda delivers the event after two hours, when CloudFormation has rolled back',
    play: async (stage) => {
      await stage.deploy([A]);
      const before = stage.cloudFormation.requests.length;
      stage.delivery = (sent) =>
        sent === stage.cloudFormation.requests[before] ? [120 * MINUTE] : undefined;
      await stage.deploy([A, B]);
    },
    right: [{ stack: 'UPDATE_ROLLBACK_COMPLETE', access: 'A' }],
    here: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A',
      'dropped by its age; CloudFormation waits for 21 minutes',
      21,
    ),
    builtIn: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A, B',
      'carried out: access that no stack declares; CloudFormation waits for an hour',
      60,
    ),
  },
  {
    about: '4, aws/aws-cdk#21036',
    what: 'The construct is renamed',
    play: async (stage) => {
      await stage.deploy([A]);
      await stage.deploy([A], { id: 'Renamed' });
    },
    right: [{ stack: 'UPDATE_COMPLETE', access: 'A' }],
    here: told('UPDATE_COMPLETE', 'A', 'the logical ID depends on the image, not on the construct'),
    builtIn: told(
      'UPDATE_COMPLETE',
      'nobody',
      'granted first, then revoked in the cleanup: the access is lost',
    ),
  },
  {
    about: '5, aws/aws-cdk#17443',
    what: 'A replacement is rolled back, and the service refuses to grant the original again, which still exists',
    options: { grantingGranted: 'InvalidParameterValuesException' },
    play: async (stage) => {
      await stage.deploy([A], { byParameter: true });
      await stage.deploy([A], { byParameter: true, imageId: NEXT_IMAGE, otherFails: 'after' });
    },
    right: [{ stack: 'UPDATE_ROLLBACK_COMPLETE', access: 'A' }],
    here: told('UPDATE_ROLLBACK_COMPLETE', 'A', 'a refused call that is not needed is a success'),
    builtIn: told(
      'UPDATE_ROLLBACK_FAILED',
      'A / A',
      'the rollback fails, and both images remain shared. It is not documented whether the service refuses this; if not, see row 5',
    ),
  },
  {
    about: '3, aws/aws-cdk#27199',
    what: 'B is removed from the list, and then another resource fails',
    play: async (stage) => {
      await stage.deploy([A, B]);
      await stage.deploy([A], { otherFails: 'after' });
    },
    right: [{ stack: 'UPDATE_ROLLBACK_COMPLETE', access: 'A, B' }],
    here: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A, B',
      'removed by the Update, and restored by the Update of the rollback',
    ),
    builtIn: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A, B',
      'as good, and simpler: the removal waits for the cleanup',
    ),
  },
  {
    about: '3, aws/aws-cdk#30012',
    what: 'An update without a change of the list fails once, and is rolled back',
    play: async (stage) => {
      await stage.deploy([A]);
      let calls = 0;
      stage.fault = () => (++calls === 1 ? REFUSED : undefined);
      await stage.deploy([A], { revision: '2' });
    },
    right: [{ stack: 'UPDATE_ROLLBACK_COMPLETE', access: 'A' }],
    here: told('UPDATE_ROLLBACK_COMPLETE', 'A', 'a failed Update responds with the ID of its event'),
    builtIn: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'nobody',
      'the failed Update responds with another ID, and the Delete of the cleanup revokes an existing permission',
    ),
  },
  {
    about: '1, aws/aws-cdk#31429',
    what: 'The new policy takes effect after ten seconds',
    play: (stage) => {
      const until = stage.clock.now() + 10_000;
      stage.fault = () => (stage.clock.now() < until ? UNKNOWN_TO_IAM : undefined);
      return stage.deploy([A]);
    },
    right: [{ stack: 'CREATE_COMPLETE', access: 'A' }],
    here: told('CREATE_COMPLETE', 'A', 'denials are retried for 30 seconds'),
    builtIn: told(
      'ROLLBACK_FAILED',
      'nobody',
      'denied, and so is the Delete of the rollback if it comes within those seconds',
    ),
  },
  {
    about: '9, aws/aws-cdk#29026',
    what: 'Create: the function dies at each attempt, without a response',
    play: (stage) => {
      stage.fault = () =>
        stage.cloudFormation.requests.at(-1)?.event.RequestType === 'Create' ? 'killed' : undefined;
      return stage.deploy([A]);
    },
    right: [{ stack: 'ROLLBACK_COMPLETE', access: 'nobody', minutes: 21 }],
    here: told('ROLLBACK_COMPLETE', 'nobody', 'no retries: CloudFormation waits for 21 minutes', 21),
    builtIn: told(
      'ROLLBACK_COMPLETE',
      'nobody',
      'two retries that die too; CloudFormation waits for an hour',
      60,
    ),
  },
  {
    about: '14, serverless/serverless#6746',
    what: 'The stack was deployed by a release that spelled physical IDs differently, and is updated',
    play: async (stage) => {
      await stage.deploy([A]);
      stage.respell();
      await stage.deploy([A], { revision: '2' });
    },
    right: [{ stack: 'UPDATE_COMPLETE', access: 'A' }],
    here: told('UPDATE_COMPLETE', 'A', 'an ID in another spelling is kept'),
    builtIn: told(
      'UPDATE_COMPLETE',
      'nobody',
      'another ID is a replacement, and the cleanup revokes the permission: never change `PhysicalResourceId`',
    ),
  },
];
