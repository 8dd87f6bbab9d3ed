import { type FunctionHarness, useFunction } from '../../support/function-harness';
import { ACCOUNT, createEvent, deleteEvent, REGION, updateEvent } from '../copy/events';

/** Two images of the account of the function. */
export const IMAGE = 'wsi-8t4x2k9p7';
export const OTHER_IMAGE = 'wsi-0other000';

/** How long the service makes a bundle, in seconds. */
export const BUNDLE_SECONDS = 40;

/** The function of bundles. */
export function useBundleFunction(): FunctionHarness {
  return useFunction(
    {
      images: [IMAGE, OTHER_IMAGE].map((imageId) => ({ imageId, account: ACCOUNT, region: REGION })),
      bundleTime: BUNDLE_SECONDS * 1_000,
    },
    'bundle',
  );
}

/** The properties of a bundle. */
export function bundle(ImageId: unknown = IMAGE, more: object = {}) {
  return {
    ServiceToken: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:Bundle`,
    ServiceTimeout: '3360',
    ImageId,
    ComputeType: 'STANDARD',
    UserVolumeGib: '50',
    NamePrefix: 'Standard',
    Description: 'Made by CloudFormation',
    ...more,
  };
}

const RESOURCE = { LogicalResourceId: 'Standard', ResourceType: 'Custom::WorkspaceBundle' };

export const created = (properties = bundle(), more = {}) =>
  createEvent(properties, { ...RESOURCE, ...more });

export const updated = (id: string, properties = bundle(OTHER_IMAGE), old = bundle(), more = {}) =>
  updateEvent(id, properties, old, { ...RESOURCE, RequestId: 'update', ...more });

export const deleted = (id: string, more = {}) =>
  deleteEvent(id, bundle(), { ...RESOURCE, RequestId: 'delete', ...more });

/** The bundles that the account of the function owns. */
export function owned({ endpoint }: FunctionHarness) {
  return endpoint.bundlesOf(ACCOUNT, REGION);
}

/** Creates a bundle, and waits until the next event does not settle. */
export async function madeBundle(harness: FunctionHarness, properties = bundle()): Promise<string> {
  const { PhysicalResourceId } = await harness.send(created(properties));
  await harness.pass(60);
  return PhysicalResourceId;
}
