import { type Origin, originIn, successorIn } from '../../../lambda/guard/origin';
import type { StackEvent } from '../../../lambda/guard/stack-events';
import { copy, deleteEvent, OTHER_SOURCE, updateEvent } from '../copy/events';

const SENT = Date.UTC(2026, 0, 1, 12);
const ID = 'wsi-found0000';
const A = { properties: copy() };
const B = { properties: copy(OTHER_SOURCE) };

const deletion = deleteEvent('Images-Golden-1ABC', copy());
const rollback = updateEvent('wsi-old000000', copy(), copy(OTHER_SOURCE));

type Recorded = [status: string, seconds: number, more?: Partial<StackEvent>];

/** Stack events of the resource, oldest first: the status, and the seconds since the date of the event. */
function history(...events: Recorded[]): StackEvent[] {
  return events.map(([status, seconds, more]) => ({ status, at: SENT + seconds * 1_000, ...more }));
}

const FAILED: Recorded[] = [
  ['CREATE_IN_PROGRESS', -600, A],
  ['CREATE_FAILED', -500, A],
];
const DELETING: Recorded = ['DELETE_IN_PROGRESS', 0.5, { physicalId: deletion.PhysicalResourceId }];
const BEGUN: Recorded = ['CREATE_IN_PROGRESS', -300, A];
const CREATED: Recorded = ['CREATE_COMPLETE', -200, { ...A, physicalId: 'wsi-another00' }];
const UPDATED: Recorded[] = [
  ['CREATE_COMPLETE', -9_000, { ...A, physicalId: 'wsi-old000000' }],
  ['UPDATE_IN_PROGRESS', -600, { ...B, physicalId: 'wsi-old000000' }],
  ['UPDATE_FAILED', -500, { ...B, physicalId: 'wsi-old000000' }],
];
const ROLLING_BACK: Recorded = ['UPDATE_IN_PROGRESS', 0.5, { ...A, physicalId: 'wsi-old000000' }];

test.each<[string, Origin | undefined, typeof deletion | typeof rollback, StackEvent[], number]>([
  ['made by a Create that failed', 'lost', deletion, history(...FAILED, DELETING), -590],
  [
    'made a minute before the failed Create according to another clock',
    'lost',
    deletion,
    history(...FAILED, DELETING),
    -660,
  ],
  [
    'made by a late call a minute after the failed Create ended',
    'lost',
    deletion,
    history(...FAILED, DELETING),
    -440,
  ],
  ['made more than a minute before the failed Create', 'older', deletion, history(...FAILED, DELETING), -661],
  [
    'made more than a minute after the failed Create ended',
    'older',
    deletion,
    history(...FAILED, DELETING),
    -439,
  ],
  [
    'made by the failed Create, and left by the next one, which made another',
    'lost',
    deletion,
    history(...FAILED, BEGUN, CREATED, DELETING),
    -590,
  ],
  ['made by a Create that succeeded', 'older', deletion, history(BEGUN, CREATED, DELETING), -290],
  ['perhaps being found by the next Create', 'running', deletion, history(...FAILED, BEGUN, DELETING), -590],
  [
    'perhaps being found by a Create that began after the Delete',
    'running',
    deletion,
    history(...FAILED, DELETING, ['CREATE_IN_PROGRESS', 2, A]),
    -590,
  ],
  ['found by the first event that is shown', 'older', deletion, history(DELETING), -590],
  ['found by a Delete that is not shown yet', undefined, deletion, history(...FAILED), -590],
  ['made by a cancelled Update', 'lost', rollback, history(...UPDATED, ROLLING_BACK), -590],
  ['kept before the Update', 'older', rollback, history(...UPDATED, ROLLING_BACK), -9_000],
  [
    'made by an Update whose first rollback failed',
    'lost',
    rollback,
    history(...UPDATED, ['UPDATE_IN_PROGRESS', -400, A], ['UPDATE_FAILED', -300, A], ROLLING_BACK),
    -590,
  ],
])('an image that was %s is %s', (_, origin, event, events, seconds) => {
  const created = new Date(SENT + seconds * 1_000);
  expect(originIn(event, events, SENT, { id: ID, created })).toBe(origin);
});

test('an image is known if any stack event names it, even before the Delete is shown', () => {
  const events = history(...FAILED, ['UPDATE_COMPLETE', -100, { physicalId: ID }]);
  expect(originIn(deletion, events, SENT, { id: ID, created: new Date(SENT) })).toBe('known');
});

test('an image without a date is of unknown origin', () => {
  expect(originIn(deletion, history(...FAILED, DELETING), SENT, { id: ID })).toBeUndefined();
});

test.each<[string, Origin | undefined, StackEvent[]]>([
  ['was not created again', 'lost', history(...FAILED, DELETING)],
  [
    'was created again',
    'known',
    history(...FAILED, BEGUN, ['CREATE_COMPLETE', -200, { physicalId: ID }], DELETING),
  ],
  ['is being created again', 'running', history(...FAILED, BEGUN, DELETING)],
  ['was not created before either', 'lost', history(DELETING)],
  [
    'was created again at once',
    'known',
    history(['CREATE_FAILED', -500], ['CREATE_COMPLETE', -200, { physicalId: ID }], DELETING),
  ],
  [
    'was created right before',
    'lost',
    history(['CREATE_COMPLETE', -600, { physicalId: ID }], ['CREATE_FAILED', -500], DELETING),
  ],
  [
    'was created again, and failed after the Delete began',
    'known',
    history(...FAILED, ['CREATE_COMPLETE', -200, { physicalId: ID }], DELETING, ['CREATE_FAILED', 5]),
  ],
  ['failed again', 'lost', history(...FAILED, BEGUN, ['CREATE_FAILED', -200], DELETING)],
  [
    'was created and deleted before',
    'lost',
    history(['CREATE_COMPLETE', -900, { physicalId: ID }], ...FAILED, DELETING),
  ],
  [
    'never failed according to the stack events',
    'lost',
    history(['CREATE_COMPLETE', -900, { physicalId: ID }], DELETING),
  ],
  [
    'may have been created again, but the Delete is not shown yet',
    undefined,
    history(['CREATE_COMPLETE', -900, { physicalId: ID }]),
  ],
])('a resource whose Create failed and that %s is %s', (_, origin, events) => {
  expect(successorIn(deletion, events, SENT, ID)).toBe(origin);
});
