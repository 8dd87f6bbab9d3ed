import { notCopied, notDeleted, notRead, reasonFor, wrongOwner } from '../../../lambda/copy/failures';
import { OutOfTime } from '../../../lambda/workspaces/patience';
import { ServiceError } from '../../../lambda/workspaces/service-errors';

const LOCATION = { region: 'eu-west-1', accountId: '123456789012' };
const SOURCE = { imageId: 'wsi-8t4x2k9p7', region: 'us-east-1', accountId: '111122223333' };

const unreachable = new ServiceError(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
const other = new ServiceError(
  Object.assign(new Error('Not this one.'), {
    name: 'InvalidParameterValuesException',
    $fault: 'client' as const,
  }),
);

test.each([
  [notRead('us-east-1', unreachable), 'us-east-1'],
  [notCopied(SOURCE, unreachable, LOCATION), 'eu-west-1'],
  [notDeleted('wsi-copy00001', unreachable, LOCATION), 'eu-west-1'],
  [new OutOfTime(unreachable), 'eu-west-1'],
])('an API that does not respond is to be checked in its Region', (error, region) => {
  expect(reasonFor(error, LOCATION)).toContain(
    `"ECONNREFUSED: connect". The WorkSpaces API in ${region} does not respond. In a VPC, check the function's route to it.`,
  );
});

test('the service can be busy without an error', () => {
  expect(reasonFor(new OutOfTime(), LOCATION)).toBe(
    'The function timed out. Try again when the service is less busy.',
  );
});

test('an error that is not known leads to the log', () => {
  expect(notRead('us-east-1', other).message).toBe(
    'The images in us-east-1 could not be read: "InvalidParameterValuesException: Not this one.". Deploy again. If it fails again, see the function\'s log.',
  );
});

test('an owner can be unknown', () => {
  expect(wrongOwner(SOURCE).message).toContain('belongs to another account, not to 111122223333');
});
