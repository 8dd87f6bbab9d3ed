import { deliveryOf, timeSent } from '../../../lambda/event/delivery';
import { createEvent, updateEvent } from '../copy/events';

const CONTEXT = {
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:Copy',
  getRemainingTimeInMillis: () => 900_000,
} as never;

const MINUTE = 60_000;

/** An event that was sent some milliseconds ago. */
function sent(ago: number) {
  const date = new Date(Date.now() - ago).toISOString().replace(/[-:]|\.\d+/g, '');
  return { ...createEvent(), ResponseURL: `https://example.com/?X-Amz-Date=${date}&X-Amz-Expires=7200` };
}

test('the location of the function is in its ARN, and time is left to respond', () => {
  const { location, deadline } = deliveryOf(sent(0), CONTEXT);
  expect(location).toEqual({ region: 'eu-west-1', accountId: '123456789012' });
  expect(deadline - Date.now()).toBeGreaterThan(850_000);
  expect(deadline - Date.now()).toBeLessThanOrEqual(860_000);
});

test.each([
  [0, true, false],
  [48_000, true, false],
  [52_000, false, false],
  [16.8 * MINUTE, false, false],
  [17.2 * MINUTE, false, true],
])('a delivery %i ms after the event was sent: first %p, last %p', (ago, isFirst, isLast) => {
  expect(deliveryOf(sent(ago), CONTEXT)).toMatchObject({ isFirst, isLast });
});

test.each(['https://example.com/', 'https://example.com/?X-Amz-Date=20260101'])(
  'a delivery is neither certainly the first nor the last if %s does not tell when the event was sent',
  (ResponseURL) => {
    const event = { ...createEvent(), ResponseURL };
    expect(timeSent(event)).toBeUndefined();
    expect(deliveryOf(event, CONTEXT)).toMatchObject({ isFirst: false, isLast: false });
  },
);

test('a failed Create has an ID of its own, and a failed Update that of its event', () => {
  expect(deliveryOf(createEvent(), CONTEXT).failureId).toBe('nothing/Golden');
  const update = updateEvent(
    'wsi-copy00001',
    createEvent().ResourceProperties,
    createEvent().ResourceProperties,
  );
  expect(deliveryOf(update, CONTEXT).failureId).toBe('wsi-copy00001');
});
