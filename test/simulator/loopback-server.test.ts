import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { Server } from 'node:net';
import { LoopbackServer, respond } from '../../simulator/loopback-server';
import { VirtualClock } from '../support/virtual-clock';

const clock = new VirtualClock();

/** Responds with the body of the request, and never to an empty one. */
class Echo extends LoopbackServer {
  static async start(port?: number): Promise<Echo> {
    const echo = new Echo();
    await echo.listen(port);
    return echo;
  }

  requests = 0;

  protected async serve(_request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    this.requests++;
    if (body !== '') {
      respond(response, clock, 200, body, { 'content-type': 'text/plain' });
    }
  }
}

let echo: Echo;
beforeEach(async () => {
  echo = await Echo.start();
});
afterEach(() => echo.close());

const post = (body: string) => fetch(echo.url, { method: 'POST', body });
const port = () => Number(new URL(echo.url).port);

test('a response has the length of its body, and the time of the clock', async () => {
  const response = await post('é');
  expect(await response.text()).toBe('é');
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-length': '2',
    'content-type': 'text/plain',
    date: 'Thu, 01 Jan 2026 00:00:00 GMT',
  });
});

test('the server listens on the loopback interface only', async () => {
  const listen = jest.spyOn(Server.prototype, 'listen');
  await (await Echo.start()).close();
  expect(listen).toHaveBeenCalledWith(0, '127.0.0.1', expect.anything());
});

test('a request that ends early is not served, and does no harm', async () => {
  const cut = request(echo.url, { method: 'POST', headers: { 'content-length': 10 } });
  const closed = new Promise((resolve) => cut.on('error', resolve));
  cut.write('half', () => cut.destroy());
  await closed;
  expect((await post('whole')).status).toBe(200);
  expect(echo.requests).toBe(1);
});

test('closing ends idle connections and requests in progress, and frees the port', async () => {
  await post('idle');
  const waiting = expect(post('')).rejects.toThrow('fetch failed');
  while (echo.requests < 2) {
    await new Promise(setImmediate);
  }
  const freed = port();
  await echo.close();
  await waiting;
  echo = await Echo.start(freed);
  expect(port()).toBe(freed);
});
