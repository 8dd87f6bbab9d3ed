import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { WorkspaceImageShare } from '../../../lib/index';
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

/** The accounts of each share that a template declares, by its logical ID. */
export function sharesOf({
  declared,
  more = 0,
}: Deployment): Map<string, { image: string; accounts: string[] }> {
  if (declared === undefined) {
    return new Map();
  }
  const accounts = declared.accounts.map((account) => ACCOUNTS[account] as string);
  return new Map([
    [logicalIdFor(declared), { image: IMAGES[declared.image] as string, accounts }],
    ...MORE_IMAGES.slice(0, more).map((image) => [literalId(image), { image, accounts }] as const),
  ]);
}

export function templateFor({ declared, fails, more = 0 }: Deployment, turn: number) {
  const logicalId = declared && logicalIdFor(declared);
  const share = declared && shareFor(declared);
  return {
    Parameters: {
      ImageId: { Type: 'String', Default: '', NoEcho: Boolean(declared?.byParameter && declared.noEcho) },
    },
    Resources: {
      ...base.template.Resources,
      Other: {
        Type: 'Test::Failing',
        Properties: { Fails: fails === undefined ? 'never' : String(fails), Turn: turn },
        ...(fails === 'after' && logicalId && { DependsOn: [logicalId] }),
      },
      ...Object.fromEntries(
        MORE_IMAGES.slice(0, declared ? more : 0).map((ImageId) => [
          literalId(ImageId),
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
  return byParameter ? PARAMETER_ID : literalId(IMAGES[image] as string);
}

function literalId(image: string): string {
  return `WorkspaceImageShare${image.replace('-', '')}`;
}

function shareFor({ byParameter, image, accounts, spelling, adoptExisting, retain }: Declared) {
  const accountIds = accounts.map((account) => ACCOUNTS[account]);
  const Properties = {
    ...base.share.Properties,
    ImageId: byParameter ? { Ref: 'ImageId' } : IMAGES[image],
    AccountIds: spelling === 'malformed' ? [...accountIds, ` ${ACCOUNTS[0]}`, 'nobody'] : accountIds,
    ...(adoptExisting && { AdoptExisting: 'true' }),
    ...(spelling === 'later' && { Recipients: { Accounts: ACCOUNTS } }),
  };
  return {
    ...base.share,
    Properties,
    DeletionPolicy: retain ? (adoptExisting ? 'Retain' : 'RetainExceptOnCreate') : 'Delete',
    UpdateReplacePolicy: retain ? 'Retain' : 'Delete',
  };
}

export function parametersFor({ declared }: Deployment) {
  return { ImageId: IMAGES[declared?.image ?? 0] as string };
}
