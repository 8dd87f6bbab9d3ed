import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Assembly } from '../../simulator/assembly';
import { simulate } from '../../simulator/lifecycle';

test('the app that `npm start` simulates shares an image, copies it in another account, and has a bundle of the copy', async () => {
  process.env.CDK_OUTDIR = mkdtempSync(join(tmpdir(), 'bin-'));
  require('../../bin/app');
  // The app is synthesized when the process has nothing else to do.
  process.emit('beforeExit', 0);
  const { ok, stacks, steps, assumptions } = await simulate(new Assembly(process.env.CDK_OUTDIR));
  delete process.env.CDK_OUTDIR;
  expect({ ok, assumptions }).toEqual({ ok: true, assumptions: [] });
  expect(stacks).toMatchObject([
    { stack: 'Owner', shares: 1, copies: 0, bundles: 0 },
    { stack: 'Recipient', shares: 0, copies: 1, bundles: 1 },
  ]);
  expect(steps[0].images).toMatchObject([
    { account: '999988887777', region: 'eu-west-1', imageId: 'wsi-8t4x2k9p7' },
    { account: '555566667777', region: 'us-east-1', copyOf: 'wsi-8t4x2k9p7' },
  ]);
  expect(steps[0].bundles).toMatchObject([
    { account: '555566667777', region: 'us-east-1', imageId: steps[0].images[1].imageId },
  ]);
});
