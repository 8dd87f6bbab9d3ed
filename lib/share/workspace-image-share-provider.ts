import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ProviderKind } from '../custom-resource/provider-kind';
import { WorkspaceProvider, type WorkspaceProviderProps } from '../custom-resource/workspace-provider';

/** @internal */
export const SHARES: ProviderKind = {
  construct: 'WorkspaceImageShare',
  noun: 'share',
  plural: 'shares',
  handler: 'share',
  description: 'Shares WorkSpaces images with other accounts, for CloudFormation custom resources',
  securityGroupDescription: 'The function that shares WorkSpaces images with other accounts',
  policyName: 'ShareWorkspaceImages',
  statements: [
    {
      actions: ['workspaces:DescribeWorkspaceImagePermissions', 'workspaces:UpdateWorkspaceImagePermission'],
      resources: ({ partition, region, account }) => [
        `arn:${partition}:workspaces:${region}:${account}:workspaceimage/*`,
      ],
      reason:
        'When an image is replaced, the function revokes the permissions of the old image in the cleanup of the stack. By then, a policy for a single image would name the new one.',
    },
  ],
  // A function in a VPC that was idle for weeks takes minutes to become active. A late event is harmless, because the
  // function checks that CloudFormation still waits for it.
  maxEventAge: Duration.minutes(5),
  // A retried Create could not tell the permissions that it granted itself from those of others.
  retryAttempts: 0,
};

/**
 * Properties of a `WorkspaceImageShareProvider`.
 */
export interface WorkspaceImageShareProviderProps extends WorkspaceProviderProps {}

/**
 * The Lambda function behind the shares of a stack, with its role and log group.
 *
 * Create a provider to choose the log group, role, runtime or VPC of the function. Create it before the first share of
 * the stack, which otherwise creates a provider with the defaults. All shares of the stack use the same provider.
 *
 * A stack can have one provider for shares, because a share is bound to its function for as long as it exists. You can
 * add a provider later, rename it, move it within the stack and change its properties without affecting the shares.
 *
 * @example
 * import { Stack } from 'aws-cdk-lib';
 * import * as ec2 from 'aws-cdk-lib/aws-ec2';
 * import { WorkspaceImageShare, WorkspaceImageShareProvider } from 'cdk-workspace-image-share';
 *
 * declare const stack: Stack;
 * declare const vpc: ec2.Vpc;
 *
 * const provider = new WorkspaceImageShareProvider(stack, 'ShareProvider', { vpc });
 *
 * const endpoint = vpc.addInterfaceEndpoint('CloudFormation', {
 *   service: ec2.InterfaceVpcEndpointAwsService.CLOUDFORMATION,
 *   open: false,
 * });
 * provider.connections.allowToDefaultPort(endpoint);
 *
 * new WorkspaceImageShare(stack, 'GoldenImage', {
 *   imageId: 'wsi-8t4x2k9p7',
 *   accountIds: ['111122223333'],
 *   provider,
 * });
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html
 */
export class WorkspaceImageShareProvider extends WorkspaceProvider {
  /**
   * Creates the function, with its role and log group unless they are given.
   *
   * @param scope The stack of the shares, or a construct in it.
   * @param id The construct ID, which you can change later without affecting the shares.
   * @param props The properties of the function.
   */
  public constructor(scope: Construct, id: string, props?: WorkspaceImageShareProviderProps) {
    super(scope, id, props ?? {}, SHARES);
  }
}
