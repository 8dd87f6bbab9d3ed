import { timeSent } from '../../../lambda/event/delivery';
import type { StackEvent } from '../../../lambda/guard/stack-events';
import { relevantSince, verdictOn } from '../../../lambda/guard/verdict';
import { A, B, createEvent, deleteEvent, OTHER_IMAGE, SHARE_ID, share, updateEvent } from '../share/events';

/** The date of an event that was sent 0.9 seconds later, because the date has no fractions. */
const SENT = Date.UTC(2026, 0, 1, 12);

type Recorded = [status: string, seconds: number, more?: Partial<StackEvent>];

/** Stack events of the share, oldest first: the status, and the seconds since the date of the event. */
function history(...events: Recorded[]): StackEvent[] {
  return events.map(([status, seconds, more]) => ({
    status,
    at: SENT + seconds * 1_000,
    physicalId: SHARE_ID,
    ...more,
  }));
}

const create = createEvent(share([A]));
const forward = updateEvent(share([A, B]), share([A]));
const rollback = updateEvent(share([A]), share([A, B]));
const replacement = updateEvent(share([A], { ImageId: OTHER_IMAGE }), share([A]));
const deletion = deleteEvent(share([A]));

const NEW = { physicalId: undefined, properties: share([A]) };
const FORWARD = { properties: share([A, B]) };
const ROLLBACK = { properties: share([A]) };
const REPLACED = { physicalId: 'share/new', properties: replacement.ResourceProperties };

test.each([
  ['a Create', create, history(['CREATE_IN_PROGRESS', 0.8, NEW])],
  ['an Update', forward, history(['UPDATE_IN_PROGRESS', 0.8, FORWARD])],
  ['a Delete', deletion, history(['DELETE_IN_PROGRESS', 0.8])],
  [
    'the Update of a rollback',
    rollback,
    history(
      ['UPDATE_IN_PROGRESS', -3, FORWARD],
      ['UPDATE_FAILED', -1.6, FORWARD],
      ['UPDATE_IN_PROGRESS', 0.8, ROLLBACK],
    ),
  ],
  [
    'an Update of the same second in which the event before ended',
    rollback,
    history(
      ['UPDATE_IN_PROGRESS', 0.1, FORWARD],
      ['UPDATE_COMPLETE', 0.4, FORWARD],
      ['UPDATE_IN_PROGRESS', 0.8, ROLLBACK],
    ),
  ],
  [
    'a Create that is sent again after it failed',
    create,
    history(['CREATE_FAILED', -60, NEW], ['CREATE_IN_PROGRESS', 0.8, NEW]),
  ],
  [
    'a Delete that is sent again after it failed',
    deletion,
    history(['DELETE_FAILED', -60], ['DELETE_IN_PROGRESS', 0.8]),
  ],
  [
    'a Delete, while other events follow',
    deletion,
    history(['DELETE_IN_PROGRESS', 0.8], ['UPDATE_COMPLETE', 2], ['DELETE_COMPLETE', 3, REPLACED]),
  ],
  [
    'an event whose beginning is recorded five seconds before it is sent',
    forward,
    history(['UPDATE_IN_PROGRESS', -5, FORWARD]),
  ],
  [
    'an event that has created a new physical ID, which is recorded as its beginning again',
    replacement,
    history(
      ['UPDATE_IN_PROGRESS', 0.8, { ...REPLACED, physicalId: SHARE_ID }],
      ['UPDATE_IN_PROGRESS', 3, REPLACED],
    ),
  ],
  ['an Update whose properties are not recorded', forward, history(['UPDATE_IN_PROGRESS', 0.8])],
  [
    'an Update whose properties are masked',
    forward,
    history(['UPDATE_IN_PROGRESS', 0.8, { properties: share('****') }]),
  ],
  [
    'an Update whose properties are dynamic references',
    forward,
    history(['UPDATE_IN_PROGRESS', 0.8, { properties: share(['{{resolve:ssm:/accounts}}']) }]),
  ],
  [
    'an Update that is recorded without the properties for CloudFormation',
    forward,
    history(['UPDATE_IN_PROGRESS', 0.8, { properties: { ...share([A, B]), ServiceTimeout: undefined } }]),
  ],
] as const)('CloudFormation waits for the response to %s', (_, event, events) => {
  expect(verdictOn(event, events, { sentAt: SENT, isLate: false }).status).toBe('awaited');
});

test.each([
  ['a Create that is complete', create, history(['CREATE_IN_PROGRESS', 0.8, NEW], ['CREATE_COMPLETE', 0.9])],
  [
    'an Update that replaced the share, and its cleanup',
    replacement,
    history(
      ['UPDATE_IN_PROGRESS', 0.8, { ...REPLACED, physicalId: SHARE_ID }],
      ['UPDATE_COMPLETE', 3, REPLACED],
      ['DELETE_IN_PROGRESS', 5],
      ['DELETE_COMPLETE', 6],
    ),
  ],
  ['a Delete that is complete', deletion, history(['DELETE_IN_PROGRESS', 0.8], ['DELETE_COMPLETE', 1])],
  ['a Delete whose beginning is not shown', deletion, history(['DELETE_COMPLETE', 3])],
  ['the retention of the share', create, history(['DELETE_SKIPPED', 60])],
  [
    'a Create with the same properties as one that is in progress',
    create,
    history(
      ['CREATE_IN_PROGRESS', 0.8, NEW],
      ['CREATE_COMPLETE', 2],
      ['DELETE_COMPLETE', 30],
      ['CREATE_IN_PROGRESS', 60, NEW],
    ),
  ],
] as const)('an event is done after %s', (_, event, events) => {
  expect(verdictOn(event, events, { sentAt: SENT, isLate: false }).status).toBe('done');
});

test.each([
  [
    'by its cancellation in the second in which it was sent',
    create,
    history(['CREATE_IN_PROGRESS', 0.8, NEW], ['CREATE_FAILED', 0.9, NEW]),
  ],
  ['by its cancellation, although its beginning is not shown', create, history(['CREATE_FAILED', 1, NEW])],
  [
    'by the Update of its rollback',
    forward,
    history(['UPDATE_IN_PROGRESS', 0.8, FORWARD], ['UPDATE_IN_PROGRESS', 4, ROLLBACK]),
  ],
  [
    'by a rollback with an unusual status',
    forward,
    history(['UPDATE_IN_PROGRESS', 0.8, FORWARD], ['UPDATE_ROLLBACK_IN_PROGRESS', 4, ROLLBACK]),
  ],
  ['by the next Update', forward, history(['UPDATE_IN_PROGRESS', 60, ROLLBACK])],
  ['by a Delete', create, history(['CREATE_IN_PROGRESS', 0.8, NEW], ['DELETE_IN_PROGRESS', 30])],
  [
    'by the failure of a Delete, although the share was created anew',
    deletion,
    history(['DELETE_IN_PROGRESS', 0.8], ['DELETE_FAILED', 9], ['CREATE_COMPLETE', 60]),
  ],
  [
    'if masked properties hide which Update is in progress',
    forward,
    history(
      ['UPDATE_IN_PROGRESS', 0.1, { properties: share('****') }],
      ['UPDATE_FAILED', 0.5],
      ['UPDATE_IN_PROGRESS', 2.9, { properties: share('****') }],
    ),
  ],
] as const)('an event is superseded %s', (_, event, events) => {
  expect(verdictOn(event, events, { sentAt: SENT, isLate: false }).status).toBe('superseded');
});

test.each([
  ['without stack events', create, history()],
  [
    'while only the events before it are shown',
    rollback,
    history(['UPDATE_IN_PROGRESS', -3, FORWARD], ['UPDATE_FAILED', -1.6, FORWARD]),
  ],
  [
    'while only an Update with the same properties is shown that ended before',
    rollback,
    history(['UPDATE_IN_PROGRESS', -3, ROLLBACK], ['UPDATE_COMPLETE', -1.6, ROLLBACK]),
  ],
  [
    'while only an earlier Update with the same properties is shown, without its end',
    rollback,
    history(['UPDATE_IN_PROGRESS', -5.1, ROLLBACK]),
  ],
  [
    'if its beginning is recorded after the second in which it was sent',
    forward,
    history(['UPDATE_IN_PROGRESS', 1, FORWARD]),
  ],
  ['if its status is unusual', rollback, history(['UPDATE_ROLLBACK_IN_PROGRESS', 0.8, ROLLBACK])],
  ['if a Create is recorded as an Update', create, history(['UPDATE_IN_PROGRESS', 0.8, ROLLBACK])],
  ['if its properties are unusual', forward, history(['UPDATE_IN_PROGRESS', 0.8, ROLLBACK])],
  ['if another physical ID is deleted', deletion, history(['DELETE_COMPLETE', 3, { physicalId: 'other' }])],
] as const)('it is not known whether an event is current %s, and then it settles', (_, event, events) => {
  expect(verdictOn(event, events, { sentAt: SENT, isLate: false })).toEqual({
    status: 'unknown',
    unsettled: true,
  });
});

test.each([
  [
    'right after that event ended',
    true,
    rollback,
    history(['UPDATE_FAILED', -1.6, FORWARD], ['UPDATE_IN_PROGRESS', 0.8, ROLLBACK]),
  ],
  [
    'less than 15 seconds after it ended',
    true,
    rollback,
    history(['UPDATE_COMPLETE', -14.1], ['UPDATE_IN_PROGRESS', 0.8, ROLLBACK]),
  ],
  [
    '15 seconds after it ended',
    false,
    rollback,
    history(['UPDATE_COMPLETE', -14.2], ['UPDATE_IN_PROGRESS', 0.8, ROLLBACK]),
  ],
  [
    'if its end is not recorded',
    true,
    deletion,
    history(['CREATE_IN_PROGRESS', -60, NEW], ['DELETE_IN_PROGRESS', 0.8]),
  ],
  ['before the first event', false, create, history(['CREATE_IN_PROGRESS', 0.8, NEW])],
  [
    'at the Delete of a cancelled Create',
    true,
    deletion,
    history(['CREATE_FAILED', -1.6, NEW], ['DELETE_IN_PROGRESS', 0.8]),
  ],
  [
    'at the Delete of a share that was replaced, whose image the Update did not change',
    false,
    deletion,
    history(['CREATE_COMPLETE', -60], ['UPDATE_COMPLETE', -0.2, REPLACED], ['DELETE_IN_PROGRESS', 0.8]),
  ],
] as const)(
  'an invocation for an earlier event may still be writing %s: %p',
  (_, expected, event, events) => {
    expect(verdictOn(event, events, { sentAt: SENT, isLate: false })).toEqual({
      status: 'awaited',
      unsettled: expected,
    });
  },
);

test('stack events of the 15 seconds before the beginning of an event are enough', () => {
  expect(relevantSince(SENT)).toBe(SENT - 20_000);
});

test.each([
  ['https://x.s3.amazonaws.com/x?X-Amz-Algorithm=AWS4&X-Amz-Date=20260101T120000Z&X-Amz-Expires=7200', SENT],
  ['https://x.s3.amazonaws.com/x?X-Amz-Date=20260101T120000Z', SENT],
  ['https://x.s3.amazonaws.com/x?Expires=1767268800&Signature=x', undefined],
  ['http://localhost:4566/response', undefined],
])('the response URL %s contains when the event was sent', (ResponseURL, expected) => {
  expect(timeSent(createEvent(share(), { ResponseURL }))).toBe(expected);
});
