// Runs one function in a process of its own, as Lambda does: `node invoke.cjs <file>`, see `Invocation` in world.ts.
// What it took is the last line on stderr.
const { readFileSync, writeSync } = require('node:fs');

const { handler, events, answersAt } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

if (answersAt) {
  // AwsCustomResource's handler answers to port 443 alone.
  const https = require('node:https');
  const real = https.request;
  https.request = (options, ...rest) =>
    options.path?.startsWith('/answer/')
      ? (answersAt.tls ? real : require('node:http').request)({ ...options, port: answersAt.port }, ...rest)
      : real(options, ...rest);
}

const context = {
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:Share',
  functionName: 'Share',
  logStreamName: 'bench',
  getRemainingTimeInMillis: () => Math.max(0, 900_000 - process.uptime() * 1_000),
};

async function run() {
  const { handler: handle } = require(handler);
  for (const event of events) {
    await handle(event, context);
  }
  const { user, system } = process.cpuUsage();
  const took = { cpu: (user + system) / 1_000, memory: mostMemory() };
  writeSync(2, `\n${JSON.stringify(took)}`);
  process.exit();
}

/** In MiB. What `resourceUsage` says begins, on Linux, with what the process had that started this one. */
function mostMemory() {
  const kibibytes =
    process.platform === 'linux'
      ? /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]
      : process.resourceUsage().maxRSS;
  return kibibytes / 1_024;
}

run();
