import { nothingId, parsePhysicalId, shareId, undoId } from '../../lambda/physical-id';

/** Stacks that earlier releases deployed contain these IDs: another spelling would replace or orphan their shares. */
test.each([
  ['share/wsi-8t4x2k9p7/Golden', shareId('wsi-8t4x2k9p7', 'Golden'), 'share', 'wsi-8t4x2k9p7'],
  ['undo/wsi-8t4x2k9p7/Golden', undoId('wsi-8t4x2k9p7', 'Golden'), 'undo', 'wsi-8t4x2k9p7'],
  ['nothing/Golden', nothingId('Golden'), 'nothing', undefined],
])('the spelling of %s never changes', (spelling, id, kind, imageId) => {
  expect(id).toBe(spelling);
  expect(parsePhysicalId(id)).toEqual({ kind, ...(imageId && { imageId }) });
});

test.each([
  'Images-Share-1ABCDEFGHIJKL',
  'share',
  'share/wsi-8t4x2k9p7',
  'share/wsi-8t4x2k9p7/',
  'share//Golden',
  'undo/wsi-8t4x2k9p7',
  'another/wsi-8t4x2k9p7/Golden',
  'another/Golden',
  'nothing',
  'nothing/',
])('%s is unknown', (id) => {
  expect(parsePhysicalId(id)).toEqual({ kind: 'unknown' });
});
