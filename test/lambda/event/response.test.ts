import { documentOf, type Response } from '../../../lambda/event/response';
import { useFunction } from '../../support/function-harness';
import { A, createEvent, deleteEvent, IMAGE, share } from '../share/events';

const harness = useFunction();

test('the response is sent without a content type, as the signature of its URL requires', async () => {
  await harness.send(createEvent(share([A])));
  expect(harness.deliveries).toMatchObject([{ headers: { 'content-type': '' } }]);
});

test('a response URL with https is called with TLS', async () => {
  const ResponseURL = harness.responseUrl.replace('http:', 'https:');
  await expect(harness.send(createEvent(share([A]), { ResponseURL }))).rejects.toThrow(/: EPROTO\.$/);
});

test.each([
  ['responds 5xx', [502, 504]],
  ['cuts the connection', ['cut', 'cut']],
  ['does not respond', ['slow']],
] as const)('the response is sent again if S3 %s, and the work is not repeated', async (_, faults) => {
  harness.responseFaults.push(...faults);
  expect((await harness.send(createEvent(share([A])))).Status).toBe('SUCCESS');
  expect(harness.deliveries).toHaveLength(faults.length + 1);
  expect(new Set(harness.deliveries.map(({ body }) => body)).size).toBe(1);
  expect(harness.changes()).toEqual([`+${A}`]);
});

test.each([
  ['S3 refuses it', [403], ['403'], []],
  ['four attempts failed', [500, 'cut', 500, 503], ['500', 'ECONNRESET', '500', '503'], [200, 400, 800]],
  ['a slow attempt is refused at last', ['slow', 403], ['timeout', '403'], [5_200]],
] as const)('the invocation fails when %s', async (_, faults, results, waits) => {
  harness.responseFaults.push(...faults);
  await expect(harness.send(createEvent(share([A])))).rejects.toThrow(
    `The response could not be delivered to CloudFormation: ${results.at(-1)}.`,
  );
  expect(harness.logged('responded').map(({ result }) => result)).toEqual(results);
  const times = harness.deliveries.map(({ at }) => at);
  expect(times.slice(1).map((at, index) => at - (times[index] as number))).toEqual(waits);
});

test('the response URL, which is a credential, is never logged', async () => {
  harness.responseFaults.push(500, 'cut', 'slow', 500);
  await harness.send(createEvent(share([A]))).catch((error) => harness.logLines.push(String(error.stack)));
  await harness.send(createEvent(share(['bad'])));
  await harness.send(deleteEvent(share([A])));
  expect(harness.logLines.length).toBeGreaterThan(10);
  const { pathname } = new URL(harness.responseUrl);
  expect(harness.logLines.filter((line) => line.includes(pathname))).toEqual([]);
});

const response: Response = {
  Status: 'FAILED',
  Reason: '',
  PhysicalResourceId: `nothing/${'x'.repeat(200)}`,
  StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Images/1',
  RequestId: 'request',
  LogicalResourceId: IMAGE,
};

test('a response of 4,096 bytes is complete', () => {
  const room = 4_096 - Buffer.byteLength(JSON.stringify(response));
  const Reason = 'x'.repeat(room);
  expect(JSON.parse(documentOf({ ...response, Reason }))).toEqual({ ...response, Reason });
});

test.each([
  ['letters', 'abcdefghij'.repeat(2_000)],
  ['characters of two bytes', 'é'.repeat(4_096)],
  ['characters of two code units', '😀'.repeat(4_096)],
  ['characters that are escaped', '\u0000"\\'.repeat(2_000)],
])('the reason of a response that would be larger is cut by little more than necessary (%s)', (_, Reason) => {
  const document = documentOf({ ...response, Reason });
  const { Reason: cut, ...rest } = JSON.parse(document);
  expect(Buffer.byteLength(document)).toBeLessThanOrEqual(4_096);
  expect(Buffer.byteLength(document)).toBeGreaterThan(4_000);
  expect(cut).toMatch(/ …$/);
  expect(Reason.startsWith(cut.slice(0, -3))).toBe(true);
  expect(rest).toEqual({ ...response, Reason: undefined });
});
