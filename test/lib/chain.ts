import { App, type Environment, Fn, Stack } from 'aws-cdk-lib';
import { type WorkspaceImageCopy, WorkspaceImageShare, WorkspaceImageSource } from '../../lib';
import { IMAGE, newCopy, OWNER_ID } from './stacks';

export const HOME = { account: OWNER_ID, region: 'eu-west-1' };
export const HUB = { account: OWNER_ID, region: 'us-east-1' };
export const ELSEWHERE = { account: OWNER_ID, region: 'eu-central-1' };
export const RECIPIENT = { account: '111122223333', region: 'us-east-1' };

/** Whether aws-cdk-lib has weak references, which also reach other accounts. */
export const hasWeakReferences = 'getStackOutput' in Fn;

interface Chain {
  readonly app: App;
  readonly home: Stack;
  readonly hub: Stack;
  readonly share: WorkspaceImageShare;
  readonly copy: WorkspaceImageCopy;
  readonly inStack: (id: string, env?: Environment) => Stack;
}

/** A share, a copy of its image in another Region, and a function that creates other stacks of the app. */
export function chain({ image = IMAGE, strength = 'weak' } = {}): Chain {
  const app = new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': strength } });
  const inStack = (id: string, env?: Environment) => new Stack(app, id, { env, crossRegionReferences: true });
  const [home, hub] = [inStack('Home', HOME), inStack('Hub', HUB)];
  const share = new WorkspaceImageShare(home, 'Golden', { imageId: image });
  const copy = newCopy(hub, { source: WorkspaceImageSource.share(share) });
  return { app, home, hub, share, copy, inStack };
}
