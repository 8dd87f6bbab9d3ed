import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { planFor } from '../../../lambda/share/plan';
import { requestOf } from '../../../lambda/share/request';
import {
  A,
  ACCOUNT,
  B,
  C,
  createEvent,
  deleteEvent,
  IMAGE,
  LOGICAL_ID,
  OTHER_IMAGE,
  SHARE_ID,
  share,
  updateEvent,
} from './events';

const planOf = (event: CloudFormationCustomResourceEvent) => planFor(requestOf(event, ACCOUNT));

const OTHER_ID = `share/${OTHER_IMAGE}/${LOGICAL_ID}`;
const other = (accounts: string[], more: object = {}) => share(accounts, { ImageId: OTHER_IMAGE, ...more });

test('a Create grants what is listed, and refuses permissions that exist already', () => {
  expect(planOf(createEvent(share([B, A])))).toEqual({
    goals: [{ imageId: IMAGE, grant: [A, B], keep: [], revoke: [] }],
    stopsAtFailure: true,
    onExisting: 'refuse',
    physicalId: SHARE_ID,
    imageId: IMAGE,
  });
});

test('a Create with adoptExisting adopts permissions that exist already', () => {
  expect(planOf(createEvent(share([A], { AdoptExisting: 'true' })))).toMatchObject({ onExisting: 'adopt' });
});

test('an Update of the accounts changes the difference between the lists, and keeps the ID', () => {
  expect(planOf(updateEvent(share([B, C]), share([A, B])))).toEqual({
    goals: [{ imageId: IMAGE, grant: [C], keep: [B], revoke: [A] }],
    stopsAtFailure: true,
    onExisting: 'ignore',
    physicalId: SHARE_ID,
    imageId: IMAGE,
  });
});

test('an Update reads of the old list only what is valid, so that a rollback gets past what was refused', () => {
  const refused = share([A, 'nobody', ` ${B}`], { ImageId: 'ami-1' });
  const plan = planOf(updateEvent(share([B]), refused));
  expect(plan.goals).toEqual([{ imageId: IMAGE, grant: [B], keep: [], revoke: [A] }]);
});

test('an Update of a Create that failed and left nothing behind is a Create', () => {
  const PhysicalResourceId = `nothing/${LOGICAL_ID}`;
  const event = updateEvent(share([B]), share([A]), { PhysicalResourceId });
  expect(planOf(event)).toEqual(planOf(createEvent(share([B]))));
});

test('an Update to another image grants, and leaves the old image to the Delete in the cleanup', () => {
  const plan = planOf(updateEvent(other([A]), share([A, B])));
  expect(plan).toMatchObject({
    goals: [{ imageId: OTHER_IMAGE, grant: [A], revoke: [] }],
    onExisting: 'ignore',
    physicalId: OTHER_ID,
  });
});

test('an Update to another image with adoptExisting knows alone what it granted', () => {
  const plan = planOf(updateEvent(other([A], { AdoptExisting: 'true' }), share([A])));
  expect(plan.onExisting).toBe('adopt');
});

test('a replacement that succeeded is rolled back by another replacement', () => {
  const plan = planOf(updateEvent(share([A]), other([B]), { PhysicalResourceId: OTHER_ID }));
  expect(plan).toMatchObject({ goals: [{ imageId: IMAGE, grant: [A] }], physicalId: SHARE_ID });
});

test('a replacement that failed is rolled back in place, even if the old image cannot be shared', () => {
  expect(planOf(updateEvent(share([A]), other([B, C])))).toMatchObject({
    goals: [
      { imageId: IMAGE, grant: [A], revoke: [] },
      { imageId: OTHER_IMAGE, grant: [], revoke: [B, C] },
    ],
    stopsAtFailure: false,
    physicalId: SHARE_ID,
  });
});

test('the rollback of a failed replacement keeps what it may have adopted, and names the accounts', () => {
  const plan = planOf(updateEvent(share([A]), other([B, C], { AdoptExisting: 'true' })));
  expect(plan.goals.map(({ imageId }) => imageId)).toEqual([IMAGE]);
  expect(plan.note).toContain(`${B}, ${C}`);
});

const revokes = (imageId: string, accounts: string[]) => [{ imageId, grant: [], keep: [], revoke: accounts }];

test.each([
  ['of a share', SHARE_ID],
  ['of a Create that left permissions behind', `undo/${IMAGE}/${LOGICAL_ID}`],
  ['of a Create that never responded', 'Images-WorkspaceImageShare-1ABCDEFGHIJKL'],
])('the Delete %s revokes what is listed', (_, PhysicalResourceId) => {
  expect(planOf(deleteEvent(share([A, B]), { PhysicalResourceId }))).toMatchObject({
    goals: revokes(IMAGE, [A, B]),
    stopsAtFailure: false,
    onExisting: 'ignore',
    physicalId: PhysicalResourceId,
  });
});

test.each([
  ['of a Create that left nothing behind', `nothing/${LOGICAL_ID}`, share()],
  ['of an empty share', SHARE_ID, share([])],
  ['of properties that never were a share', 'Images-WorkspaceImageShare-1', share('x', { ImageId: 'x' })],
])('the Delete %s revokes nothing', (_, PhysicalResourceId, properties) => {
  expect(planOf(deleteEvent(properties, { PhysicalResourceId })).goals).toEqual([]);
});

test.each([
  ['a share', SHARE_ID, false, false],
  ['a Create that left permissions behind', `undo/${IMAGE}/${LOGICAL_ID}`, true, false],
  ['a Create that never responded', 'Images-WorkspaceImageShare-1ABCDEFGHIJKL', true, true],
])(
  'the plan for the Delete of %s shows whether its Create failed or never responded (%s)',
  (_, PhysicalResourceId, failed, unknown) => {
    expect(planOf(deleteEvent(share([A]), { PhysicalResourceId }))).toMatchObject({
      deletesFailedCreate: failed,
      deletesUnknown: unknown,
    });
  },
);

test('the Delete of an adopting Create that never responded revokes nothing, and names the accounts', () => {
  const adopting = share([A], { AdoptExisting: 'true' });
  const plan = planOf(deleteEvent(adopting, { PhysicalResourceId: 'Images-WorkspaceImageShare-1ABC' }));
  expect(plan.goals).toEqual([]);
  expect(plan.note).toContain(A);
});

test('a Delete revokes on both images if a replacement and its rollback failed', () => {
  expect(planOf(deleteEvent(other([A]))).goals).toEqual([
    ...revokes(IMAGE, [A]),
    ...revokes(OTHER_IMAGE, [A]),
  ]);
});
