import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { accountIdsProblems, imageIdProblems, isAccountId, isImageId } from '../../lib/workspaces/validation';
import { type Properties, refuseInvalid } from '../event/failure';
import { type PhysicalId, parsePhysicalId } from './physical-id';

/** What an event requests. */
export type Request =
  | { readonly type: 'Create'; readonly logicalId: string; readonly share: DeclaredShare }
  | {
      readonly type: 'Update';
      readonly logicalId: string;
      readonly physicalId: string;
      readonly parsedId: PhysicalId;
      readonly share: DeclaredShare;
      readonly former: FormerShare;
    }
  | {
      readonly type: 'Delete';
      readonly physicalId: string;
      readonly parsedId: PhysicalId;
      readonly former: FormerShare;
    };

/** A share as its properties declare it. */
export interface DeclaredShare {
  readonly imageId: string;
  readonly accountIds: readonly string[];
  readonly adoptExisting: boolean;
}

/** A share as declared by earlier properties, without invalid values. */
export interface FormerShare {
  readonly imageId?: string;
  readonly accountIds: readonly string[];
  readonly adoptExisting: boolean;
}

/**
 * Parses an event.
 *
 * @param owner the account of the function, which owns the image
 * @throws Failure if the properties are invalid
 */
export function requestOf(event: CloudFormationCustomResourceEvent, owner: string): Request {
  const { LogicalResourceId: logicalId, ResourceProperties: properties } = event;
  if (event.RequestType === 'Create') {
    return { type: 'Create', logicalId, share: declaredShare(properties, owner) };
  }
  const { PhysicalResourceId: physicalId } = event;
  const parsedId = parsePhysicalId(physicalId);
  return event.RequestType === 'Update'
    ? {
        type: 'Update',
        logicalId,
        physicalId,
        parsedId,
        share: declaredShare(properties, owner),
        former: formerShare(event.OldResourceProperties, owner),
      }
    : { type: 'Delete', physicalId, parsedId, former: formerShare(properties, owner) };
}

/** All problems are reported at once, before anything is changed. */
function declaredShare(properties: Properties = {}, owner: string): DeclaredShare {
  const { ImageId, AccountIds, AdoptExisting } = properties;
  const accountIds = withoutEmpty(AccountIds);
  const adoptExisting = flag(AdoptExisting);
  const problems = [
    ...imageIdProblems(ImageId),
    ...accountIdsProblems(accountIds),
    ...ownerProblems(accountIds, owner),
  ];
  if (adoptExisting === undefined) {
    problems.push('AdoptExisting is neither "true" nor "false": set adoptExisting to true, or omit it.');
  }
  refuseInvalid(problems);
  return {
    imageId: ImageId as string,
    accountIds: [...(accountIds as string[])].sort(),
    adoptExisting: adoptExisting === true,
  };
}

/** Ignores invalid values: a rollback must be able to pass properties that were refused, or that another release wrote. */
function formerShare(properties: Properties = {}, owner: string): FormerShare {
  const { ImageId, AccountIds, AdoptExisting } = properties;
  const listed = withoutEmpty(AccountIds);
  const valid = Array.isArray(listed)
    ? listed.filter((account) => isAccountId(account) && account !== owner)
    : [];
  return {
    imageId: isImageId(ImageId) ? ImageId : undefined,
    accountIds: [...new Set(valid)].sort(),
    adoptExisting: flag(AdoptExisting) === true,
  };
}

function ownerProblems(accountIds: unknown, owner: string): string[] {
  return Array.isArray(accountIds) && accountIds.includes(owner)
    ? [`"${owner}" is the account of the stack, which owns the image. Remove it from the list.`]
    : [];
}

/** An empty CommaDelimitedList that was joined with other IDs leaves empty entries behind. */
function withoutEmpty(list: unknown): unknown {
  return Array.isArray(list) ? list.filter((entry) => entry !== '') : list;
}

/** CloudFormation sends booleans as strings. Undefined if the value is neither. */
function flag(value: unknown): boolean | undefined {
  if (value === undefined || value === null || value === '') {
    return false;
  }
  const text = String(value).toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}
