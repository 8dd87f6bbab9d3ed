// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub.
import { IMAGE_TYPE, Images } from '../../../simulator/inputs/images';
import type { Template } from '../../../simulator/template';
import { WorkspacesEndpoint } from '../../../simulator/workspaces-endpoint';

const IMAGE = 'wsi-8t4x2k9p7';
const SHARE = { Type: 'Custom::WorkspaceImageShare', Properties: { ImageId: IMAGE, AccountIds: [] } };

let endpoint: WorkspacesEndpoint;
beforeEach(async () => {
  endpoint = await WorkspacesEndpoint.start();
});
afterEach(() => endpoint.close());

it('updates all references to a share whose literal image is replaced', () => {
  const template: Template = {
    Resources: {
      Sharewsi8t4x2k9p7: SHARE,
      Other: {
        Type: 'Test::Other',
        DependsOn: ['Sharewsi8t4x2k9p7', 'Another'],
        Properties: {
          Ref: [{ Ref: 'Sharewsi8t4x2k9p7' }, { Ref: 'Another' }],
          Attribute: { 'Fn::GetAtt': ['Sharewsi8t4x2k9p7', 'ImageId'] },
          Text: { 'Fn::Sub': '${Sharewsi8t4x2k9p7} ${Sharewsi8t4x2k9p7.ImageId} ${Another}' },
        },
      },
    },
    Outputs: { O: { Value: { Ref: 'Sharewsi8t4x2k9p7' } } },
  };
  const images = new Images(endpoint, []);
  const { Resources, Outputs } = images.replaceIn(images.addTo(template));
  expect(Object.keys(Resources ?? {})).toEqual([
    'Other',
    'SimulatedImageSharewsi8t4x2k9p7',
    'SimulatedImagewsisimulation1',
    'Sharewsisimulation1',
  ]);
  expect(Resources?.Other).toMatchObject({
    DependsOn: ['Sharewsisimulation1', 'Another'],
    Properties: {
      Ref: [{ Ref: 'Sharewsisimulation1' }, { Ref: 'Another' }],
      Attribute: { 'Fn::GetAtt': ['Sharewsisimulation1', 'ImageId'] },
      Text: { 'Fn::Sub': '${Sharewsisimulation1} ${Sharewsisimulation1.ImageId} ${Another}' },
    },
  });
  expect(Outputs).toEqual({ O: { Value: { Ref: 'Sharewsisimulation1' } } });
});

it('cannot delete an image that is still shared', async () => {
  const { create, delete: remove } = new Images(endpoint, []).resourceTypes()[IMAGE_TYPE];
  const request = { stack: 'Images', logicalId: 'Image', type: IMAGE_TYPE, properties: { ImageId: IMAGE } };
  expect(await create?.(request)).toEqual({ physicalId: IMAGE });
  endpoint.share(IMAGE, '111122223333');
  await expect(remove?.({ ...request, physicalId: IMAGE })).rejects.toThrow(
    `The image ${IMAGE} could not be deleted: The image ${IMAGE} is shared with 1 accounts.`,
  );
  endpoint.unshare(IMAGE, '111122223333');
  await remove?.({ ...request, physicalId: IMAGE });
  expect(endpoint.hasImage(IMAGE)).toBe(false);
  await remove?.({ ...request, physicalId: IMAGE });
});

it('creates images only for resources that are the image of a share', async () => {
  const template = { Resources: { Image: { Type: 'Custom::Image' }, Other: { Type: 'Custom::Image' } } };
  const stack = { name: 'Images', template, dependencies: [] };
  const images = new Images(endpoint, [{ stack, logicalId: 'Image', attribute: 'ImageId' }]);
  const type = images.resourceTypes()['Custom::Image'];
  const request = { stack: 'Images', type: 'Custom::Image', properties: {} };
  expect(await type.create?.({ ...request, logicalId: 'Other' })).toBeUndefined();
  expect(await type.create?.({ ...request, logicalId: 'Image' })).toEqual({
    physicalId: 'wsi-simulation1',
    attributes: { ImageId: 'wsi-simulation1' },
  });
  expect(images.known).toEqual(['wsi-simulation1']);
});
