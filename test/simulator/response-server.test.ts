import { ResponseServer } from '../../simulator/response-server';

let server: ResponseServer;

async function started() {
  server = await ResponseServer.start();
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

it('rejects a body without a length, as a pre-signed URL does', async () => {
  const { url } = await started();
  const stream = new Blob(['first']).stream();
  const response = await fetch(url, { method: 'PUT', body: stream, duplex: 'half' } as RequestInit);
  expect(response.status).toBe(411);
});
