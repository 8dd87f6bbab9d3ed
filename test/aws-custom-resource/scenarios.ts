/** The scenarios of the comparison with `AwsCustomResource`: each is one story, and what came of it on both sides. */

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

/** What became of a scenario, and what there is to say of it. */
export interface Told extends Outcome {
  readonly words: string;
}

export interface Scenario {
  /** A row of the guarantees, or a report about another custom resource. */
  readonly about: string;
  readonly what: string;
  readonly world?: StageOptions;
  /** @returns who has access as somebody sees it, where that is not what is so in the end */
  readonly play: (stage: Stage) => Promise<unknown>;
  /** What is right; any of several. */
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
      'as good: a resource an account, and the Delete of each revokes its own',
    ),
  },
  {
    about: '2',
    what: 'B was shared with by hand; A and B are declared, and the stack is deleted again',
    play: async (stage) => {
      stage.share(B);
      await stage.deploy([A, B]);
      await stage.destroy();
    },
    right: [{ access: 'B' }],
    here: told('DELETE_COMPLETE', 'B', 'refused before any change, and its Delete does nothing'),
    builtIn: told('DELETE_COMPLETE', 'nobody', 'takes B over without a word, and revokes it when it goes'),
  },
  {
    about: '2',
    what: 'A was shared with by hand and is adopted together with B, which the service refuses',
    play: (stage) => {
      stage.share(A);
      stage.writeFault = ({ allow, accountId }) => (allow && accountId === B ? REFUSED : undefined);
      return stage.deploy([A, B], { adoptExisting: true });
    },
    right: [{ stack: 'ROLLBACK_COMPLETE', access: 'A' }],
    here: told('ROLLBACK_COMPLETE', 'A', ''),
    builtIn: told('ROLLBACK_COMPLETE', 'nobody', 'its Delete revokes what it found'),
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
    what: 'Update from A and B to B and C: every call is refused, those of the rollback too; it is tried again',
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
      'the rollback is tried again and reads what is left to do',
    ),
    builtIn: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A, B',
      'as good: a removal waits for the clean-up, and a refused grant changed nothing',
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
    builtIn: told('UPDATE_COMPLETE', 'nobody / A', 'as good, where the physical id names image and account'),
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
    builtIn: told('UPDATE_COMPLETE', 'nobody / A', 'as good, where the physical id names image and account'),
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
      'as good: the rollback grants the old image again, and the clean-up revokes the new one',
    ),
  },
  {
    about: '5',
    what: 'The image changes by a parameter, and the new one is refused to B while A is still on its way to it',
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
      'the Update of A is cancelled with its old physical id, so no Delete comes for the new image',
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
    here: told(
      'DELETE_FAILED, DELETE_COMPLETE',
      'nobody',
      'what could not be revoked is named in the reason',
    ),
    builtIn: told(
      'DELETE_FAILED, DELETE_COMPLETE',
      'nobody',
      'as good: each account is a resource of its own, and the failed one is deleted again',
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
    here: told('DELETE_COMPLETE', 'nobody', 'an image that is gone is shared with nobody'),
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
      'no retries: CloudFormation waits seventeen minutes and rolls back',
      17,
    ),
    builtIn: told(
      'CREATE_COMPLETE',
      'A',
      'better: Lambda runs the event again after a minute, and granting again does no harm',
      1,
    ),
  },
  {
    about: '8',
    what: 'Create is delivered twice at the same time',
    world: { latency: 50 },
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
    world: { latency: 50 },
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
    here: told(
      'UPDATE_ROLLBACK_FAILED, UPDATE_ROLLBACK_COMPLETE',
      'A',
      "the rollback's Update fails, because the late delivery undoes its work, and succeeds when it is tried again",
    ),
    builtIn: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A, B',
      'the late delivery grants again what the rollback revoked; nobody is told',
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
      'no retries: CloudFormation waits seventeen minutes and rolls back',
      17,
    ),
    builtIn: told('UPDATE_COMPLETE', 'A, B', 'better: Lambda runs the event again after a minute', 1),
  },
  {
    about: '10',
    what: 'Reads lag three seconds behind; the next resource reads who has access',
    world: { readLag: 3_000 },
    play: async (stage) => {
      await stage.deploy([A]);
      return stage.read();
    },
    right: [{ stack: 'CREATE_COMPLETE', access: 'A' }],
    here: told('CREATE_COMPLETE', 'A', 'answers once a read shows it'),
    builtIn: told('CREATE_COMPLETE', 'nobody', 'answers at once: the next resource finds nobody'),
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
    here: told('CREATE_COMPLETE', 'A, B', 'waits as long as the function may run', 5),
    builtIn: told(
      'ROLLBACK_FAILED',
      'A',
      'gives up after three attempts; the Delete of the rollback does too, and A keeps access until somebody deletes again',
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
      'both the Create and its Delete take their whole time; deleted again, it is clean',
      29,
    ),
    builtIn: told(
      'ROLLBACK_FAILED, DELETE_COMPLETE',
      'nobody',
      'as good, and sooner: it fails at once, and is clean when it is deleted again',
    ),
  },
  {
    about: '12',
    what: 'The response URL answers the first attempt with 503',
    play: (stage) => {
      stage.answerFaults.push({ status: 503 });
      return stage.deploy([A]);
    },
    right: [{ stack: 'CREATE_COMPLETE', access: 'A' }],
    here: told('CREATE_COMPLETE', 'A', 'sent again'),
    builtIn: told(
      'ROLLBACK_COMPLETE',
      'nobody',
      'takes every response for a success: CloudFormation waits for an hour, and rolls back',
      60,
    ),
  },
  {
    about: '12',
    what: 'The response URL cuts the first connection',
    play: (stage) => {
      stage.answerFaults.push({ cut: 'before' });
      return stage.deploy([A]);
    },
    right: [{ stack: 'CREATE_COMPLETE', access: 'A' }],
    here: told('CREATE_COMPLETE', 'A', 'sent again'),
    builtIn: told(
      'ROLLBACK_COMPLETE',
      'nobody',
      'a success becomes a failure: it answers FAILED instead, and the deployment is rolled back',
    ),
  },
  {
    about: '13',
    what: 'A was unshared by hand, the service refuses to revoke what is not granted, and the stack is deleted',
    world: { revokingMissing: 'InvalidParameterValuesException' },
    play: async (stage) => {
      await stage.deploy([A]);
      stage.unshare(A);
      await stage.destroy();
    },
    right: [{ stack: 'DELETE_COMPLETE', access: 'nobody' }],
    here: told('DELETE_COMPLETE', 'nobody', 'what is so already is a success'),
    builtIn: told('DELETE_FAILED', 'nobody', 'cannot be deleted without skipping the resource'),
  },
  {
    about: '13',
    what: 'The service refuses to grant what is granted, and the share is updated without a change of its list',
    world: { grantingGranted: 'InvalidParameterValuesException' },
    play: async (stage) => {
      await stage.deploy([A]);
      await stage.deploy([A], { revision: '2' });
    },
    right: [{ stack: 'UPDATE_COMPLETE', access: 'A' }],
    here: told('UPDATE_COMPLETE', 'A', 'reads first, and has nothing to call for'),
    builtIn: told('UPDATE_ROLLBACK_FAILED', 'A', 'the update fails, and so does its rollback'),
  },
  {
    about: '15',
    what: 'An account id of eleven digits arrives by a parameter',
    play: (stage) => stage.deploy(['12345678901'], { byParameter: true }),
    right: [{ stack: 'ROLLBACK_COMPLETE', access: 'nobody' }],
    here: told('ROLLBACK_COMPLETE', 'nobody', 'a sentence, before any call'),
    builtIn: told(
      'ROLLBACK_FAILED',
      'nobody',
      'the service refuses it, and refuses the Delete of the rollback too',
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
    here: told('DELETE_COMPLETE', 'A', 'the second share is refused, the first one keeps what it granted'),
    builtIn: told('DELETE_COMPLETE', 'nobody', 'the first removal revokes what both stand for'),
  },
  {
    about: '17',
    what: 'The stack of a share that is to be retained is deleted',
    play: async (stage) => {
      await stage.deploy([A], { retain: true });
      await stage.destroy();
    },
    right: [{ stack: 'DELETE_COMPLETE', access: 'A' }],
    here: told('DELETE_COMPLETE', 'A', 'nothing is called'),
    builtIn: told('DELETE_COMPLETE', 'A', 'as good'),
  },
  {
    about: '17',
    what: 'The first deployment of a share that is to be retained fails by another resource',
    play: (stage) => stage.deploy([A], { retain: true, otherFails: 'after' }),
    right: [{ stack: 'ROLLBACK_COMPLETE', access: 'nobody' }],
    here: told('ROLLBACK_COMPLETE', 'nobody', '`RetainExceptOnCreate`'),
    builtIn: told('ROLLBACK_COMPLETE', 'A', 'the account keeps access without any stack that says so'),
  },
  {
    about: '18',
    what: 'Another resource fails while three accounts are being granted',
    world: { latency: 400 },
    play: (stage) => stage.deploy([A, B, C], { otherFails: 700 }),
    right: [{ stack: 'ROLLBACK_COMPLETE', access: 'nobody' }],
    here: told('ROLLBACK_COMPLETE', 'nobody', ''),
    builtIn: told('ROLLBACK_COMPLETE', 'nobody', 'as good, with calls that take no longer than usual'),
  },
  {
    about: '18',
    what: 'Another resource fails while a grant is held up on its way',
    play: (stage) => {
      stage.writeFault = (_, nth) => (nth === 1 ? HELD_UP : undefined);
      return stage.deploy([A], { otherFails: 1_000 });
    },
    right: [{ stack: 'ROLLBACK_COMPLETE', access: 'nobody' }],
    here: told('ROLLBACK_COMPLETE', 'nobody', 'the Delete outlasts what may still be on its way'),
    builtIn: told('ROLLBACK_COMPLETE', 'A', 'the held-up grant lands after the Delete, and stays'),
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
      'dropped by its age; CloudFormation waited for seventeen minutes',
      17,
    ),
    builtIn: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A, B',
      'carried out: access that no stack says anything of; CloudFormation waited for an hour',
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
    here: told('UPDATE_COMPLETE', 'A', 'one logical id an image, wherever the construct stands'),
    builtIn: told(
      'UPDATE_COMPLETE',
      'nobody',
      'granted anew first, then revoked in the clean-up: the access is lost',
    ),
  },
  {
    about: '5, aws/aws-cdk#17443',
    what: 'A replacement is rolled back, and the service refuses to grant the original again, which still exists',
    world: { grantingGranted: 'InvalidParameterValuesException' },
    play: async (stage) => {
      await stage.deploy([A], { byParameter: true });
      await stage.deploy([A], { byParameter: true, imageId: NEXT_IMAGE, otherFails: 'after' });
    },
    right: [{ stack: 'UPDATE_ROLLBACK_COMPLETE', access: 'A' }],
    here: told('UPDATE_ROLLBACK_COMPLETE', 'A', 'reads first, and has nothing to call for'),
    builtIn: told(
      'UPDATE_ROLLBACK_FAILED',
      'A / A',
      'the rollback fails, and both images stay shared. Whether the service refuses this is not documented; where it does not, row 5 holds',
    ),
  },
  {
    about: '3, aws/aws-cdk#27199',
    what: 'B is taken off the list, and then another resource fails',
    play: async (stage) => {
      await stage.deploy([A, B]);
      await stage.deploy([A], { otherFails: 'after' });
    },
    right: [{ stack: 'UPDATE_ROLLBACK_COMPLETE', access: 'A, B' }],
    here: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A, B',
      "removed in the Update, and restored by the rollback's Update",
    ),
    builtIn: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'A, B',
      'as good, and simpler: the removal waits for the clean-up',
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
    here: told('UPDATE_ROLLBACK_COMPLETE', 'A', 'a failed Update answers with the id it was sent'),
    builtIn: told(
      'UPDATE_ROLLBACK_COMPLETE',
      'nobody',
      'the failed Update answers with another id, whose Delete in the clean-up revokes what was there all the time',
    ),
  },
  {
    about: '1, aws/aws-cdk#31429',
    what: 'IAM does not know the new policy for ten seconds',
    play: (stage) => {
      const until = stage.clock.now() + 10_000;
      stage.fault = () => (stage.clock.now() < until ? UNKNOWN_TO_IAM : undefined);
      return stage.deploy([A]);
    },
    right: [{ stack: 'CREATE_COMPLETE', access: 'A' }],
    here: told('CREATE_COMPLETE', 'A', 'a first denial is waited for, half a minute'),
    builtIn: told(
      'ROLLBACK_FAILED',
      'nobody',
      'denied; so is the Delete of the rollback, where it comes within those seconds',
    ),
  },
  {
    about: '9, aws/aws-cdk#29026',
    what: 'Create: the function dies without an answer, however often it is run',
    play: (stage) => {
      stage.fault = () =>
        stage.cloudFormation.requests.at(-1)?.event.RequestType === 'Create' ? 'killed' : undefined;
      return stage.deploy([A]);
    },
    right: [{ stack: 'ROLLBACK_COMPLETE', access: 'nobody', minutes: 17 }],
    here: told('ROLLBACK_COMPLETE', 'nobody', 'CloudFormation waits for seventeen minutes', 17),
    builtIn: told(
      'ROLLBACK_COMPLETE',
      'nobody',
      'three times run and three times dead; CloudFormation waits for an hour',
      60,
    ),
  },
  {
    about: '14, serverless/serverless#6746',
    what: 'The stack was deployed by a release that spelled the physical ids differently, and is updated',
    play: async (stage) => {
      await stage.deploy([A]);
      stage.respell();
      await stage.deploy([A], { revision: '2' });
    },
    right: [{ stack: 'UPDATE_COMPLETE', access: 'A' }],
    here: told('UPDATE_COMPLETE', 'A', 'a foreign spelling is kept'),
    builtIn: told(
      'UPDATE_COMPLETE',
      'nobody',
      'another id is a replacement, and the clean-up revokes what it stands for: never change `PhysicalResourceId`',
    ),
  },
];
