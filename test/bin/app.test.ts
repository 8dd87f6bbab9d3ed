import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAccountId, isImageId } from '../../lib/validation';

test('the app in bin/ synthesizes without arguments and takes the image and the accounts as parameters', () => {
  const outdir = join(__dirname, '..', '..', 'coverage', 'app.out');
  process.env.CDK_OUTDIR = outdir;
  jest.isolateModules(() => require('../../bin/app'));
  process.emit('beforeExit', 0);
  delete process.env.CDK_OUTDIR;

  const template = JSON.parse(readFileSync(join(outdir, 'WorkspaceImageShare.template.json'), 'utf8'));
  const { ImageId, AccountIds } = template.Parameters;
  expect(ImageId.Type).toBe('String');
  expect(AccountIds.Type).toBe('CommaDelimitedList');
  expect(isImageId('wsi-8t4x2k9p7') && new RegExp(ImageId.AllowedPattern).test('wsi-8t4x2k9p7')).toBe(true);
  expect(isAccountId('111122223333') && new RegExp(AccountIds.AllowedPattern).test('111122223333')).toBe(
    true,
  );
  const share = Object.values<{ Type: string; Properties: unknown }>(template.Resources).find(
    ({ Type }) => Type === 'Custom::WorkspaceImageShare',
  );
  expect(share?.Properties).toMatchObject({ ImageId: { Ref: 'ImageId' }, AccountIds: { Ref: 'AccountIds' } });
});
