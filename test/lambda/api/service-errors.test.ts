import {
  isCertificateError,
  isForeign,
  isGone,
  isThrottled,
  patienceFor,
  quote,
  ServiceError,
} from '../../../lambda/api/service-errors';

const FOREVER = Number.POSITIVE_INFINITY;

/** An exception of the service. */
const responded = (name: string, status = 400) =>
  new ServiceError(
    Object.assign(new Error('Because.'), {
      name,
      $fault: 'client' as const,
      $metadata: { httpStatusCode: status },
    }),
  );
/** An error without a response. */
const failed = (code: string) => new ServiceError(Object.assign(new Error(`It failed: ${code}`), { code }));
/** A response that is not the service's. */
const foreign = (status: number, body: string) =>
  new ServiceError(
    Object.assign(new SyntaxError(`${body} is not valid JSON\n  Deserialization error: see $response.`), {
      $metadata: { httpStatusCode: status },
    }),
  );
const timedOut = new ServiceError(Object.assign(new Error('Too late.'), { name: 'TimeoutError' }));
const cut = new ServiceError(
  Object.assign(new Error('aborted'), { code: 'ECONNRESET', $metadata: { httpStatusCode: 200 } }),
);
const HTML = '<html>';

test.each([
  ['throttling', responded('ThrottlingException'), FOREVER],
  ['a response 429 of a proxy', foreign(429, 'Too many requests'), FOREVER],
  ['an internal error', responded('InternalServerException', 500), FOREVER],
  ['an internal error with another status', responded('SomethingNew', 599), FOREVER],
  ['an HTML page with 502', foreign(502, HTML), FOREVER],
  ['an HTML page with 503', foreign(503, HTML), FOREVER],
  ['a reset connection', failed('ECONNRESET'), FOREVER],
  ['a refused connection', failed('ECONNREFUSED'), FOREVER],
  ['a name server that does not respond', failed('EAI_AGAIN'), FOREVER],
  ['a timeout', timedOut, FOREVER],
  ['a body that is cut', cut, FOREVER],
  ['a name that does not resolve', failed('ENOTFOUND'), 60_000],
  ['a busy resource', failed('EBUSY'), 60_000],
  ['too many open files', failed('EMFILE'), 60_000],
  ['an HTML page with 403', foreign(403, HTML), 60_000],
  ['a text with 400', foreign(400, 'Rate exceeded'), 60_000],
  ['an HTML page with 200', foreign(200, HTML), 60_000],
  ['an image that is not available', responded('ResourceUnavailableException'), 60_000],
  ['a denial, which ends when a new policy has propagated', responded('AccessDeniedException'), 30_000],
  ['a refusal', responded('OperationNotSupportedException'), 0],
  ['an image that is gone', responded('ResourceNotFoundException'), 0],
  ['a certificate that is not accepted', failed('SELF_SIGNED_CERT_IN_CHAIN'), 0],
])('a call is repeated for as long as its error may pass: %s', (_, error, expected) => {
  expect(patienceFor(error)).toBe(expected);
});

test.each([
  ['an exception', responded('ThrottlingException'), '"ThrottlingException: Because"'],
  ['a failed connection', failed('ENOTFOUND'), '"ENOTFOUND: It failed: ENOTFOUND"'],
  ['a timeout', timedOut, '"TimeoutError: Too late"'],
  ['an HTML page', foreign(503, HTML), '"HTTP 503: <html> is not valid JSON"'],
  ['a body that is cut', cut, '"ECONNRESET: aborted"'],
])('%s is quoted with a code and a text', (_, error, expected) => {
  expect(quote(error)).toBe(expected);
});

test('a long text is cut to 300 characters', () => {
  expect(quote(failed('y'.repeat(289)))).toContain(`: It failed: ${'y'.repeat(289)}"`);
  expect(quote(failed('y'.repeat(290)))).toContain(`: It failed: ${'y'.repeat(289)}..."`);
});

test.each([
  ['an exception with 4xx', responded('AccessDeniedException'), true],
  ['an exception with 5xx', responded('InternalServerException', 500), false],
  ['an HTML page with 403', foreign(403, HTML), false],
  ['a body that is cut', cut, false],
  ['a timeout', timedOut, false],
])('only the service itself can refuse a call for certain: %s', (_, error, expected) => {
  expect(error.isRefusal).toBe(expected);
});

test.each([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])('%s is an error of a certificate', (code) => {
  expect(isCertificateError(failed(code))).toBe(true);
  expect(isCertificateError(failed('ECONNRESET'))).toBe(false);
});

test('throttling, a missing image and the response of a proxy are distinguished from other errors', () => {
  expect(isThrottled(responded('ThrottlingException'))).toBe(true);
  expect(isThrottled(responded('AccessDeniedException'))).toBe(false);
  expect(isGone(responded('ResourceNotFoundException'))).toBe(true);
  expect(isGone(responded('AccessDeniedException'))).toBe(false);
  expect(isForeign(foreign(503, HTML))).toBe(true);
  expect(isForeign(responded('InternalServerException', 503))).toBe(false);
});
