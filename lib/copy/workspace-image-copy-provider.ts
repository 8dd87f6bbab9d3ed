import type { Construct } from 'constructs';
import { CREATE_TAGS } from '../custom-resource/labels';
import { type ProviderKind, REPEATED_EVENTS } from '../custom-resource/provider-kind';
import { WorkspaceProvider, type WorkspaceProviderProps } from '../custom-resource/workspace-provider';

/** @internal */
export const COPIES: ProviderKind = {
  construct: 'WorkspaceImageCopy',
  noun: 'copy',
  plural: 'copies',
  handler: 'copy',
  description: 'Copies WorkSpaces images, for CloudFormation custom resources',
  securityGroupDescription: 'The function that copies WorkSpaces images',
  policyName: 'CopyWorkspaceImages',
  statements: [
    {
      actions: ['workspaces:CopyWorkspaceImage'],
      resources: ({ partition }) => [`arn:${partition}:workspaces:*:*:workspaceimage/*`],
      reason:
        'The source can be in any account and Region, and a policy for a single image would take effect only after the source has changed.',
    },
    {
      // The owner of the source is read in its Region.
      actions: ['workspaces:DescribeWorkspaceImages'],
      actionFor: CREATE_TAGS,
      resources: () => ['*'],
      reason: 'IAM has no resource types for DescribeWorkspaceImages and CreateTags.',
    },
    {
      // AWS documents this action both with and without resource types.
      actions: ['workspaces:DeleteWorkspaceImage'],
      resources: () => ['*'],
      conditions: ({ region }) => ({ StringEquals: { 'aws:RequestedRegion': region } }),
      reason:
        'DeleteWorkspaceImage is limited to the Region of the stack, and the function deletes only images whose names show that the resource created them.',
    },
  ],
  ...REPEATED_EVENTS,
};

/**
 * Properties of a `WorkspaceImageCopyProvider`.
 */
export interface WorkspaceImageCopyProviderProps extends WorkspaceProviderProps {}

/**
 * The Lambda function behind the copies of a stack, with its role and log group.
 *
 * Create a provider to choose the log group, role, runtime or VPC of the function. Create it before the first copy of
 * the stack, which otherwise creates a provider with the defaults. All copies of the stack use the same provider.
 *
 * A stack can have one provider for copies, because a copy is bound to its function for as long as it exists. You can
 * add a provider later, rename it, move it within the stack and change its properties without affecting the copies.
 *
 * @example
 * import { Stack } from 'aws-cdk-lib';
 * import * as ec2 from 'aws-cdk-lib/aws-ec2';
 * import { WorkspaceImageCopy, WorkspaceImageCopyProvider, WorkspaceImageSource } from 'cdk-workspace-image-share';
 *
 * declare const stack: Stack;
 * declare const vpc: ec2.Vpc;
 *
 * const provider = new WorkspaceImageCopyProvider(stack, 'CopyProvider', { vpc });
 *
 * new WorkspaceImageCopy(stack, 'GoldenImage', {
 *   source: WorkspaceImageSource.image('wsi-8t4x2k9p7', { region: 'eu-west-1', accountId: '999988887777' }),
 *   provider,
 * });
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
 */
export class WorkspaceImageCopyProvider extends WorkspaceProvider {
  /**
   * Creates the function, with its role and log group unless they are given.
   *
   * @param scope The stack of the copies, or a construct in it.
   * @param id The construct ID, which you can change later without affecting the copies.
   * @param props The properties of the function.
   */
  public constructor(scope: Construct, id: string, props?: WorkspaceImageCopyProviderProps) {
    super(scope, id, props ?? {}, COPIES);
  }
}
