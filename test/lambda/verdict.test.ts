import type { StackEvent } from '../../lambda/stack-events';
import { isEnoughHistory, settleFor, verdictOn } from '../../lambda/verdict';
import { A, B, createEvent, deleteEvent, OTHER_IMAGE, SHARE_ID, share, updateEvent } from './events';

const SECOND = 1_000;
const NOW = 3_600 * SECOND;

/** Stack events of the share, the newest first, each as its status, its age in seconds, and more. */
function history(...events: [status: string, age: number, more?: Partial<StackEvent>][]): StackEvent[] {
  return events.map(([status, age, more]) => ({
    status,
    at: NOW - age * SECOND,
    physicalId: SHARE_ID,
    ...more,
  }));
}

const forward = updateEvent(share([A, B]), share([A]));
const rollback = updateEvent(share([A]), share([A, B]));
const replacement = updateEvent(share([A], { ImageId: OTHER_IMAGE }), share([A]));
const REPLACED = { physicalId: 'share/new', properties: replacement.ResourceProperties };

describe('the standing of', () => {
  test.each([
    ['a Create that is in progress', createEvent(), history(['CREATE_IN_PROGRESS', 0]), 'awaited'],
    [
      'a Create that completed',
      createEvent(),
      history(['CREATE_COMPLETE', 0], ['CREATE_IN_PROGRESS', 1]),
      'done',
    ],
    [
      'a Create that was cancelled',
      createEvent(),
      history(['CREATE_FAILED', 0], ['CREATE_IN_PROGRESS', 1]),
      'superseded',
    ],
    [
      'an earlier Create, while the share is created anew with other accounts',
      createEvent(share([A])),
      history(['CREATE_IN_PROGRESS', 0, { properties: share([B]) }], ['DELETE_COMPLETE', 60]),
      'superseded',
    ],
    ['a Create that is being deleted', createEvent(), history(['DELETE_IN_PROGRESS', 0]), 'superseded'],
    [
      'an earlier Create of a share that is retained',
      createEvent(),
      history(['DELETE_SKIPPED', 0], ['CREATE_COMPLETE', 1]),
      'done',
    ],
    ['an earlier Create, during an Update', createEvent(), history(['UPDATE_IN_PROGRESS', 0]), 'superseded'],
    [
      'a Create that an emulator records as an update without a physical ID',
      createEvent(),
      history(['UPDATE_IN_PROGRESS', 0, { physicalId: undefined }]),
      'awaited',
    ],
    [
      'an Update that is in progress',
      forward,
      history(['UPDATE_IN_PROGRESS', 0, { properties: share([A, B]) }]),
      'awaited',
    ],
    [
      'an Update that completed',
      forward,
      history(['UPDATE_COMPLETE', 0, { properties: share([A, B]) }]),
      'done',
    ],
    [
      'an Update, during its rollback',
      forward,
      history(['UPDATE_IN_PROGRESS', 0, { properties: share([A]) }]),
      'superseded',
    ],
    [
      'an Update that replaced the share, after the cleanup',
      replacement,
      history(['DELETE_COMPLETE', 0], ['UPDATE_COMPLETE', 1, REPLACED]),
      'done',
    ],
    [
      'an Update that replaced the share, which is being deleted',
      replacement,
      history(['DELETE_IN_PROGRESS', 0, REPLACED], ['UPDATE_COMPLETE', 1, REPLACED]),
      'superseded',
    ],
    [
      'the Update of a rollback',
      rollback,
      history(['UPDATE_IN_PROGRESS', 0, { properties: share([A]) }]),
      'awaited',
    ],
    [
      'an earlier Delete of a share that is retained now',
      deleteEvent(),
      history(['DELETE_SKIPPED', 0], ['DELETE_FAILED', 60]),
      'done',
    ],
    ['an Update, if the properties are not recorded', forward, history(['UPDATE_IN_PROGRESS', 0]), 'awaited'],
    [
      'an Update, if the recorded properties hide what they resolve to',
      forward,
      history(['UPDATE_IN_PROGRESS', 0, { properties: share(['{{resolve:ssm:/accounts}}']) }]),
      'awaited',
    ],
    [
      'a Delete that is in progress',
      deleteEvent(),
      history(['DELETE_IN_PROGRESS', 0], ['CREATE_COMPLETE', 60]),
      'awaited',
    ],
    [
      'a Delete that is not recorded',
      deleteEvent(),
      history(['UPDATE_COMPLETE', 60], ['CREATE_COMPLETE', 90]),
      'unknown',
    ],
    ['a Delete that failed', deleteEvent(), history(['DELETE_FAILED', 0]), 'awaited'],
    [
      'a Delete that failed before the share was created anew',
      deleteEvent(),
      history(['CREATE_COMPLETE', 0], ['DELETE_FAILED', 60]),
      'superseded',
    ],
    [
      'a Delete that completed',
      deleteEvent(),
      history(['DELETE_COMPLETE', 0], ['DELETE_IN_PROGRESS', 1]),
      'done',
    ],
    [
      'a Delete that completed before the share was created anew',
      deleteEvent(),
      history(
        ['CREATE_COMPLETE', 0],
        ['CREATE_IN_PROGRESS', 1, { physicalId: undefined }],
        ['DELETE_COMPLETE', 60],
      ),
      'done',
    ],
    [
      'the Delete of a replaced share, after one of another ID completed',
      deleteEvent(),
      history(['DELETE_IN_PROGRESS', 0], ['DELETE_COMPLETE', 60, { physicalId: 'other' }]),
      'awaited',
    ],
    ['an event without stack events', createEvent(), [], 'unknown'],
  ] as const)('%s: %#', (_, event, events, expected) => {
    expect(verdictOn(event, events).standing).toBe(expected);
  });
});

describe('another invocation may still be writing', () => {
  test.each([
    [
      'right after the event before ended',
      rollback,
      history(['UPDATE_IN_PROGRESS', 0], ['UPDATE_FAILED', 1]),
      true,
    ],
    ['not long after it ended', rollback, history(['UPDATE_IN_PROGRESS', 0], ['UPDATE_COMPLETE', 14]), true],
    ['no more after that', rollback, history(['UPDATE_IN_PROGRESS', 0], ['UPDATE_COMPLETE', 15]), false],
    ['not before the first event', createEvent(), history(['CREATE_IN_PROGRESS', 0]), false],
    [
      'at the Delete of a cancelled Create',
      deleteEvent(),
      history(['DELETE_IN_PROGRESS', 0], ['CREATE_FAILED', 1]),
      true,
    ],
    [
      'but not on the image of which a replacement took the place',
      deleteEvent(),
      history(
        ['DELETE_IN_PROGRESS', 0],
        ['UPDATE_COMPLETE', 1, { physicalId: 'share/new' }],
        ['CREATE_COMPLETE', 60],
      ),
      false,
    ],
  ] as const)('%s: %#', (_, event, events, expected) => {
    expect(verdictOn(event, events).unsettled).toBe(expected);
  });

  test.each([
    ['a Create', createEvent(), false],
    ['an Update', forward, 'unless unchanged'],
    ['a Delete', deleteEvent(), true],
  ] as const)('for all that is known of %s if CloudFormation cannot be asked', (_, event, expected) => {
    expect(settleFor(event, undefined)).toBe(expected);
  });
});

describe('older stack events are read', () => {
  const ended = (age: number) => NOW - age * SECOND;

  test.each([
    ['until there is one of the resource', createEvent(), [], ended(60), false],
    [
      'until it is known what ended in the seconds before',
      forward,
      history(['UPDATE_IN_PROGRESS', 0]),
      ended(14),
      false,
    ],
    ['no further', forward, history(['UPDATE_IN_PROGRESS', 0]), ended(15), true],
    [
      'until it is known whether a Delete completed',
      deleteEvent(),
      history(['CREATE_COMPLETE', 0]),
      ended(60),
      false,
    ],
    [
      'until it is known whether the Delete of that share completed',
      deleteEvent(),
      history(['DELETE_COMPLETE', 0, { physicalId: 'share/other' }]),
      ended(60),
      false,
    ],
    ['no further than a Delete', deleteEvent(), history(['DELETE_IN_PROGRESS', 0]), ended(60), true],
  ] as const)('%s: %#', (_, event, events, oldestAt, expected) => {
    expect(isEnoughHistory(event, events, oldestAt)).toBe(expected);
  });
});
