import type {
  CloudFormationCustomResourceCreateEvent,
  CloudFormationCustomResourceDeleteEvent,
  CloudFormationCustomResourceUpdateEvent,
} from 'aws-lambda';

/** Events for copies and links, as CloudFormation sends them. */

/** The account and Region of the function. */
export const ACCOUNT = '123456789012';
export const REGION = 'eu-west-1';
/** The account that owns the source images, and their Region. */
export const OWNER = '111122223333';
export const SOURCE_REGION = 'us-east-1';
export const SOURCE = 'wsi-8t4x2k9p7';
export const OTHER_SOURCE = 'wsi-0other000';

export interface ResourceProperties {
  ServiceToken: string;
  readonly [name: string]: unknown;
}

const SERVICE_TOKEN = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:Copy`;

/** The properties of a copy. */
export function copy(SourceImageId = SOURCE, more: object = {}): ResourceProperties {
  return {
    ServiceToken: SERVICE_TOKEN,
    ServiceTimeout: '3360',
    SourceImageId,
    SourceRegion: SOURCE_REGION,
    SourceAccountId: OWNER,
    NamePrefix: 'Golden',
    ...more,
  };
}

/** The properties of a link that waits for a copy. */
export function link(ImageId: unknown, more: object = {}): ResourceProperties {
  return { ServiceToken: SERVICE_TOKEN, ServiceTimeout: '3360', ImageId, ...more };
}

const common = {
  ServiceToken: SERVICE_TOKEN,
  /** That of the harness, unless a test sets another one. */
  ResponseURL: '',
  StackId: `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/Images/1`,
  RequestId: 'request',
  LogicalResourceId: 'Golden',
  ResourceType: 'Custom::WorkspaceImageCopy',
};

export const LINK = { ResourceType: 'Custom::WorkspaceImageReady', LogicalResourceId: 'GoldenReady' };

export function createEvent(properties = copy(), more: object = {}): CloudFormationCustomResourceCreateEvent {
  return { ...common, RequestType: 'Create', ResourceProperties: properties, ...more };
}

export function updateEvent(
  PhysicalResourceId: string,
  properties: ResourceProperties,
  old: ResourceProperties,
  more: object = {},
): CloudFormationCustomResourceUpdateEvent {
  return {
    ...common,
    RequestType: 'Update',
    PhysicalResourceId,
    ResourceProperties: properties,
    OldResourceProperties: old,
    ...more,
  };
}

export function deleteEvent(
  PhysicalResourceId: string,
  properties = copy(),
  more: object = {},
): CloudFormationCustomResourceDeleteEvent {
  return { ...common, RequestType: 'Delete', PhysicalResourceId, ResourceProperties: properties, ...more };
}
