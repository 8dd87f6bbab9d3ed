// Plays stories with one client, alone in a process: `node client-probe.js <module that exports the client>`, the
// stories as JSON on stdin, what happened as JSON on stdout. Time, chance and the network are the same for every
// client: a pause passes at once, and every host, by HTTPS too, is a server of this process.
const crypto = require('node:crypto');
const http = require('node:http');
const https = require('node:https');
const net = require('node:net');

let now = Date.parse('2026-01-02T03:04:05Z');
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [now] : given));
  }
  static now() {
    return now;
  }
};

let chance = 0;
Math.random = () => {
  chance = (chance + 0.37) % 1;
  return chance;
};
globalThis.crypto.randomUUID = () => '00000000-0000-4000-8000-000000000000';
crypto.getRandomValues = (bytes) => bytes.fill(7);

let pauses = [];
const realSetTimeout = setTimeout;
globalThis.setTimeout = (task, delay, ...given) => {
  // A promise that is resolved by time is a pause; what watches over a request is real.
  if (!String(task).includes('[native code]')) {
    return realSetTimeout(task, delay, ...given);
  }
  pauses.push(delay);
  // A timer never comes early: a rate that is computed from the clock would wait forever.
  now += Math.max(1, Math.ceil(delay));
  return setImmediate(task);
};

let requests = [];
let answers = [];
const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const headers = {};
    for (let i = 0; i < request.rawHeaders.length; i += 2) {
      headers[request.rawHeaders[i]] = request.rawHeaders[i + 1];
    }
    requests.push({
      method: request.method,
      url: request.url,
      headers,
      body: Buffer.concat(chunks).toString(),
    });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer.cut) {
      request.socket.destroy();
    } else if (!answer.never) {
      response.sendDate = false;
      response.writeHead(answer.status ?? 200, { 'x-amzn-requestid': 'request-1', ...answer.headers });
      const [first, ...rest] = [answer.body ?? '{}'].flat();
      response.write(first);
      setImmediate(() => response.end(rest.join('')));
    }
  });
});

const connect = (_options, connected) => net.connect(server.address().port, '127.0.0.1', connected);
http.Agent.prototype.createConnection = connect;
https.Agent.prototype.createConnection = connect;

function failureOf(error, WorkSpacesServiceException) {
  const { name, message, code, $fault, $metadata, $retryable, ...others } = error;
  return {
    ...{ name: error.name, message: error.message, code, $fault, $metadata, $retryable },
    others: Object.keys(others).sort(),
    modelled: error instanceof WorkSpacesServiceException,
    status: error.$response?.statusCode,
  };
}

async function play(story, sdk) {
  requests = [];
  pauses = [];
  answers = [...story.answers];
  const outcomes = [];
  try {
    const client = new sdk.WorkSpacesClient(story.options ?? {});
    for (const [operation, input] of story.calls) {
      const abortSignal = story.abortAfter && AbortSignal.timeout(story.abortAfter);
      await client.send(new sdk[`${operation}Command`](input), { abortSignal }).then(
        (output) => outcomes.push(output),
        (error) => outcomes.push(failureOf(error, sdk.WorkSpacesServiceException)),
      );
    }
    client.destroy();
  } catch (error) {
    outcomes.push({ thrown: String(error) });
  }
  server.closeAllConnections();
  return { requests, outcomes, pauses };
}

server.listen(0, '127.0.0.1', async () => {
  const sdk = require(process.argv[2]);
  const stories = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  const played = [];
  for (const story of stories) {
    played.push(await play(story, sdk));
  }
  process.stdout.write(JSON.stringify(played), () => process.exit());
});
