import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Extent, Measurements, type Row } from './measure';
import { node24 } from './tools';

const FULL: Extent = {
  pairs: 21,
  warmUp: 8,
  runs: 3,
  many: 100,
  most: 1_000,
  shares: 10,
  added: [10, 80],
  deleted: { shares: 6, accounts: 40 },
};
/** Enough to see that everything runs. */
const QUICK: Extent = {
  pairs: 1,
  warmUp: 0,
  runs: 1,
  many: 10,
  most: 50,
  shares: 3,
  added: [5, 10],
  deleted: { shares: 2, accounts: 10 },
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
  const quick = values.quick;
  for (const built of [
    'lib/index.js',
    'build/share/index.js',
    'build/copy/index.js',
    'build/bundle/index.js',
  ]) {
    if (!existsSync(resolve(__dirname, '..', built))) {
      throw new Error(`There is no ${built}: run "npm run build" first.`);
    }
  }
  const from = performance.now();
  const node = await node24();
  const measurements = new Measurements(node, quick ? QUICK : FULL, (what) => {
    const elapsed = `${Math.floor((performance.now() - from) / 1_000)} s`.padStart(6);
    // Without a terminal, one line for each row is enough.
    if (process.stdout.isTTY) {
      process.stdout.write(`\r\x1b[K${elapsed}  ${what}`);
    } else if (!/: (run|round) ([02-9]|1\d)/.test(what)) {
      console.log(`${elapsed}  ${what}`);
    }
  });
  await measurements.bundleSize();
  await measurements.coldStart(false);
  await measurements.coldStart(true);
  await measurements.memory();
  await measurements.oneAccountAdded();
  await measurements.manyUpdatesAtOnce();
  await measurements.longRunning();
  measurements.template();
  measurements.synthesis();
  measurements.packageSize();

  const seconds = Math.round((performance.now() - from) / 1_000);
  if (process.stdout.isTTY) {
    process.stdout.write('\r\x1b[K');
  }
  printTable(measurements.rows, quick);
  if (!quick) {
    writeFileSync(join(__dirname, 'RESULTS.md'), resultsPage(measurements.rows, node, seconds));
  }
  console.log(`\n${seconds} s. ${quick ? 'Too few repetitions to compare with the targets.' : ''}`);
}

function judgement({ met }: Row): string {
  return met ? 'met' : 'NOT MET';
}

function printTable(rows: readonly Row[], quick: boolean): void {
  for (const row of rows) {
    const judged = quick ? [] : [judgement(row)];
    console.log(`${row.name}\n    ${row.measured}`);
    console.log(`    ${[`target ${row.target}`, row.baseline, ...judged].join(' · ')}`);
  }
}

function resultsPage(rows: readonly Row[], node: string, seconds: number): string {
  const version = (name: string) =>
    JSON.parse(readFileSync(resolve(__dirname, '../node_modules', name, 'package.json'), 'utf8'))
      .version as string;
  const nodeVersion = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release().split('-')[0]} ${arch()}`;
  const cells = (...texts: string[]) => `| ${texts.join(' | ')} |`;
  return [
    '# Results',
    '',
    'Written by `npm run bench`. The values are from one run on one machine: compare them with each other only.',
    '',
    cells('', 'measured', 'target', 'baseline', ''),
    '|---|---|---|---|---|',
    ...rows.map((row) => cells(row.name, row.measured, row.target, row.baseline, judgement(row))),
    '',
    `${new Date().toISOString().slice(0, 10)}, ${seconds} s, ${machine}. Node.js ${nodeVersion}, ${['@aws-sdk/client-workspaces', 'aws-cdk-lib', 'esbuild'].map((name) => `${name} ${version(name)}`).join(', ')}.`,
    '',
    'The WorkSpaces and CloudFormation APIs and the response URL are on loopback. In rows that count calls, a call',
    'takes 50 ms, and the WorkSpaces API allows the documented 2 calls per second with a burst of 5, which is full at the',
    'start. The necessary calls are: for a Create, a read that shows no account, the grants, and the pages of a read that shows',
    'them; for an Update and a Delete, the changes and a read. Their time is from the first call to the last response. Cold',
    'rows and the refused Create are from the start of the process; cold rows are medians of interleaved pairs. The Deletes',
    'that fail in one attempt are all sent again in the next, as when a stack is deleted again; this row is of one run. The',
    `other rows are medians of ${FULL.runs}.`,
    '`AwsCustomResource` is the handler in aws-cdk-lib, in one execution environment for each list, which receives the',
    'events one after the other.',
    '',
  ].join('\n');
}

main().catch((error) => {
  console.error(error);
  // Ends the servers too.
  process.exit(1);
});
