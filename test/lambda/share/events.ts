import type {
  CloudFormationCustomResourceCreateEvent,
  CloudFormationCustomResourceDeleteEvent,
  CloudFormationCustomResourceUpdateEvent,
} from 'aws-lambda';

/** Events as CloudFormation sends them. */

export const IMAGE = 'wsi-8t4x2k9p7';
export const OTHER_IMAGE = 'wsi-0other000';
/** The account of the function, which owns the images. */
export const ACCOUNT = '123456789012';
export const A = '111122223333';
export const B = '444455556666';
export const C = '777788889999';
/** Shared with by hand, and listed by no share. */
export const BYSTANDER = '999900001111';
export const LOGICAL_ID = 'WorkspaceImageSharewsi8t4x2k9p7';
export const SHARE_ID = `share/${IMAGE}/${LOGICAL_ID}`;
export const NOTHING_ID = `nothing/${LOGICAL_ID}`;

const SERVICE_TOKEN = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:Share`;

interface ResourceProperties {
  ServiceToken: string;
  readonly [name: string]: unknown;
}

/** The properties of a share. */
export function share(accounts: unknown = [A, B], more: object = {}): ResourceProperties {
  return {
    ServiceToken: SERVICE_TOKEN,
    ServiceTimeout: '1260',
    ImageId: IMAGE,
    AccountIds: accounts,
    ...more,
  };
}

const common = {
  ServiceToken: SERVICE_TOKEN,
  /** That of the harness, unless a test sets another one. */
  ResponseURL: '',
  StackId: 'arn:aws:cloudformation:eu-west-1:123456789012:stack/Images/1',
  RequestId: 'request',
  LogicalResourceId: LOGICAL_ID,
  ResourceType: 'Custom::WorkspaceImageShare',
};

export function createEvent(
  properties = share(),
  more: object = {},
): CloudFormationCustomResourceCreateEvent {
  return { ...common, RequestType: 'Create', ResourceProperties: properties, ...more };
}

export function updateEvent(
  properties: ResourceProperties,
  old: ResourceProperties,
  more: object = {},
): CloudFormationCustomResourceUpdateEvent {
  return {
    ...common,
    RequestType: 'Update',
    PhysicalResourceId: SHARE_ID,
    ResourceProperties: properties,
    OldResourceProperties: old,
    ...more,
  };
}

export function deleteEvent(
  properties = share(),
  more: object = {},
): CloudFormationCustomResourceDeleteEvent {
  return {
    ...common,
    RequestType: 'Delete',
    PhysicalResourceId: SHARE_ID,
    ResourceProperties: properties,
    ...more,
  };
}

/** Many account IDs. */
export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, n) => String(200_000_000_000 + n));
}
