import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import {
  AwsCustomResource,
  AwsCustomResourcePolicy,
  type AwsSdkCall,
  PhysicalResourceId,
  PhysicalResourceIdReference,
} from 'aws-cdk-lib/custom-resources';
import { WorkspaceImageCopy, WorkspaceImageSource } from '../../lib/index';
import { COPY, type Code } from '../support/warm-functions';
import { codeOfAwsCustomResource } from './sides';

/** The account and Region of the copies. */
export const LOCATION = { account: '123456789012', region: 'eu-west-1' };
/** The owner of the source images, and their Region. */
export const OWNER = { account: '111122223333', region: 'us-east-1' };

/** What a stack of a scenario declares. */
export interface DeclaredCopy {
  readonly sourceImageId: string;
  /** The ID of the construct. */
  readonly id: string;
  readonly description?: string;
  /** When another resource fails: after one that uses the copy, or a number of milliseconds after the beginning. */
  readonly otherFails?: 'after' | number;
  /** Changes the other resource. */
  readonly deployment: number;
}

/** One of the constructs that are compared. */
export interface CopySide {
  readonly code: Code;
  /** @returns the ID of the copy */
  declare(stack: Stack, declared: DeclaredCopy): string;
}

export const THIS_COPY: CopySide = {
  code: COPY,
  declare: (stack, { id, sourceImageId, description }) => {
    const source = WorkspaceImageSource.image(sourceImageId, {
      region: OWNER.region,
      accountId: OWNER.account,
    });
    return new WorkspaceImageCopy(stack, id, { source, description }).imageId;
  },
};

/** @param client the file to load as the client of the Lambda runtime */
export function copyWithAwsCustomResource(client: string): CopySide {
  return {
    code: codeOfAwsCustomResource(client),
    declare: (stack, { id, sourceImageId, description }) => {
      const call: AwsSdkCall = {
        service: 'workspaces',
        action: 'CopyWorkspaceImage',
        parameters: {
          Name: `golden-image-of-${sourceImageId}`,
          Description: description,
          SourceImageId: sourceImageId,
          SourceRegion: OWNER.region,
        },
        physicalResourceId: PhysicalResourceId.fromResponse('ImageId'),
      };
      const copy = new AwsCustomResource(stack, id, {
        onCreate: call,
        onUpdate: call,
        onDelete: {
          service: 'workspaces',
          action: 'DeleteWorkspaceImage',
          parameters: { ImageId: new PhysicalResourceIdReference() },
        },
        policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: AwsCustomResourcePolicy.ANY_RESOURCE }),
        installLatestAwsSdk: false,
      });
      return copy.getResponseField('ImageId');
    },
  };
}

/** Synthesizes a stack with a copy, a resource that uses it, and another one. */
export function templateWithCopy(side: CopySide, declared: DeclaredCopy) {
  const { otherFails = 'never', deployment } = declared;
  const app = new App({ analyticsReporting: false, context: { 'aws:cdk:disable-asset-staging': true } });
  const stack = new Stack(app, 'Images', { env: LOCATION });
  const ImageId = side.declare(stack, declared);
  const user = new CfnResource(stack, 'User', { type: 'Test::Dependent', properties: { ImageId } });
  const properties = { Fails: otherFails, Deployment: deployment };
  const other = new CfnResource(stack, 'Other', { type: 'Test::Failing', properties });
  if (otherFails === 'after') {
    other.node.addDependency(user);
  }
  return Template.fromStack(stack).toJSON();
}
