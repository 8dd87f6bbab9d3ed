// The program of a function's thread: it receives the time and events, calls the handler, and reports the results.

const http = require('node:http');
const { join } = require('node:path');
const { parentPort } = require('node:worker_threads');

/** Milliseconds of the clock after which this thread is called again, even if no timer is due. */
const MAX_STEP = 1_000;
/** Real milliseconds that the clock waits for responses, unless one comes with a simulated delay. */
const MAX_WAIT = 5_000;

const RealDate = Date;
const realTimeout = setTimeout;
const realRequest = http.request;
const timers = new Set();
/** The requests without a complete response. */
const requests = new Set();
/** The time of the last step of the clock, which all code in this thread sees. */
let time = 0;

// One way for all output, so that it arrives in order, and before the end of the invocation.
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk) => {
    parentPort.postMessage({ log: String(chunk) });
    return true;
  };
}

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [time] : given));
  }
  static now() {
    return time;
  }
};
globalThis.setTimeout = (task, delay = 1, ...given) => {
  const timer = {
    run: () => task(...given),
    ref: () => timer,
    unref: () => timer,
    refresh() {
      timer.due = time + delay;
      timers.add(timer);
      return timer;
    },
  };
  return timer.refresh();
};
globalThis.clearTimeout = (timer) => {
  timers.delete(timer);
};
http.request = (...given) => {
  const request = realRequest(...given);
  requests.add(request);
  return request.once('close', () => requests.delete(request));
};

parentPort.on('message', async ({ now, invocation }) => {
  time = now;
  if (invocation) {
    await invoke(invocation);
    return;
  }
  for (const timer of [...timers].filter(({ due }) => due <= time).sort((a, b) => a.due - b.due)) {
    // Another timer may have cleared it.
    if (timers.delete(timer)) {
      timer.run();
    }
    await turn();
  }
  await turn();
  await responses();
  parentPort.postMessage({ due: Math.min(time + MAX_STEP, ...[...timers].map(({ due }) => due)) });
});

/** Waits for the responses to all requests, and for what the function does with them. */
async function responses() {
  const limit = performance.now() + MAX_WAIT;
  while (requests.size > 0 && performance.now() < limit) {
    await Promise.race([
      new Promise((resolve) => [...requests][0].once('close', resolve)),
      new Promise((resolve) => realTimeout(resolve, MAX_WAIT).unref()),
    ]);
    await turn();
  }
}

/** Lets the function do what it can do without waiting. */
function turn() {
  return new Promise(setImmediate);
}

async function invoke({ handler, event, awsRequestId, lambda, directory }) {
  const deadline = time + lambda.timeoutSeconds * 1000;
  const context = {
    awsRequestId,
    functionName: lambda.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: lambda.arn,
    memoryLimitInMB: String(lambda.memoryMiB),
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - time),
  };
  const dot = handler.lastIndexOf('.');
  const ended = {};
  try {
    const loaded = require(join(directory, handler.slice(0, dot)));
    await loaded[handler.slice(dot + 1)](event, context);
  } catch (error) {
    ended.error = error instanceof Error ? error.stack : String(error);
  }
  parentPort.postMessage({ ended });
}
