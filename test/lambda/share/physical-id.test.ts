import { failureId, nothingId, parsePhysicalId, shareId, undoId } from '../../../lambda/share/physical-id';
import { createEvent, deleteEvent, IMAGE, LOGICAL_ID, SHARE_ID, share, updateEvent } from './events';

/** Stacks that earlier releases deployed contain these IDs: another format would replace or orphan their shares. */
test.each([
  ['share/wsi-8t4x2k9p7/Golden', shareId('wsi-8t4x2k9p7', 'Golden'), 'share', 'wsi-8t4x2k9p7'],
  ['undo/wsi-8t4x2k9p7/Golden', undoId('wsi-8t4x2k9p7', 'Golden'), 'undo', 'wsi-8t4x2k9p7'],
  ['nothing/Golden', nothingId('Golden'), 'nothing', undefined],
])('the format of %s never changes', (format, id, kind, imageId) => {
  expect(id).toBe(format);
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
])('the ID %s is not of this release', (id) => {
  expect(parsePhysicalId(id)).toEqual({ kind: 'unknown' });
});

test('a Create fails with an ID that determines what its Delete revokes', () => {
  expect(failureId(createEvent())).toBe(`nothing/${LOGICAL_ID}`);
  expect(failureId(createEvent(), IMAGE)).toBe(`undo/${IMAGE}/${LOGICAL_ID}`);
});

test('an Update and a Delete fail with the ID of the event, because CloudFormation adopts any other', () => {
  expect(failureId(updateEvent(share(), share()), IMAGE)).toBe(SHARE_ID);
  expect(failureId(deleteEvent(), IMAGE)).toBe(SHARE_ID);
});
