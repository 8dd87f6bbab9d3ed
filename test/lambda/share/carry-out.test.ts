import { useFunction } from '../../support/function-harness';
import {
  A,
  B,
  BYSTANDER,
  C,
  createEvent,
  deleteEvent,
  IMAGE,
  NOTHING_ID,
  OTHER_IMAGE,
  SHARE_ID,
  share,
  updateEvent,
} from './events';

const harness = useFunction({ latency: 20 });

test('invalid properties fail a Create before any call, and its Delete also makes none', async () => {
  const invalid = share(['1234']);
  const response = await harness.send(createEvent(invalid));
  expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: NOTHING_ID });
  expect(response.Reason).toMatch(/nothing was changed.*"1234"/);
  const { PhysicalResourceId } = response;
  expect((await harness.send(deleteEvent(invalid, { PhysicalResourceId }))).Status).toBe('SUCCESS');
  expect(harness.endpoint.calls).toEqual([]);
});

test('the rollback of a replacement that failed shares the old image, and unshares the new one', async () => {
  await harness.send(createEvent(share([A])));
  harness.refuse(C);
  const other = share([B, C], { ImageId: OTHER_IMAGE });
  await harness.send(updateEvent(other, share([A])));
  const response = await harness.send(updateEvent(share([A]), other));
  expect(response).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: SHARE_ID });
  expect([harness.accounts(), harness.accounts(OTHER_IMAGE)]).toEqual([[A], []]);
});

test('a rollback that cannot share the old image unshares the new one anyway', async () => {
  harness.endpoint.share(OTHER_IMAGE, B);
  harness.refuse(A);
  const other = share([B], { ImageId: OTHER_IMAGE });
  const response = await harness.send(updateEvent(share([A]), other));
  expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: SHARE_ID });
  expect(harness.accounts(OTHER_IMAGE)).toEqual([]);
});

test('a Delete fails with the accounts that it could not revoke, and succeeds when it is sent again', async () => {
  await harness.send(createEvent(share([A, B])));
  harness.refuse(A, false);
  const response = await harness.send(deleteEvent(share([A, B])));
  expect(response).toMatchObject({ Status: 'FAILED', PhysicalResourceId: SHARE_ID });
  expect(response.Reason).toContain(`could not be unshared from ${A}`);
  expect(harness.accounts()).toEqual([A]);
  harness.endpoint.onCall = undefined;
  expect((await harness.send(deleteEvent(share([A, B])))).Status).toBe('SUCCESS');
  expect(harness.accounts()).toEqual([]);
});

test('a Delete reports other accounts with permission, because the image cannot be deleted yet', async () => {
  harness.endpoint.share(IMAGE, BYSTANDER);
  const response = await harness.send(deleteEvent(share([A])));
  expect(response.Status).toBe('SUCCESS');
  expect(response.Reason).toContain(`Image ${IMAGE} is still shared with ${BYSTANDER}`);
  expect(harness.logged(response.Reason as string)).toMatchObject([{ level: 'WARN' }]);
});
