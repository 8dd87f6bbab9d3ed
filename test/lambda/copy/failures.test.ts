import { ServiceError } from '../../../lambda/api/service-errors';
import { IMAGE, notCopied, notReady, wrongOwner } from '../../../lambda/copy/failures';
import { notDeleted, notRead, timedOut } from '../../../lambda/named/failures';

const LOCATION = { region: 'eu-west-1', accountId: '123456789012' };
const SOURCE = { imageId: 'wsi-8t4x2k9p7', region: 'us-east-1', accountId: '111122223333' };

const unreachable = new ServiceError(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
const other = new ServiceError(
  Object.assign(new Error('Not this one.'), {
    name: 'InvalidParameterValuesException',
    $fault: 'client' as const,
  }),
);

const exception = (name: string, message: string) =>
  new ServiceError(Object.assign(new Error(message), { name, $fault: 'client' as const }));

test.each([
  [notRead(IMAGE, 'us-east-1', unreachable, LOCATION), 'us-east-1'],
  [notCopied(SOURCE, unreachable, LOCATION), 'eu-west-1'],
  [notDeleted(IMAGE, 'wsi-copy00001', LOCATION, unreachable), 'eu-west-1'],
  [timedOut(LOCATION, true, unreachable), 'eu-west-1'],
])('an API that does not respond is to be checked in its Region (%#)', (error, region) => {
  expect(error.message).toContain(
    `"ECONNREFUSED: connect". The WorkSpaces API in ${region} does not respond. In a VPC, check the function's route to it.`,
  );
});

test.each([
  ['ENOTFOUND', 'The function cannot find the WorkSpaces API in us-east-1. Check the Region of the source.'],
  ['UnrecognizedClientException', 'The Region us-east-1 is not enabled for account 123456789012.'],
  ['InvalidClientTokenId', 'The Region us-east-1 is not enabled for account 123456789012.'],
])('an error of the Region of the source leads to advice on the source (%s)', (code, advice) => {
  const error = new ServiceError(Object.assign(new Error('x'), { code }));
  expect(notRead(IMAGE, 'us-east-1', error, LOCATION).message).toContain(advice);
});

test.each([
  ['ENOTFOUND', 'Deploy to a Region with WorkSpaces.'],
  ['UnrecognizedClientException', "Deploy again. If it fails again, see the function's log."],
])("an error of the function's own Region does not lead to advice on the source (%s)", (code, advice) => {
  const error = new ServiceError(Object.assign(new Error('x'), { code }));
  expect(notRead(IMAGE, 'eu-west-1', error, LOCATION).message).toContain(advice);
});

test.each([
  ['Too many image copies in progress.', 'Wait until other copies are AVAILABLE, and deploy again.'],
  ['The number of images is exceeded.', 'Delete images, or request a higher quota.'],
])('the advice for an exceeded limit follows from its message: %s', (message, advice) => {
  const error = exception('ResourceLimitExceededException', message);
  expect(notCopied(SOURCE, error, LOCATION).message).toContain(advice);
});

test.each([
  ['ResourceAssociatedException', 'Unshare it, and delete the bundles that use it'],
  ['InvalidResourceStateException', 'Unshare it, and delete the bundles that use it'],
  ['AccessDeniedException', 'Check that no service control policy denies workspaces:DeleteWorkspaceImage'],
  ['OperationNotSupportedException', 'Check its state. Then delete the image.'],
])('the advice for a refused deletion follows from the error: %s', (name, advice) => {
  const { message } = notDeleted(IMAGE, 'wsi-copy00001', LOCATION, exception(name, 'No.'));
  expect(message).toContain(`Image wsi-copy00001 could not be deleted: "${name}: No". `);
  expect(message).toContain(advice);
  // In the cleanup of an update, deleting the stack would also delete the new copy.
  expect(message).toMatch(/Then delete the image\.$/);
});

test('the service can be busy without an error', () => {
  expect(timedOut(LOCATION, false).message).toBe(
    'The function timed out. Try again when the service is less busy.',
  );
});

test('an error that is not known leads to the log', () => {
  expect(notRead(IMAGE, 'us-east-1', other, LOCATION).message).toBe(
    'The images in us-east-1 could not be read: "InvalidParameterValuesException: Not this one". Deploy again. If it fails again, see the function\'s log.',
  );
});

test('an owner can be unknown', () => {
  expect(wrongOwner(SOURCE).message).toContain('belongs to another account, not to 111122223333');
});

test('the time that a copy has taken is not stated if the service does not say when it began', () => {
  expect(notReady({ id: 'wsi-copy00001', state: 'PENDING' }).message).toBe(
    'Image wsi-copy00001 is still being copied, in the state PENDING. Increase timeout, and deploy again.',
  );
});
