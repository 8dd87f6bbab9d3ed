// The program of a function's process: it receives the time and events, calls the handler, and reports the results.

const { join } = require('node:path');

/** The start of the line that ends an invocation. */
const [, , END] = process.argv;
const RealDate = Date;
const timers = new Set();
/** The time of the last step of the clock, which all code in this process sees. */
let time = 0;

// One stream, so that the lines of an invocation stay in order.
process.stderr.write = process.stdout.write.bind(process.stdout);

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

process.on('message', async ({ now, invocation }) => {
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
  process.send('stepped');
});

/** Lets the process do what it can do without waiting. */
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
  let report = {};
  try {
    const loaded = require(join(directory, handler.slice(0, dot)));
    await loaded[handler.slice(dot + 1)](event, context);
  } catch (error) {
    report = { error: error instanceof Error ? error.stack : String(error) };
  }
  process.stdout.write(`\n${END}${JSON.stringify(report)}\n`);
}
