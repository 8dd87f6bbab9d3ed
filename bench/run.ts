import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Extent, Measurements, type Row } from './measure';
import { bundlePicture, timePicture } from './pictures';
import { node24 } from './tools';

const FULL: Extent = {
  pairs: 21,
  warmUp: 8,
  runs: 3,
  many: 100,
  most: 1_000,
  curve: [1, 10, 25, 50, 250, 500],
  builtInCurve: [1, 10, 25, 50, 100, 248],
};
/** Says that everything runs, and nothing about how fast it is. */
const QUICK: Extent = { pairs: 2, warmUp: 0, runs: 1, many: 20, most: 50, curve: [1], builtInCurve: [1, 10] };

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
  const quick = values.quick;
  for (const built of ['lib/index.js', 'build/handler/index.js']) {
    if (!existsSync(resolve(__dirname, '..', built))) {
      throw new Error(`There is no ${built}: run "npm run build" first.`);
    }
  }
  const from = performance.now();
  const node = await node24();
  const measurements = new Measurements(node, quick ? QUICK : FULL, (what) => {
    const elapsed = `${Math.floor((performance.now() - from) / 1_000)} s`.padStart(6);
    // Where nobody watches, a line for each row is enough.
    if (process.stdout.isTTY) {
      process.stdout.write(`\r\x1b[K${elapsed}  ${what}`);
    } else if (!/: (run|round) ([02-9]|1\d)/.test(what)) {
      console.log(`${elapsed}  ${what}`);
    }
  });
  await measurements.bundleSize();
  await measurements.coldStart(false);
  await measurements.coldStart(true);
  await measurements.noLimit();
  // Side by side these would be in each other's way, which does not matter where nothing is concluded from them.
  const waiting = ['underLimit', 'twoAtOnce', 'builtInUnderLimit', 'calls'] as const;
  if (quick) {
    await Promise.all(waiting.map((name) => measurements[name]()));
  } else {
    for (const name of waiting) {
      await measurements[name]();
    }
  }
  measurements.template();
  measurements.synthesis();
  measurements.packageSize();

  const about = aboutThisRun(node, performance.now() - from);
  const { rows, points, bundle, raw } = measurements;
  if (process.stdout.isTTY) {
    process.stdout.write('\r\x1b[K');
  }
  printTable(rows, quick);
  const directory = quick ? resolve(__dirname, '../node_modules/.cache/bench') : __dirname;
  mkdirSync(directory, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  write('time.svg', await timePicture(points));
  write('bundle.svg', await bundlePicture(bundle));
  const rounded = (_key: string, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(6)) : value;
  write('results.json', `${JSON.stringify({ about, rows, points, bundle, raw }, rounded, 1)}\n`);
  if (!quick) {
    write('RESULTS.md', resultsPage(rows, about));
  }
  console.log(`\n${Math.round(about.seconds)} s. ${quick ? 'Few repetitions: this says that it runs.' : ''}`);
}

function aboutThisRun(node: string, milliseconds: number) {
  const version = (name: string) =>
    JSON.parse(readFileSync(resolve(__dirname, '../node_modules', name, 'package.json'), 'utf8'))
      .version as string;
  return {
    date: new Date().toISOString().slice(0, 10),
    seconds: Math.round(milliseconds / 1_000),
    machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release().split('-')[0]} ${arch()}`,
    versions: {
      'Node, which runs the functions and the CDK': execFileSync(node, ['--version'], {
        encoding: 'utf8',
      }).trim(),
      'Node, which runs the servers': process.version,
      '@aws-sdk/client-workspaces': version('@aws-sdk/client-workspaces'),
      'aws-cdk-lib': version('aws-cdk-lib'),
      esbuild: version('esbuild'),
    },
  };
}

function verdict({ reach, reached }: Row): string {
  return reach === undefined ? '' : reached ? 'reached' : 'NOT REACHED';
}

function printTable(rows: readonly Row[], quick: boolean): void {
  for (const row of rows) {
    const judged = quick ? '' : verdict(row);
    console.log(`${row.what}\n    ${row.measured}`);
    console.log(
      `    ${[row.reach && `reach ${row.reach}`, row.against, judged].filter(Boolean).join(' · ')}`,
    );
  }
}

function resultsPage(rows: readonly Row[], about: ReturnType<typeof aboutThisRun>): string {
  const cells = (...texts: string[]) => `| ${texts.join(' | ')} |`;
  const missed = rows.filter(({ reached }) => reached === false);
  return [
    '# Results',
    '',
    'Written by `npm run bench`; the numbers behind it are in `results.json`. Ratios and counts from one run on one',
    'machine, which compare to each other and to no other machine. The peer is the code of `AwsCustomResource`, with the',
    'client as published, one execution environment, one event after the other.',
    '',
    `${about.date}, ${about.seconds} s, on ${about.machine}.`,
    Object.entries(about.versions)
      .map(([name, version]) => `${name}: ${version}`)
      .join('; ')
      .concat('.'),
    '',
    missed.length === 0
      ? 'All of it is reached.'
      : `Not reached: ${missed.map(({ what }) => what).join('; ')}.`,
    '',
    cells('what', 'floor or peer', 'measured', 'reach', ''),
    '|---|---|---|---|---|',
    ...rows.map((row) => cells(row.what, row.against, row.measured, row.reach ?? '', verdict(row))),
    '',
    '![Time against accounts](time.svg)',
    '',
    '![The bundle by package](bundle.svg)',
    '',
    'How: rows under 5 s are medians of interleaved rounds, the order of which alternates, after one that does not count;',
    `rows under the rate limit are medians of ${FULL.runs}, that of ${FULL.most} accounts is one run. Wall time is from the start of`,
    'the process to the last answer at the response URL; CPU and memory are what the process says of itself at its end. All',
    'servers are on loopback, in one process beside the function.',
    '',
  ].join('\n');
}

main().catch((error) => {
  console.error(error);
  // Ends the servers too, which are still there.
  process.exit(1);
});
