import { ResponseServer } from '../../simulator/response-server';
import { VirtualClock } from '../support/virtual-clock';

let server: ResponseServer;

async function started(clock = new VirtualClock()) {
  server = await ResponseServer.start({ clock: clock.serverSide });
  return server.open();
}

const put = (url: string, body: string) => fetch(url, { method: 'PUT', body });

afterEach(() => server.close());

it('accepts the first response and ignores later ones', async () => {
  const { url, body } = await started();
  expect((await put(url, 'first')).status).toBe(200);
  expect((await put(url, 'second')).status).toBe(200);
  expect(await body).toBe('first');
});

it('accepts only PUT, and only at its own URLs', async () => {
  const { url } = await started();
  expect((await fetch(url)).status).toBe(403);
  expect((await put(`${url}x`, 'first')).status).toBe(403);
});

it('pre-signs a URL in the second in which it is opened', async () => {
  const clock = new VirtualClock();
  const { searchParams: first } = new URL((await started(clock)).url);
  await clock.run(clock.sleep(61_999));
  const { searchParams: second } = new URL(server.open().url);
  expect([first.get('X-Amz-Date'), second.get('X-Amz-Date')]).toEqual([
    '20260101T000000Z',
    '20260101T000101Z',
  ]);
  expect(first.get('X-Amz-Expires')).toBe('7200');
  expect(first.get('X-Amz-Signature')).not.toBe(second.get('X-Amz-Signature'));
});

it('rejects a URL without its signature', async () => {
  const { url } = await started();
  expect((await put(url.replace(/\?.*/, ''), 'first')).status).toBe(403);
});

it('rejects a body without a length, as a pre-signed URL does', async () => {
  const { url } = await started();
  const stream = new Blob(['first']).stream();
  const response = await fetch(url, { method: 'PUT', body: stream, duplex: 'half' } as RequestInit);
  expect(response.status).toBe(411);
});
