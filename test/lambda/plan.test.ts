import { failureId, planFor } from '../../lambda/plan';
import {
  A,
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

const OTHER_ID = `share/${OTHER_IMAGE}/${LOGICAL_ID}`;
const FOREIGN_ID = 'an ID as another release spelled it';
const other = (accounts: string[], more: object = {}) => share(accounts, { ImageId: OTHER_IMAGE, ...more });

describe('a Create', () => {
  test('grants what is listed, and refuses permissions that exist already', () => {
    expect(planFor(createEvent(share([B, A])))).toEqual({
      goals: [{ imageId: IMAGE, grant: [A, B], keep: [], revoke: [] }],
      existing: 'refuse',
      physicalId: SHARE_ID,
      imageId: IMAGE,
      notes: [],
    });
  });

  test('with adoptExisting adopts them', () => {
    expect(planFor(createEvent(share([A], { AdoptExisting: 'true' })))).toMatchObject({ existing: 'adopt' });
  });

  test('fails with an ID that determines what its Delete revokes', () => {
    expect(failureId(createEvent())).toBe(`nothing/${LOGICAL_ID}`);
    expect(failureId(createEvent(), IMAGE)).toBe(`undo/${IMAGE}/${LOGICAL_ID}`);
  });
});

describe('an Update of the accounts', () => {
  test('changes the difference between the lists, and keeps the ID however it is spelled', () => {
    const more = { PhysicalResourceId: FOREIGN_ID };
    expect(planFor(updateEvent(share([B, C]), share([A, B]), more))).toEqual({
      goals: [{ imageId: IMAGE, grant: [C], keep: [B], revoke: [A] }],
      existing: 'ignore',
      physicalId: FOREIGN_ID,
      imageId: IMAGE,
      notes: [],
    });
  });

  test('reads of the old list only what is valid, so that a rollback gets past what was refused', () => {
    const refused = share([A, 'nobody', ` ${B}`], { ImageId: 'ami-1' });
    const plan = planFor(updateEvent(share([B]), refused));
    expect(plan.goals).toEqual([{ imageId: IMAGE, grant: [B], keep: [], revoke: [A] }]);
    expect(plan.notes.join()).toContain('nobody');
  });

  test('fails with the ID of the event, because CloudFormation takes over any other', () => {
    expect(failureId(updateEvent(other([A]), share()), IMAGE)).toBe(SHARE_ID);
  });
});

describe('an Update to another image', () => {
  test('is a replacement: it grants, and leaves the old image to the Delete in the cleanup', () => {
    const plan = planFor(updateEvent(other([A]), share([A, B])));
    expect(plan).toMatchObject({
      goals: [{ imageId: OTHER_IMAGE, grant: [A], revoke: [] }],
      existing: 'ignore',
      physicalId: OTHER_ID,
    });
  });

  test('that adopts knows alone what it granted', () => {
    const plan = planFor(updateEvent(other([A], { AdoptExisting: 'true' }), share([A])));
    expect(plan.existing).toBe('adopt');
  });

  test('is rolled back by another replacement, if it succeeded', () => {
    const plan = planFor(updateEvent(share([A]), other([B]), { PhysicalResourceId: OTHER_ID }));
    expect(plan).toMatchObject({ goals: [{ imageId: IMAGE, grant: [A] }], physicalId: SHARE_ID });
  });

  test.each([
    ['if it failed, since no Delete comes for the image that CloudFormation has no ID of', SHARE_ID],
    ['in place, if the ID is from another release, which a rollback would have to restore', FOREIGN_ID],
  ])('revokes the former image %s', (_, PhysicalResourceId) => {
    const plan = planFor(updateEvent(share([A]), other([B, C]), { PhysicalResourceId }));
    expect(plan).toMatchObject({
      goals: [
        { imageId: IMAGE, grant: [A], revoke: [] },
        { imageId: OTHER_IMAGE, grant: [], revoke: [B, C] },
      ],
      physicalId: PhysicalResourceId,
    });
  });

  test('does not revoke what a failed one may have adopted, and names the accounts', () => {
    const plan = planFor(updateEvent(share([A]), other([B, C], { AdoptExisting: 'true' })));
    expect(plan.goals.map(({ imageId }) => imageId)).toEqual([IMAGE]);
    expect(plan.notes.join()).toContain(`${B}, ${C}`);
  });
});

describe('a Delete', () => {
  const revokes = (imageId: string, accounts: string[]) => [
    { imageId, grant: [], keep: [], revoke: accounts },
  ];

  test.each([
    ['of a share', SHARE_ID],
    ['of a Create that left permissions behind', `undo/${IMAGE}/${LOGICAL_ID}`],
    ['of a Create that never responded', 'Images-WorkspaceImageShare-1ABCDEFGHIJKL'],
  ])('%s revokes what is listed', (_, PhysicalResourceId) => {
    expect(planFor(deleteEvent(share([A, B]), { PhysicalResourceId }))).toMatchObject({
      goals: revokes(IMAGE, [A, B]),
      existing: 'ignore',
      physicalId: PhysicalResourceId,
    });
  });

  test.each([
    ['of a Create that left nothing behind', `nothing/${LOGICAL_ID}`, share()],
    ['of an empty share', SHARE_ID, share([])],
    ['of properties that never were a share', 'Images-WorkspaceImageShare-1', share('x', { ImageId: 'x' })],
  ])('%s revokes nothing', (_, PhysicalResourceId, properties) => {
    expect(planFor(deleteEvent(properties, { PhysicalResourceId })).goals).toEqual([]);
  });

  test('of an adopting Create that never responded revokes nothing, but waits for it to stop', () => {
    const adopting = share([A], { AdoptExisting: 'true' });
    const plan = planFor(deleteEvent(adopting, { PhysicalResourceId: 'Images-WorkspaceImageShare-1ABC' }));
    expect(plan.goals).toEqual(revokes(IMAGE, []));
    expect(plan.notes.join()).toContain(A);
  });

  test('revokes on both images, if a replacement and its rollback failed', () => {
    expect(planFor(deleteEvent(other([A]))).goals).toEqual([
      ...revokes(IMAGE, [A]),
      ...revokes(OTHER_IMAGE, [A]),
    ]);
  });
});
