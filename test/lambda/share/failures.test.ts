import { ServiceError } from '../../../lambda/api/service-errors';
import { type Change, Changes } from '../../../lambda/share/changes';
import {
  alreadyShared,
  callsRefused,
  leftBehindReason,
  lostReason,
  notRead,
  notVisible,
  timedOut,
} from '../../../lambda/share/failures';
import { A, B, IMAGE } from './events';

const LOCATION = { region: 'eu-west-1', accountId: '123456789012' };

function serviceError(name: string, message = 'Because.', more: object = {}): ServiceError {
  return new ServiceError(Object.assign(new Error(message), { name, $fault: 'client' as const, ...more }));
}

function changes(kind: Change['kind'], accounts: string[], refusal?: ServiceError): Change[] {
  const { all } = new Changes({ imageId: IMAGE, grant: [], keep: [], revoke: [], [kind]: accounts });
  return all.map((change) => ({ ...change, refusal }));
}

function refused(error: ServiceError, accounts = [A], kind: Change['kind'] = 'grant'): Error {
  return callsRefused(IMAGE, changes(kind, accounts, error), LOCATION);
}

test.each([
  [
    'permissions that exist, with an order that loses no permission',
    alreadyShared(IMAGE, [A, B]),
    `Image ${IMAGE} is already shared with ${A} and ${B}, but not by this share. If another share owns these permissions, remove the accounts from this one, or first deploy that one with RemovalPolicy.RETAIN. To take the permissions over, deploy with adoptExisting: true and removalPolicy: RemovalPolicy.RETAIN, then remove both properties and deploy again.`,
  ],
  [
    'a refused grant',
    refused(serviceError('OperationNotSupportedException', 'BYOL.'), [A, B]),
    `Image ${IMAGE} could not be shared with ${A} and ${B}: "OperationNotSupportedException: BYOL". A BYOL image can only be shared with accounts that are enabled for BYOL and belong to the same organization. In AWS GovCloud (US), AWS Support shares BYOL images.`,
  ],
  [
    'a refused revoke',
    refused(serviceError('ResourceUnavailableException', 'Busy.'), [A], 'revoke'),
    `Image ${IMAGE} could not be unshared from ${A}: "ResourceUnavailableException: Busy". Wait until ${IMAGE} is AVAILABLE, and deploy again.`,
  ],
  [
    'a grant and a revoke that are refused',
    callsRefused(
      IMAGE,
      [
        ...changes('revoke', [B], serviceError('ResourceUnavailableException', 'Busy.')),
        ...changes('grant', [A], serviceError('OperationNotSupportedException', 'BYOL.')),
      ],
      LOCATION,
    ),
    `Image ${IMAGE} could not be shared with ${A} or unshared from ${B}: "ResourceUnavailableException: Busy". Wait until ${IMAGE} is AVAILABLE, and deploy again.`,
  ],
  [
    'a refused read',
    notRead(IMAGE, serviceError('ResourceNotFoundException', 'No such image.'), LOCATION),
    `The permissions of image ${IMAGE} could not be read: "ResourceNotFoundException: No such image". Account 123456789012 has no image ${IMAGE} in eu-west-1. Check the image ID, and deploy the share in the account and Region of the image.`,
  ],
  [
    'changes that do not show',
    notVisible(IMAGE, changes('grant', [A])),
    `The changes to image ${IMAGE} were accepted, but reads still do not show them for ${A} after 60 seconds. Check CloudTrail for other callers of UpdateWorkspaceImagePermission, and deploy again.`,
  ],
  [
    'a timeout',
    timedOut(IMAGE, LOCATION),
    `The function timed out before all permissions of image ${IMAGE} were updated. Try again when the service is less busy, or change fewer accounts at a time. A deletion continues where it stopped.`,
  ],
  [
    'a timeout after an error',
    timedOut(IMAGE, LOCATION, serviceError('ThrottlingException', 'Rate exceeded')),
    `The function timed out before all permissions of image ${IMAGE} were updated. The last error of the service: "ThrottlingException: Rate exceeded". Try again when the service is less busy, or change fewer accounts at a time. A deletion continues where it stopped.`,
  ],
])('the reason of %s names the image, the accounts and what to do', (_, error, expected) => {
  expect(error.message).toBe(expected);
});

test.each([
  ['AccessDeniedException', /service control policy.*statements that the documentation lists/],
  ['InvalidResourceStateException', /AVAILABLE/],
  ['InvalidParameterValuesException', /Check that each account exists\./],
  ['ValidationException', /Check that each account exists\./],
  ['ENOTFOUND', /cannot find the WorkSpaces API in eu-west-1.*In a VPC, check DNS/],
  ['ECONNREFUSED', /does not respond\. In a VPC, check the function's route/],
  ['ETIMEDOUT', /does not respond/],
  ['TimeoutError', /does not respond/],
  ['EAI_AGAIN', /cannot find the WorkSpaces API in eu-west-1/],
  ['CERT_HAS_EXPIRED', /certificate of the WorkSpaces API in eu-west-1 was not accepted\. If a firewall/],
  ['SomethingNewException', /Deploy again\. If it fails again, see the function's log\./],
])('%s comes with advice', (name, advice) => {
  const isOfService = name.endsWith('Exception');
  const more = isOfService ? {} : { $fault: undefined, code: name };
  expect(refused(serviceError(name, 'Because.', more)).message).toMatch(advice);
});

test('the page of a proxy comes with advice', () => {
  const error = serviceError('SyntaxError', 'x', { $fault: undefined, $metadata: { httpStatusCode: 503 } });
  expect(refused(error).message).toMatch(/"HTTP 503: x"\. The response did not come from the WorkSpaces API/);
});

test.each([
  ['what a later event undoes', 'ignore', undefined, []],
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
] as const)(
  'the reason of a failed event names what it leaves behind: %s',
  (_, onExisting, left, expected) => {
    expect(leftBehindReason(onExisting, left)).toEqual(expected);
  },
);

test('accounts that lost their permission are reported with advice', () => {
  const error = serviceError('InvalidParameterValuesException', 'Closed.');
  expect(lostReason(IMAGE, changes('keep', [A, B], error))).toEqual([
    `Image ${IMAGE} is no longer shared with ${A} and ${B}, although they are in the list, and the service refuses to share it: "InvalidParameterValuesException: Closed". If the accounts are closed or have left the organization, remove them from the list.`,
  ]);
  expect(lostReason(IMAGE, [])).toEqual([]);
});
