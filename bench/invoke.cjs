// Runs one function in a process of its own, as Lambda does: `node invoke.cjs <file>`, see `Invocations` in services.ts.
// The last line on stderr is what it took.
const { readFileSync, writeSync } = require('node:fs');

const { handler, events, respondTo, timeout = 900 } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

if (respondTo) {
  // The handler of AwsCustomResource always sends responses to port 443.
  const https = require('node:https');
  const real = https.request;
  https.request = (options, ...rest) =>
    options.path?.startsWith('/response/')
      ? (respondTo.tls ? real : require('node:http').request)({ ...options, port: respondTo.port }, ...rest)
      : real(options, ...rest);
}

const context = {
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:Share',
  functionName: 'Share',
  logStreamName: 'bench',
  getRemainingTimeInMillis: () => Math.max(0, (timeout - process.uptime()) * 1_000),
};

async function run() {
  const { handler: handle } = require(handler);
  for (const event of events) {
    // A function may end an invocation with an error after its response.
    await handle(event, context).catch(console.error);
  }
  const { user, system } = process.cpuUsage();
  const took = { cpu: (user + system) / 1_000, memory: mostMemory() };
  writeSync(2, `\n${JSON.stringify(took)}`);
  process.exit();
}

/** In MiB. On Linux, `resourceUsage` includes the memory of the parent process. */
function mostMemory() {
  const kibibytes =
    process.platform === 'linux'
      ? /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]
      : process.resourceUsage().maxRSS;
  return kibibytes / 1_024;
}

run();
