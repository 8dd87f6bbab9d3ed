import { NotAwaited } from '../../lambda/awaiting';
import { leftBehindReason, reasonFor } from '../../lambda/failure-reason';
import type { Plan } from '../../lambda/plan';
import { InvalidProperties } from '../../lambda/properties';
import { AlreadyShared, CallsRefused, NotVisible, OutOfTime, ReadRefused } from '../../lambda/reconciliation';
import type { ServiceError } from '../../lambda/service-errors';
import { A, B, IMAGE } from './events';

const LOCATION = { region: 'eu-west-1', accountId: '123456789012' };

function serviceError(name: string, message = 'Because.', more: object = {}): ServiceError {
  return Object.assign(new Error(message), { name, $fault: 'client' as const, ...more });
}

function refused(error: ServiceError, accounts = [A], allow = true): CallsRefused {
  return new CallsRefused(new Map(accounts.map((account) => [account, { allow, error }])));
}

const reason = (error: unknown) => reasonFor(error, LOCATION, IMAGE);

test.each([
  [
    'invalid properties',
    new InvalidProperties(['The image ID is missing.', 'Another problem.']),
    'Invalid properties, so nothing was changed. The image ID is missing. Another problem.',
  ],
  [
    'permissions that exist, with an order that loses no permission',
    new AlreadyShared([A, B]),
    `Image ${IMAGE} is already shared with ${A} and ${B}, but not by this share. If another share owns these permissions, remove the accounts from this one. To take them over, deploy with adoptExisting: true and removalPolicy: RemovalPolicy.RETAIN, then remove both properties and deploy again. To take them over from another share, first deploy that one with RemovalPolicy.RETAIN.`,
  ],
  [
    'a refused grant',
    refused(serviceError('OperationNotSupportedException', 'BYOL.'), [A, B]),
    `Image ${IMAGE} could not be shared with ${A} and ${B}: "OperationNotSupportedException: BYOL.". A BYOL image can only be shared with accounts that are enabled for BYOL and belong to the same organization. In AWS GovCloud (US), AWS Support shares BYOL images.`,
  ],
  [
    'a refused revoke',
    refused(serviceError('ResourceUnavailableException', 'Busy.'), [A], false),
    `Image ${IMAGE} could not be unshared from ${A}: "ResourceUnavailableException: Busy.". Wait until ${IMAGE} is AVAILABLE, and deploy again.`,
  ],
  [
    'a grant and a revoke that are refused',
    new CallsRefused(
      new Map([
        [B, { allow: false, error: serviceError('ResourceUnavailableException', 'Busy.') }],
        [A, { allow: true, error: serviceError('OperationNotSupportedException', 'BYOL.') }],
      ]),
    ),
    `Image ${IMAGE} could not be shared with ${A} or unshared from ${B}: "ResourceUnavailableException: Busy.". Wait until ${IMAGE} is AVAILABLE, and deploy again.`,
  ],
  [
    'a refused read',
    new ReadRefused(serviceError('ResourceNotFoundException', 'No such image.')),
    `The permissions of image ${IMAGE} could not be read: "ResourceNotFoundException: No such image.". Account 123456789012 has no image ${IMAGE} in eu-west-1. Check the image ID, and deploy the share in the account and Region of the image.`,
  ],
  [
    'changes that do not show',
    new NotVisible([A]),
    `The changes to image ${IMAGE} were accepted, but reads still do not show them for ${A} after 60 seconds. Check CloudTrail for other callers of UpdateWorkspaceImagePermission, and deploy again.`,
  ],
  [
    'a timeout',
    new OutOfTime(),
    `The function timed out before all permissions of image ${IMAGE} were updated. Deploy again when the service is less busy, or change fewer accounts at a time.`,
  ],
  [
    'a timeout after an error',
    new OutOfTime(serviceError('ThrottlingException', 'Rate exceeded')),
    `The function timed out before all permissions of image ${IMAGE} were updated. The last error of the service: "ThrottlingException: Rate exceeded". Deploy again when the service is less busy, or change fewer accounts at a time.`,
  ],
  [
    'an event that is not awaited',
    new NotAwaited('superseded'),
    'The function stopped because, according to the stack events, CloudFormation no longer waits for this event. If the deployment failed with this message, deploy again.',
  ],
  [
    'a fault of the function, which is not blamed on the service',
    new TypeError('x is not a function'),
    "The function failed unexpectedly: x is not a function. Please report this with the function's log.",
  ],
])('%s', (_, error, expected) => {
  expect(reason(error)).toBe(expected);
});

test.each([
  ['AccessDeniedException', /service control policy.*statements listed in the README/],
  ['InvalidResourceStateException', /AVAILABLE/],
  ['InvalidParameterValuesException', /each account exists and is not the owner/],
  ['ValidationException', /each account exists and is not the owner/],
  ['ENOTFOUND', /cannot find the WorkSpaces API in eu-west-1.*In a VPC, check DNS/],
  ['ECONNREFUSED', /does not respond\. In a VPC, check the function's route/],
  ['ETIMEDOUT', /does not respond/],
  ['TimeoutError', /does not respond/],
  ['SomethingNewException', /Deploy again\. If it fails again, see the function's log\./],
])('%s comes with advice', (name, advice) => {
  const code = name.startsWith('E') ? { code: name } : {};
  expect(reason(refused(serviceError(name, 'Because.', code)))).toMatch(advice);
});

test('a long message of the service is cut', () => {
  expect(reason(refused(serviceError('X', 'y'.repeat(301))))).toContain(`${'y'.repeat(300)}..."`);
  expect(reason(refused(serviceError('X', 'y'.repeat(300))))).toContain(`${'y'.repeat(300)}"`);
});

test.each([
  ['undefined, if a later event undoes it', 'ignore', undefined, []],
  ['nothing', 'refuse', [], ['The permissions are as before.']],
  [
    'permissions that its Delete revokes',
    'refuse',
    [A],
    [`Deleting this resource, as a rollback does, revokes the permission of ${A}.`],
  ],
  [
    'permissions that no other event knows of',
    'adopt',
    [A],
    [
      `These accounts may still have permission: ${A}. Revoke it by hand, or deploy again with adoptExisting.`,
    ],
  ],
] as const)('a failed event leaves behind %s', (_, existing, left, expected) => {
  expect(leftBehindReason({ existing } as Plan, left)).toEqual(expected);
});
