import { App, Duration, type Environment, RemovalPolicy, Size, Stack, Tags } from 'aws-cdk-lib';
import { type IVpc, SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  WorkspaceBundle,
  WorkspaceBundleProvider,
  WorkspaceImageCopy,
  WorkspaceImageCopyProvider,
  WorkspaceImageShare,
  WorkspaceImageShareProvider,
  WorkspaceImageSource,
} from '../lib/index';

/** Stacks with no, some and all options, for the cdk-nag rule packs and cfn-lint. */
export interface OptionStack {
  readonly what: string;
  readonly stackIn: (env?: Environment, app?: App) => Stack;
}

const SHARED = { imageId: 'wsi-8t4x2k9p7', accountIds: ['111122223333', '444455556666'] };

const COPIED = WorkspaceImageSource.image('wsi-1a2b3c4d5', { accountId: '111122223333' });

const BUNDLED = { imageId: 'wsi-8t4x2k9p7', computeType: 'STANDARD', userVolume: Size.gibibytes(50) };

export const optionStacks: readonly OptionStack[] = [
  { what: 'a share alone', stackIn: aShareAlone },
  { what: 'a share, a copy and a bundle in a network', stackIn: inANetwork },
  { what: 'all options', stackIn: allOptions },
  { what: 'a share, copies and bundles', stackIn: aShareCopiesAndBundles },
];

function aShareAlone(env?: Environment, app = new App()): Stack {
  const stack = new Stack(app, 'Alone', { env });
  new WorkspaceImageShare(stack, 'Share', SHARED);
  return stack;
}

/** The providers create their roles, log groups and security groups. */
function inANetwork(env?: Environment, app = new App()): Stack {
  const stack = new Stack(app, 'Network', { env });
  const vpc = networkOf(stack);
  const provider = new WorkspaceImageShareProvider(stack, 'ShareProvider', { vpc });
  new WorkspaceImageShare(stack, 'Share', { ...SHARED, provider });
  new WorkspaceImageCopy(stack, 'Copy', {
    source: COPIED,
    provider: new WorkspaceImageCopyProvider(stack, 'CopyProvider', { vpc }),
  });
  new WorkspaceBundle(stack, 'Bundle', {
    ...BUNDLED,
    provider: new WorkspaceBundleProvider(stack, 'BundleProvider', { vpc }),
  });
  return stack;
}

/** With the user's VPC, role and log group, and with rules. */
function allOptions(env?: Environment, app = new App()): Stack {
  const stack = new Stack(app, 'All', { env });
  const props = {
    logGroup: new LogGroup(stack, 'AuditTrail', {
      encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }),
      retention: RetentionDays.TEN_YEARS,
    }),
    role: new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
    vpc: networkOf(stack),
    vpcSubnets: { subnets: [Subnet.fromSubnetId(stack, 'Subnet', 'subnet-0123456789abcdef0')] },
    securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'SecurityGroup', 'sg-0123456789abcdef0')],
  };
  const share = new WorkspaceImageShare(stack, 'Share', {
    ...SHARED,
    adoptExisting: true,
    removalPolicy: RemovalPolicy.RETAIN,
    revision: '2026-01-01',
    provider: new WorkspaceImageShareProvider(stack, 'ShareProvider', props),
  });
  const copy = new WorkspaceImageCopy(stack, 'Copy', {
    source: COPIED,
    imageNamePrefix: 'golden',
    description: 'The golden image',
    timeout: Duration.hours(3),
    removalPolicy: RemovalPolicy.RETAIN,
    provider: new WorkspaceImageCopyProvider(stack, 'CopyProvider', props),
  });
  const bundle = new WorkspaceBundle(stack, 'Bundle', {
    ...BUNDLED,
    imageId: copy.imageId,
    rootVolume: Size.gibibytes(80),
    bundleNamePrefix: 'standard',
    description: 'The standard bundle',
    tags: { purpose: 'office' },
    removalPolicy: RemovalPolicy.RETAIN,
    provider: new WorkspaceBundleProvider(stack, 'BundleProvider', props),
  });
  Tags.of(stack).add('team', 'desktops');
  const target = topicIn(stack);
  share.provider.onFailure('ShareFailed', { target });
  copy.provider.onFailure('CopyFailed', { target });
  bundle.provider.onFailure('BundleFailed', { target });
  share.onCloudTrailPermissionChange('Changed', { target });
  return stack;
}

/** With a copy of a share, a share of a copy, and bundles of both. */
function aShareCopiesAndBundles(env?: Environment, app = new App()): Stack {
  const stack = new Stack(app, 'Copies', { env });
  const share = new WorkspaceImageShare(stack, 'Share', SHARED);
  new WorkspaceImageCopy(stack, 'Copy', { source: WorkspaceImageSource.share(share) });
  new WorkspaceBundle(stack, 'BundleOfShare', { ...BUNDLED, imageId: share.imageId });
  const { imageId } = new WorkspaceImageCopy(stack, 'CopyFromElsewhere', { source: COPIED });
  new WorkspaceImageShare(stack, 'ShareOfCopy', { ...SHARED, imageId });
  new WorkspaceBundle(stack, 'BundleOfCopy', { ...BUNDLED, imageId });
  return stack;
}

/** An existing topic, with a queue for the events that it does not receive. */
function topicIn(stack: Stack): IRuleTarget {
  return {
    bind: () => ({
      id: '',
      arn: stack.formatArn({ service: 'sns', resource: 'failures' }),
      deadLetterConfig: { arn: stack.formatArn({ service: 'sqs', resource: 'dead-letters' }) },
    }),
  };
}

function networkOf(stack: Stack): IVpc {
  return Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['a'],
    privateSubnetIds: ['subnet-0123456789abcdef0'],
  });
}
