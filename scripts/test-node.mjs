// Runs tests on another Node.js, which is installed in tools/:
//   node scripts/test-node.mjs <tool> [argument of Jest ...]
import { delimiter, dirname } from 'node:path';
import { runVisibly } from './commands.mjs';
import { nodeOf } from './tools.mjs';

const [tool, ...args] = process.argv.slice(2);
const node = await nodeOf(tool);
await runVisibly(node, ['node_modules/jest/bin/jest.js', ...args], {
  // The programs that tests start run on it too.
  env: { PATH: [dirname(node), process.env.PATH].join(delimiter) },
});
