import {
  type CustomResourceEvent,
  onTheWire,
  readResponse,
} from '../../../simulator/cloudformation/protocol';

const IDS = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Thing' };
const VALID = { ...IDS, Status: 'SUCCESS', PhysicalResourceId: 'thing' };
const read = (body: string) => readResponse(body, IDS as CustomResourceEvent);

test('property values are strings on the wire, lists are lists', () => {
  expect(onTheWire({ Flag: true, Count: 3, List: ['a', 1], Nested: { Deep: false } })).toEqual({
    Flag: 'true',
    Count: '3',
    List: ['a', '1'],
    Nested: { Deep: 'false' },
  });
});

test.each([{}, { Data: { Color: 'red' }, NoEcho: true }, { Status: 'FAILED', Reason: 'no' }])(
  'a valid response with %j is accepted',
  (more) => {
    const response = { ...VALID, ...more };
    expect(read(JSON.stringify(response))).toEqual({ response, violations: [] });
  },
);

test.each<[object | string, string]>([
  [{ Data: { long: 'x'.repeat(4096) } }, 'but CloudFormation accepts at most 4096'],
  ['no', 'not a JSON object'],
  ['[]', 'not a JSON object'],
  [{ Status: 'FAILED' }, 'Reason is undefined'],
  [{ Reason: { a: 1 } }, 'Reason is {"a":1}'],
  [{ PhysicalResourceId: undefined }, 'PhysicalResourceId is missing'],
  [{ PhysicalResourceId: 'x'.repeat(1025) }, 'longer than 1024'],
  [{ LogicalResourceId: 'Other' }, 'LogicalResourceId is "Other", but the event has "Thing".'],
  [{ RequestId: 'other' }, 'RequestId is "other"'],
  [{ StackId: 'other' }, 'StackId is "other"'],
  [{ Status: 'OK' }, 'Status is "OK", but must be SUCCESS or FAILED.'],
  [{ NoEcho: 'true' }, 'NoEcho is not a boolean'],
  [{ Data: [] }, 'Data is not an object'],
  [{ Data: 'text' }, 'Data is not an object'],
])('%.60j is rejected: %s', (more, sentence) => {
  const { response, violations } = read(
    typeof more === 'string' ? more : JSON.stringify({ ...VALID, ...more }),
  );
  expect(response).toBeUndefined();
  expect(violations).toEqual([expect.stringContaining(sentence)]);
});
