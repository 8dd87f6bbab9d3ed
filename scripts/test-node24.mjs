// Runs the tests on the Node.js of the Lambda runtime.
import { delimiter, dirname } from 'node:path';
import { runVisibly } from './commands.mjs';
import { lambdaNode } from './tools.mjs';

const node = await lambdaNode();
await runVisibly(node, ['node_modules/jest/bin/jest.js', ...process.argv.slice(2)], {
  // The programs that tests start run on it too.
  env: { PATH: [dirname(node), process.env.PATH].join(delimiter) },
});
