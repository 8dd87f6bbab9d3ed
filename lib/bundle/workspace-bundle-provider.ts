import type { Construct } from 'constructs';
import { CREATE_TAGS } from '../custom-resource/labels';
import { type Place, type ProviderKind, REPEATED_EVENTS } from '../custom-resource/provider-kind';
import { WorkspaceProvider, type WorkspaceProviderProps } from '../custom-resource/workspace-provider';

const any = (type: string, { partition, region, account }: Place) =>
  `arn:${partition}:workspaces:${region}:${account}:${type}/*`;

/** @internal */
export const BUNDLES: ProviderKind = {
  construct: 'WorkspaceBundle',
  noun: 'bundle',
  plural: 'bundles',
  handler: 'bundle',
  description: 'Creates WorkSpaces bundles, for CloudFormation custom resources',
  securityGroupDescription: 'The function that creates WorkSpaces bundles',
  policyName: 'CreateWorkspaceBundles',
  statements: [
    {
      actions: ['workspaces:CreateWorkspaceBundle', 'workspaces:UpdateWorkspaceBundle'],
      resources: (place) => [any('workspacebundle', place), any('workspaceimage', place)],
      reason:
        'The ID of a bundle is unknown before it exists, and a policy for a single image would take effect only after the bundle has changed.',
    },
    {
      actions: ['workspaces:DeleteWorkspaceBundle'],
      resources: (place) => [any('workspacebundle', place)],
      reason: 'The function deletes only bundles whose names show that this package created them.',
    },
    {
      actions: ['workspaces:DescribeWorkspaceBundles'],
      actionFor: CREATE_TAGS,
      resources: () => ['*'],
      reason: 'IAM has no resource types for DescribeWorkspaceBundles and CreateTags.',
    },
  ],
  ...REPEATED_EVENTS,
};

/**
 * Properties of a `WorkspaceBundleProvider`.
 */
export interface WorkspaceBundleProviderProps extends WorkspaceProviderProps {}

/**
 * The Lambda function behind the bundles of a stack, with its role and log group.
 *
 * Create a provider to choose the log group, role, runtime or VPC of the function. Create it before the first bundle of
 * the stack, which otherwise creates a provider with the defaults. All bundles of the stack use the same provider.
 *
 * A stack can have one provider for bundles, because a bundle is bound to its function for as long as it exists. You can
 * add a provider later, rename it, move it within the stack and change its properties without affecting the bundles.
 *
 * @example
 * import { Size, Stack } from 'aws-cdk-lib';
 * import * as ec2 from 'aws-cdk-lib/aws-ec2';
 * import { WorkspaceBundle, WorkspaceBundleProvider } from 'cdk-workspace-image-share';
 *
 * declare const stack: Stack;
 * declare const vpc: ec2.Vpc;
 *
 * const provider = new WorkspaceBundleProvider(stack, 'BundleProvider', { vpc });
 *
 * new WorkspaceBundle(stack, 'Standard', {
 *   imageId: 'wsi-8t4x2k9p7',
 *   computeType: 'STANDARD',
 *   userVolume: Size.gibibytes(50),
 *   provider,
 * });
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
 */
export class WorkspaceBundleProvider extends WorkspaceProvider {
  /**
   * Creates the function, with its role and log group unless they are given.
   *
   * @param scope The stack of the bundles, or a construct in it.
   * @param id The construct ID, which you can change later without affecting the bundles.
   * @param props The properties of the function.
   */
  public constructor(scope: Construct, id: string, props?: WorkspaceBundleProviderProps) {
    super(scope, id, props ?? {}, BUNDLES);
  }
}
