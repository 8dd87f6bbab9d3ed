import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { WorkspaceImageShare } from '../../lib/index';
import type { Declared, Deployment } from './scenario';

export const IMAGES = ['wsi-aaaaaaaaa', 'wsi-bbbbbbbbb'] as const;
export const ACCOUNTS = [
  '111111111111',
  '222222222222',
  '333333333333',
  '444444444444',
  '555555555555',
] as const;
/** Of the shares that a template can declare besides the one that its step changes. */
export const MORE_IMAGES = Array.from({ length: 10 }, (_, index) => `wsi-ccccccccc${index}`);
const PARAMETER_ID = 'WorkspaceImageShareByParameter';

const base = baseTemplate();

/** The template that the construct synthesizes, and the share in it, which the steps change. */
function baseTemplate() {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Base');
  new WorkspaceImageShare(stack, 'Share', { imageId: IMAGES[0], accountIds: [ACCOUNTS[0]] });
  const template = Template.fromStack(stack).toJSON();
  const [logicalId, share] = Object.entries(template.Resources).find(
    ([, resource]) => (resource as { Type: string }).Type === 'Custom::WorkspaceImageShare',
  ) as [string, { Properties: object; DependsOn: string[] }];
  delete template.Resources[logicalId];
  return { template, share };
}

export function templateFor({ declared, fails, more = 0 }: Deployment, turn: number) {
  const logicalId = declared && logicalIdFor(declared);
  const share = declared && shareFor(declared);
  return {
    Parameters: { ImageId: { Type: 'String', Default: '' } },
    Resources: {
      ...base.template.Resources,
      Other: {
        Type: 'Test::Failing',
        Properties: { Fails: fails === undefined ? 'never' : String(fails), Turn: turn },
        ...(fails === 'after' && logicalId && { DependsOn: [logicalId] }),
      },
      ...Object.fromEntries(
        MORE_IMAGES.slice(0, declared ? more : 0).map((ImageId) => [
          `WorkspaceImageShare${ImageId.replace('-', '')}`,
          { ...share, Properties: { ...share?.Properties, ImageId } },
        ]),
      ),
      ...(logicalId && {
        [logicalId]: fails === 'before' ? { ...share, DependsOn: [...base.share.DependsOn, 'Other'] } : share,
      }),
    },
  };
}

function logicalIdFor({ byParameter, image }: Declared): string {
  return byParameter ? PARAMETER_ID : `WorkspaceImageShare${IMAGES[image]?.replace('-', '')}`;
}

function shareFor({ byParameter, image, accounts, spelling, adoptExisting, retain }: Declared) {
  const accountIds = accounts.map((account) => ACCOUNTS[account]);
  const properties = {
    ...base.share.Properties,
    ImageId: byParameter ? { Ref: 'ImageId' } : IMAGES[image],
    AccountIds: spelling === 'malformed' ? [...accountIds, ` ${ACCOUNTS[0]}`, 'nobody'] : accountIds,
    ...(adoptExisting && { AdoptExisting: 'true' }),
    ...(spelling === 'later' && { Recipients: { Accounts: ACCOUNTS } }),
  };
  return {
    ...base.share,
    Properties: spelling === 'earlier' ? uncapitalized(properties) : properties,
    DeletionPolicy: retain ? (adoptExisting ? 'Retain' : 'RetainExceptOnCreate') : 'Delete',
    UpdateReplacePolicy: retain ? 'Retain' : 'Delete',
  };
}

/** Except the properties that CloudFormation reads. */
function uncapitalized(properties: object): object {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) =>
      key.startsWith('Service') ? [key, value] : [key.charAt(0).toLowerCase() + key.slice(1), value],
    ),
  );
}

export function parametersFor({ declared }: Deployment) {
  return { ImageId: IMAGES[declared?.image ?? 0] as string };
}
