import { isGone, isServiceError, isTemporary, isThrottled } from '../../lambda/service-errors';

const responded = (name: string, status = 400) =>
  Object.assign(new Error(), {
    name,
    $fault: status < 500 ? ('client' as const) : ('server' as const),
    $metadata: { httpStatusCode: status },
  });
const failed = (code: string) => Object.assign(new Error(), { code });
const timedOut = Object.assign(new Error(), { name: 'TimeoutError' });

test.each([
  ['an error of the service', responded('OperationNotSupportedException'), true],
  ['a failed connection', failed('ECONNREFUSED'), true],
  ['a timeout', timedOut, true],
  ['a fault of this program', new TypeError('x is not a function'), false],
  ['a fault that Node.js reports with a code', failed('ERR_INVALID_ARG_TYPE'), false],
])('%s is recognized', (_, error, expected) => {
  expect(isServiceError(error)).toBe(expected);
});

test.each([
  ['throttling', responded('ThrottlingException'), 0, true],
  ['an internal error', responded('InternalServerException', 500), 0, true],
  ['a reset connection', failed('ECONNRESET'), 0, true],
  ['a timeout', timedOut, 0, true],
  ['a refusal', responded('OperationNotSupportedException'), 0, false],
  ['a host that does not exist', failed('ENOTFOUND'), 0, false],
  ['a denial, while a new policy spreads', responded('AccessDeniedException'), 29_999, true],
  ['a denial after that', responded('AccessDeniedException'), 30_000, false],
])('%s: repeated or not', (_, error, elapsed, expected) => {
  expect(isTemporary(error, elapsed)).toBe(expected);
});

test('throttling and a missing image are distinguished from other errors', () => {
  expect(isThrottled(responded('ThrottlingException'))).toBe(true);
  expect(isThrottled(responded('AccessDeniedException'))).toBe(false);
  expect(isGone(responded('ResourceNotFoundException'))).toBe(true);
  expect(isGone(responded('AccessDeniedException'))).toBe(false);
});
