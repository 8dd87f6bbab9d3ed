import { IMAGE_TYPE, Images } from '../../../simulator/inputs/images';
import { WorkspacesEndpoint } from '../../../simulator/workspaces-endpoint';

const IMAGE = 'wsi-8t4x2k9p7';

let endpoint: WorkspacesEndpoint;
beforeEach(async () => {
  endpoint = await WorkspacesEndpoint.start();
});
afterEach(() => endpoint.close());

it('updates all references to a share whose literal image is replaced', () => {
  const references = (id: string) => ({
    Type: 'Test::Other',
    DependsOn: [id, 'Another'],
    Properties: {
      Ref: [{ Ref: id }, { Ref: 'Another' }],
      Attribute: { 'Fn::GetAtt': [id, 'ImageId'] },
      Text: { 'Fn::Sub': `\${${id}} \${${id}.ImageId} \${Another}` },
    },
  });
  const Share = { Type: 'Custom::WorkspaceImageShare', Properties: { ImageId: IMAGE, AccountIds: [] } };
  const images = new Images([]);
  const template = images.addTo({
    Resources: { Sharewsi8t4x2k9p7: Share, Other: references('Sharewsi8t4x2k9p7') },
    Outputs: { O: { Value: { Ref: 'Sharewsi8t4x2k9p7' } } },
  });
  const edited = new Set([IMAGE]);
  const { Resources, Outputs } = images.replaceIn(template, { edited, recreated: new Set() }, () => IMAGE);
  expect(Object.keys(Resources ?? {})).toEqual([
    'Other',
    'SimulatedImageSharewsi8t4x2k9p7',
    'SimulatedImagewsisimulation1',
    'Sharewsisimulation1',
  ]);
  expect(Resources?.Other).toEqual(references('Sharewsisimulation1'));
  expect(Outputs).toEqual({ O: { Value: { Ref: 'Sharewsisimulation1' } } });
});

it('cannot delete an image that is still shared', async () => {
  const { create, delete: remove } = new Images([]).resourceTypes(endpoint)[IMAGE_TYPE];
  const location = { stack: 'Images', account: '777788889999', region: 'eu-west-1' };
  const request = { ...location, logicalId: 'Image', type: IMAGE_TYPE, properties: { ImageId: IMAGE } };
  expect(await create?.(request)).toEqual({ physicalId: IMAGE });
  expect(endpoint.imagesOf(location.account, location.region)).toMatchObject([{ imageId: IMAGE }]);
  expect(endpoint.imagesOf(location.account, 'us-east-1')).toEqual([]);
  endpoint.share(IMAGE, '111122223333');
  await expect(remove?.({ ...request, physicalId: IMAGE })).rejects.toThrow(
    `The image ${IMAGE} could not be deleted: The image ${IMAGE} is still shared.`,
  );
  endpoint.unshare(IMAGE, '111122223333');
  await remove?.({ ...request, physicalId: IMAGE });
  expect(endpoint.hasImage(IMAGE)).toBe(false);
  await remove?.({ ...request, physicalId: IMAGE });
});
