import type { Call, Fault } from '../../../simulator/workspaces-endpoint';
import { useFunction } from '../../support/function-harness';
import { secondsOf } from '../../support/seconds-of';
import { A, B, C, createEvent, deleteEvent, IMAGE, NOTHING_ID, numbered, share, updateEvent } from './events';

const harness = useFunction({ latency: 50 });

const isWrite = ({ operation }: Call) => operation === 'UpdateWorkspaceImagePermission';
const HTML =
  '<html><head><title>503 Service Unavailable</title></head><body>No server is available.</body></html>';
const html = (status: number): Fault => ({ kind: 'foreign', status, contentType: 'text/html', body: HTML });
const text = (status: number, body: string): Fault => ({
  kind: 'foreign',
  status,
  contentType: 'text/plain',
  body,
});

/** Makes the first calls that match fail. */
function failFirst(matches: (call: Call) => boolean, ...faults: Fault[]) {
  harness.endpoint.onCall = (call) => (matches(call) ? faults.shift() : undefined);
}

/** Makes all calls fail for some seconds. */
function failFor(seconds: number, fault: Fault) {
  const until = harness.clock.now() + seconds * 1_000;
  harness.endpoint.onCall = () => (harness.clock.now() < until ? fault : undefined);
}

test('permissions are read page by page', async () => {
  const accounts = numbered(60);
  await harness.send(createEvent(share(accounts)));
  expect(harness.accounts()).toEqual(accounts);
  expect(harness.logged('read').map(({ permitted }) => permitted)).toEqual([0, 60]);
  expect(harness.endpoint.calls.filter((call) => !isWrite(call))).toHaveLength(1 + 3);
});

test('reading stops between two pages when there is no time left', async () => {
  harness.endpoint.addImage({ imageId: IMAGE, sharedWith: numbered(1_000) });
  harness.endpoint.latency = 2_000;
  harness.timeout = 60_000;
  const ended = harness.send(updateEvent(share([A, B]), share([A])));
  expect(await secondsOf(harness, ended)).toBeLessThan(60 - 40 + 3);
  expect((await ended).Reason).toContain('timed out');
});

const EVENTS = [
  ['a Create', createEvent(share([A])), [A]],
  ['an Update', updateEvent(share([A]), share([B])), [A]],
  ['the Update of a rollback', updateEvent(share([B]), share([A])), [B]],
  ['a Delete', deleteEvent(share([A, B])), []],
] as const;
for (const [name, event, expected] of EVENTS) {
  test.each<[string, Fault, number]>([
    ['are throttled', { kind: 'error', name: 'ThrottlingException' }, 10],
    ['fail inside the service', { kind: 'error', name: 'InternalServerException', status: 500 }, 10],
    ['lose their connection', { kind: 'cut' }, 10],
    ['get a response whose body is cut', { kind: 'truncate' }, 10],
    ['get a response whose body stalls', { kind: 'stall' }, 12],
    ['get an HTML page with 502', html(502), 10],
    ['get an HTML page with 503', html(503), 10],
    ['get an HTML page with 200', html(200), 10],
    ['get an HTML page with 403', html(403), 10],
    ['get a text with 429', text(429, 'Too Many Requests'), 10],
    ['get the text "Rate exceeded" with 400', text(400, 'Rate exceeded'), 10],
    ['find the image in a state that passes', { kind: 'error', name: 'ResourceUnavailableException' }, 12],
    ['are denied while a new policy propagates', { kind: 'error', name: 'AccessDeniedException' }, 25],
  ])(`${name} succeeds although calls %s for some seconds`, async (_, fault, seconds) => {
    failFor(seconds, fault);
    const response = await harness.send(event);
    expect(response.Status).toBe('SUCCESS');
    expect(harness.accounts()).toEqual(expected);
  });
}

test.each<[string, Fault, RegExp, number, number]>([
  [
    'a denial',
    { kind: 'error', name: 'AccessDeniedException' },
    /AccessDeniedException.*service control/,
    30,
    45,
  ],
  ['an unavailable image', { kind: 'error', name: 'ResourceUnavailableException' }, /AVAILABLE/, 60, 70],
  [
    'an HTML page with 403',
    html(403),
    /"HTTP 403: text\/html: <html><head><title>503 Service Unavailable<\/title>.*"\. .* from a proxy/,
    60,
    70,
  ],
  ['a refusal', { kind: 'error', name: 'OperationNotSupportedException' }, /BYOL/, 0, 1],
])('%s that does not pass ends the event', async (_, fault, reason, least, most) => {
  failFor(3_600, fault);
  const ended = harness.send(createEvent(share([A])));
  const seconds = await secondsOf(harness, ended);
  expect((await ended).Reason).toMatch(reason);
  expect(seconds).toBeGreaterThanOrEqual(least);
  expect(seconds).toBeLessThan(most);
});

test.each(['{"ImagePermissions": []}', ''])(
  'a response with a wrong type is read all the same (%j)',
  async (body) => {
    failFirst(({ operation }) => operation.startsWith('Describe'), {
      kind: 'foreign',
      status: 200,
      contentType: 'text/html; charset=utf-8',
      body,
    });
    expect((await harness.send(createEvent(share([A])))).Status).toBe('SUCCESS');
    expect(harness.logged('read failed')).toEqual([]);
  },
);

test('an error of the moment does not shorten the time for the next one', async () => {
  harness.endpoint.latency = 4_000;
  failFirst(({ accountId }) => accountId === A, ...Array(3).fill(html(403)));
  harness.endpoint.readLag = 50_000;
  expect((await harness.send(updateEvent(share([A, B]), share([])))).Status).toBe('SUCCESS');
});

test('calls that fail are repeated after a pause that doubles, and throttled calls at once', async () => {
  failFirst(isWrite, ...Array(5).fill({ kind: 'error', name: 'ResourceUnavailableException' }));
  const seconds = await secondsOf(harness, harness.send(updateEvent(share([A]), share([]))));
  expect(seconds).toBeCloseTo(0.25 + 0.5 + 1 + 2 + 4 + 7 * 0.05);
});

test('calls that fail at the same time are repeated after one pause', async () => {
  failFirst(isWrite, ...Array(5).fill({ kind: 'error', name: 'ResourceUnavailableException' }));
  const accounts = numbered(5);
  const seconds = await secondsOf(harness, harness.send(updateEvent(share(accounts), share([]))));
  expect(seconds).toBeCloseTo(0.25 + 3 * 0.05);
});

test('the end of the invocation is reported with the last error, unless later calls succeeded', async () => {
  harness.timeout = 60_000;
  failFor(3_600, html(503));
  expect((await harness.send(createEvent(share([A])))).Reason).toMatch(
    /^The function timed out.*The last error of the service: "HTTP 503: .*from a proxy/,
  );
  failFor(2, html(503));
  harness.endpoint.latency = 4_000;
  const response = await harness.send(updateEvent(share(numbered(400)), share([])));
  expect(response.Reason).toMatch(/^The function timed out .* were updated\. Try again/);
});

test('a call without a response is repeated, and its change must show for 15 seconds', async () => {
  failFirst(isWrite, { kind: 'delay', ms: 7_000 });
  const seconds = await secondsOf(harness, harness.send(createEvent(share([A]))));
  expect(seconds).toBeGreaterThan(5 + 15);
  expect(seconds).toBeLessThan(30);
  expect(harness.accounts()).toEqual([A]);
});

test.each<[string, Fault]>([
  ['whose body is cut', { kind: 'truncate', after: true }],
  ['whose body stalls', { kind: 'stall', after: true }],
  ['that a proxy answered', { ...html(502), after: true } as Fault],
  ['that lost its connection', { kind: 'cut', after: true }],
  ['that failed inside the service', { kind: 'error', name: 'X', status: 500, after: true }],
])(
  'a call %s is undone if the Create fails, because the service may have carried it out',
  async (_, fault) => {
    harness.timeout = 200_000;
    harness.endpoint.onCall = ({ accountId, allow }) => {
      if (allow && accountId === A) {
        return fault;
      }
      return allow ? { kind: 'error', name: 'OperationNotSupportedException' } : undefined;
    };
    const response = await harness.send(createEvent(share([A, C])));
    expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING_ID });
    expect(response.Reason).toContain('The permissions are as before.');
    expect(harness.changes()).toContain(`-${A}`);
    expect(harness.accounts()).toEqual([]);
  },
);

test('calls stay within the rate of the service: 2 calls per second with a burst of 5', async () => {
  harness.endpoint.rate = { perSecond: 2, burst: 5 };
  const needed = 1 + 40 + 2;
  const seconds = await secondsOf(harness, harness.send(createEvent(share(numbered(40)))));
  expect(seconds).toBeLessThan((1.2 * (needed - 5)) / 2);
  const throttled = harness.endpoint.calls.filter((call) => call.throttled).length;
  expect(throttled / harness.endpoint.calls.length).toBeLessThan(0.25);
});

test('each attempt to change a permission follows a question to CloudFormation that is at most 4.5 seconds old', async () => {
  harness.endpoint.rate = { perSecond: 2, burst: 5 };
  await harness.send(createEvent(share(numbered(20))));
  const asked = harness.cloudFormation.calls.map(({ at }) => at);
  for (const { at } of harness.endpoint.calls.filter(isWrite)) {
    expect(asked.some((when) => when <= at && at - when <= 4_600)).toBe(true);
  }
});

test('no permission is changed once the event is superseded, not even by a retry of the SDK', async () => {
  const event = updateEvent(share([A, B]), share([A]));
  failFirst(isWrite, { kind: 'delay', ms: 7_000 });
  const ended = harness.send(event);
  void harness.clock.sleep(1_000).then(() => harness.record(event, 'UPDATE_FAILED'));
  expect((await ended).Reason).toContain('no longer waits');
  expect(harness.changes()).toEqual([`+${B}`]);
});

test('each call is logged on its own line', async () => {
  failFirst(isWrite, { kind: 'error', name: 'ResourceUnavailableException', message: 'Busy.' });
  await harness.send(createEvent(share([A])));
  await harness.send(deleteEvent(share([A])));
  const entry = { level: 'INFO', imageId: IMAGE, account: A };
  expect(harness.logged('granted')).toEqual([{ ...entry, message: 'granted' }]);
  expect(harness.logged('revoked')).toEqual([{ ...entry, message: 'revoked' }]);
  expect(harness.logged('grant failed')).toEqual([
    {
      ...entry,
      level: 'WARN',
      message: 'grant failed',
      error: 'ResourceUnavailableException',
      reason: 'Busy.',
    },
  ]);
});
