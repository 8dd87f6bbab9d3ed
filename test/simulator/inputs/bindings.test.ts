import {
  type App,
  CfnDynamicReference,
  CfnDynamicReferenceService,
  CfnParameter,
  CfnResource,
  Duration,
  Fn,
  Stack,
} from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import {
  WorkspaceImageCopy,
  WorkspaceImageShare,
  type WorkspaceImageShareProps,
  WorkspaceImageSource,
} from '../../../lib/index';
import type { AssembledStack } from '../../../simulator/assembly';
import { Bindings, crossRegionReferences } from '../../../simulator/inputs/bindings';
import { type Template, unknownValue } from '../../../simulator/template';
import { WorkspacesEndpoint } from '../../../simulator/workspaces-endpoint';
import { IMAGE, OWNER, played, RECIPIENT } from '../fixtures/apps';

const stackOf = (template: Template, id = 'Sharing'): AssembledStack => ({
  name: id,
  id,
  stage: '',
  warned: [],
  template,
  assetParameters: {},
  dependencies: [],
});

function bindingsOf(template: Template, given: Record<string, string> = {}) {
  const stack = stackOf(template);
  const bindings = new Bindings([stack], given, WorkspacesEndpoint.prototype.constructor as never, () => []);
  return { stack, bindings };
}

const SHARE = { type: 'Custom::WorkspaceImageShare', ...OWNER };
const BUNDLE = { type: 'Custom::WorkspaceBundle', ...RECIPIENT };
const COPY = { type: 'Custom::WorkspaceImageCopy', ...RECIPIENT };

describe('parameters', () => {
  it.each<[string, NonNullable<Template['Parameters']>, string]>([
    ['a given value', { Given: { Type: 'String', Default: 'x' } }, 'given'],
    ['a default', { Size: { Type: 'Number', Default: 3 } }, '3'],
    ['an allowed value', { Other: { Type: 'String', AllowedValues: ['a', 'b'] } }, 'a'],
    ['a minimum', { Other: { Type: 'Number', MinValue: 5 } }, '5'],
    ['a number', { Other: { Type: 'Number' } }, '1'],
    ['something unknown', { Other: { Type: 'String' } }, unknownValue('parameter/Sharing/Other')],
    [
      'something unknown, instead of the name in SSM',
      { Image: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/image' } },
      unknownValue('parameter/Sharing/Image'),
    ],
    [
      'two unknown entries',
      { List: { Type: 'CommaDelimitedList' } },
      `${unknownValue('parameter/Sharing/List/1')},${unknownValue('parameter/Sharing/List/2')}`,
    ],
  ])('have %s', (_, Parameters, value) => {
    const { bindings, stack } = bindingsOf({ Parameters }, { Given: 'given' });
    expect(Object.values(bindings.parametersOf(stack))).toEqual([value]);
  });
});

describe('something unknown is bound where it is used:', () => {
  const text = unknownValue('parameter/Sharing/Image');

  it('as an image of a share, a bundle and a copy, always the same one', () => {
    const { bindings } = bindingsOf({});
    expect(bindings.bound({ ImageId: text }, BUNDLE)).toMatchObject({ ImageId: 'wsi-simulation1' });
    expect(bindings.bound({ ImageId: text }, SHARE)).toMatchObject({ ImageId: 'wsi-simulation1' });
    expect(bindings.bound({ SourceImageId: text }, COPY)).toMatchObject({ SourceImageId: 'wsi-simulation1' });
    const joined = { SourceImageId: `wsi-${text}` };
    expect(bindings.bound(joined, COPY)).toMatchObject({ SourceImageId: 'wsi-simulation2' });
  });

  it('as an account, which is never that of the stack, nor one of the app', () => {
    const { bindings } = bindingsOf({ Outputs: { O: { Value: '444455556666' } } });
    const { AccountIds } = bindings.bound({ ImageId: IMAGE, AccountIds: [text, '999988887777'] }, SHARE);
    expect(AccountIds).toEqual(['777788889999', '999988887777']);
    const source = { SourceImageId: IMAGE, SourceAccountId: text, SourceRegion: text };
    expect(bindings.bound(source, COPY)).toEqual({
      SourceImageId: IMAGE,
      SourceAccountId: '777788889999',
      SourceRegion: RECIPIENT.region,
    });
  });

  it('as the hardware of a bundle', () => {
    const { bindings } = bindingsOf({});
    const hardware = { ComputeType: text, UserVolumeGib: '50', RootVolumeGib: text };
    expect(bindings.bound({ ImageId: IMAGE, ...hardware }, BUNDLE)).toEqual({
      ImageId: IMAGE,
      ComputeType: 'STANDARD',
      UserVolumeGib: '50',
      RootVolumeGib: '175',
    });
  });

  it('in no other resource', () => {
    const { bindings } = bindingsOf({});
    const properties = { ImageId: text };
    expect(bindings.bound(properties, { ...SHARE, type: 'AWS::SSM::Parameter' })).toBe(properties);
  });

  it('as another image after the next version, if it is one', () => {
    const Parameters = { Image: { Type: 'String' }, Other: { Type: 'String' } };
    const { bindings, stack } = bindingsOf({ Parameters });
    const before = bindings.parametersOf(stack);
    bindings.bound({ ImageId: before.Image }, SHARE);
    bindings.next();
    const after = bindings.parametersOf(stack);
    expect(after.Other).toBe(before.Other);
    expect(bindings.bound({ ImageId: after.Image }, SHARE)).toMatchObject({ ImageId: 'wsi-simulation2' });
    expect(bindings.former).toEqual(['wsi-simulation1']);
  });
});

it('an export of the app is not unknown, and neither is an output of one of its stacks', () => {
  const { bindings } = bindingsOf({ Outputs: { O: { Value: 'x', Export: { Name: 'own' } } } });
  expect(bindings.outside.exported('own')).toBeUndefined();
  expect(bindings.outside.exported('foreign')).toBe(unknownValue('import/foreign'));
  expect(bindings.outside.stackOutput('Sharing', 'O')).toBeUndefined();
  expect(bindings.outside.stackOutput('Other', 'O')).toBe(unknownValue('output/Other/O'));
});

it("the CDK's references across Regions have the values that were written", () => {
  const { 'Custom::CrossRegionExportWriter': writer, 'Custom::CrossRegionExportReader': reader } =
    crossRegionReferences();
  const request = { stack: 'A', logicalId: 'R', type: '', ...OWNER, region: 'us-east-1' };
  const properties = { WriterProps: { region: 'us-east-1', exports: { '/cdk/exports/x': 'value' } } };
  writer.create?.({ ...request, properties });
  const read = (region: string) =>
    reader.update?.({
      ...request,
      region,
      properties: { ReaderProps: { imports: { '/cdk/exports/x': '' } } },
    });
  expect(read('us-east-1')).toEqual({ attributes: { '/cdk/exports/x': 'value' } });
  expect(read('eu-west-1')).toEqual({ attributes: { '/cdk/exports/x': '' } });
});

describe('images and accounts of shares can be', () => {
  const attribute = (stack: Stack) =>
    new CfnResource(stack, 'Account', { type: 'Custom::Account' }).getAtt('AccountId').toString();
  const dynamic = (name: string) => new CfnDynamicReference(CfnDynamicReferenceService.SSM, name).toString();
  it.each<[string, (stack: Stack) => WorkspaceImageShareProps]>([
    [
      'dynamic references, and attributes of resources',
      (stack) => {
        const secret = Secret.fromSecretNameV2(stack, 'Secret', 'account').secretValue.unsafeUnwrap();
        return { imageId: dynamic('/image'), accountIds: [secret, attribute(stack)] };
      },
    ],
    [
      'exports of other apps',
      () => ({
        imageId: Fn.importValue('image'),
        accountIds: [Fn.importValue('one'), Fn.importValue('two')],
      }),
    ],
    [
      'lists of other apps',
      () => ({ imageId: Fn.importValue('image'), accountIds: Fn.importListValue('accounts', 2) }),
    ],
    [
      'the ID of a resource, and parameters',
      (stack) => ({
        imageId: new CfnResource(stack, 'Image', { type: 'Custom::GoldenImage' }).ref,
        accountIds: new CfnParameter(stack, 'List', { type: 'CommaDelimitedList' }).valueAsList,
      }),
    ],
  ])('%s', async (_, props) => {
    const { problems, step } = await played((app) => {
      const stack = new Stack(app, 'Sharing');
      new WorkspaceImageShare(stack, 'Share', props(stack));
    });
    expect(problems).toEqual([]);
    const [[image, accounts]] = Object.entries(step('deploy').access);
    expect([image, accounts.length]).toEqual([expect.stringContaining('wsi-simulation'), 2]);
  });
});

it('sources outside of the app are shared with the account of the copy by their owners', async () => {
  const declare = (app: App) => {
    const stack = new Stack(app, 'Recipient', { env: RECIPIENT });
    const parameter = (id: string) => new CfnParameter(stack, id).valueAsString;
    const dynamic = (name: string) =>
      new CfnDynamicReference(CfnDynamicReferenceService.SSM, name).toString();
    const other = { accountId: OWNER.account, region: OWNER.region };
    const sources: Record<string, WorkspaceImageSource> = {
      Literal: WorkspaceImageSource.image(IMAGE),
      OfOtherAccount: WorkspaceImageSource.image('wsi-1a2b3c4d5', other),
      Parameter: WorkspaceImageSource.image(parameter('Image'), other),
      Ssm: WorkspaceImageSource.image(StringParameter.valueForStringParameter(stack, '/image')),
      Import: WorkspaceImageSource.image(Fn.importValue('image')),
      Dynamic: WorkspaceImageSource.image(dynamic('/image')),
      OwnerInParameter: WorkspaceImageSource.image('wsi-owner0001', { accountId: parameter('OwnerId') }),
      DynamicOwner: WorkspaceImageSource.image('wsi-owner0002', { accountId: dynamic('/owner') }),
    };
    for (const [id, source] of Object.entries(sources)) {
      new WorkspaceImageCopy(stack, id, { source, timeout: Duration.minutes(14) });
    }
  };
  const { problems, assumptions } = await played(declare);
  expect(problems).toEqual([]);
  const own = `${RECIPIENT.account} in us-east-1.`;
  const shared = `in eu-west-1, shared with ${RECIPIENT.account}.`;
  expect([...assumptions].sort()).toEqual([
    `The source of Recipient/Dynamic is an image of ${own}`,
    `The source of Recipient/DynamicOwner is an image of 222233334444 in us-east-1, shared with ${RECIPIENT.account}.`,
    `The source of Recipient/Import is an image of ${own}`,
    `The source of Recipient/Literal is an image of ${own}`,
    `The source of Recipient/OfOtherAccount is an image of ${OWNER.account} ${shared}`,
    `The source of Recipient/OwnerInParameter is an image of 777788889999 in us-east-1, shared with ${RECIPIENT.account}.`,
    `The source of Recipient/Parameter is an image of ${OWNER.account} ${shared}`,
    `The source of Recipient/Ssm is an image of ${own}`,
  ]);
});

it.each([
  ['Owner', ['wsi-simulation2']],
  // There, a share in another stack still shares the image when it is deleted.
  ['Images', ['wsi-simulation1']],
])(
  'an image that a resource of the stack %s makes is deleted when it is replaced and no longer shared',
  async (name, images) => {
    const { problems, ...app } = await played(
      (root) => {
        const owner = new Stack(root, 'Owner', { env: OWNER });
        const stack = name === 'Owner' ? owner : new Stack(root, name, { env: OWNER });
        const imageId = new CfnResource(stack, 'Image', { type: 'Custom::GoldenImage' })
          .getAtt('Id')
          .toString();
        new CfnResource(stack, 'Other', { type: 'Custom::GoldenImage' });
        new WorkspaceImageShare(owner, 'Golden', { imageId, accountIds: [RECIPIENT.account] });
      },
      { flags: { '@aws-cdk/core:defaultCrossStackReferences': 'weak' } },
    );
    expect(problems).toEqual([]);
    expect(app.images('new image', OWNER)).toEqual(images);
  },
);
