import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { MAX_ACCOUNTS } from '../lib/validation';
import { accounts, callsNeeded, IMAGE, OTHER_IMAGE, RATE, type Took, World } from './world';

const ROOT = resolve(__dirname, '..');
const BUILT_IN = join(
  dirname(require.resolve('aws-cdk-lib/package.json')),
  'custom-resource-handlers/dist/custom-resources/aws-custom-resource-handler/index.js',
);
/** What a call takes where a row says so, in milliseconds. */
const LATENCY = 50;

/** A line of the table. */
export interface Row {
  readonly what: string;
  /** The floor or the peer, as measured in the same run. */
  readonly against: string;
  readonly measured: string;
  /** What is to be reached; nothing where a row is there to compare. */
  readonly reach?: string;
  readonly reached?: boolean;
}

/** A point of the picture of time against accounts. */
export interface Point {
  readonly limit: 'no limit' | '10 calls/s';
  readonly who: 'this' | 'AwsCustomResource' | 'calls needed ÷ rate' | 'one by one';
  readonly accounts: number;
  readonly seconds: number;
}

export interface Bundled {
  readonly from: string;
  readonly bytes: number;
}

/** How often and with how many accounts each row is measured. */
export interface Extent {
  readonly pairs: number;
  /** Syntheses that do not count, for each kind: the compiler needs about eight. */
  readonly warmUp: number;
  readonly runs: number;
  readonly many: number;
  readonly most: number;
  /** Accounts of the points that are measured for the picture alone. */
  readonly curve: readonly number[];
  readonly builtInCurve: readonly number[];
}

export class Measurements {
  readonly rows: Row[] = [];
  readonly points: Point[] = [];
  readonly raw: Record<string, unknown> = {};
  bundle: Bundled[] = [];
  private readonly handler = join(ROOT, 'node_modules/.cache/bench/handler/index.js');

  constructor(
    private readonly node: string,
    private readonly extent: Extent,
    private readonly progress: (what: string) => void,
  ) {}

  async bundleSize(): Promise<void> {
    this.progress('bundle');
    const options = await import(pathToFileURL(join(ROOT, 'scripts/handler-bundle.mjs')).href);
    mkdirSync(dirname(this.handler), { recursive: true });
    const { metafile } = await build({
      ...options.handlerBuildOptions(),
      outfile: this.handler,
      metafile: true as const,
    });
    const code = readFileSync(this.handler);
    const [minified, gzipped] = [code.length / 1_000, gzipSync(code).length / 1_000];
    this.add({
      what: 'bundle, minified / gzipped, kB',
      against: '560 / 156 as it comes',
      measured: `${minified.toFixed(1)} / ${gzipped.toFixed(1)}`,
      reach: '≤ 165 / 55',
      reached: minified <= 165 && gzipped <= 55,
    });
    const packages = new Map<string, number>();
    for (const output of Object.values(metafile?.outputs ?? {})) {
      for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
        const from = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'this project';
        packages.set(from, (packages.get(from) ?? 0) + bytesInOutput);
      }
    }
    this.bundle = [...packages].map(([from, bytes]) => ({ from, bytes }));
  }

  async coldStart(tls: boolean): Promise<void> {
    const place = tls ? ', TLS' : '';
    const world = await World.start(this.node, { tls });
    const took = { ours: [] as Took[], theirs: [] as Took[], nothing: [] as number[] };
    const runs = [
      async () => took.ours.push(await this.ours(world, 1)),
      async () => took.theirs.push(await this.theirs(world, 1)),
      async () => took.nothing.push(await world.runNothing()),
    ];
    // One round that does not count: what is read from disk is in memory after it.
    for (let round = 0; round <= this.extent.pairs; round++) {
      this.progress(`cold Create${place}: round ${round} of ${this.extent.pairs}`);
      for (const run of round % 2 ? runs : [...runs].reverse()) {
        await run();
      }
      if (round === 0) {
        Object.values(took).forEach((list) => {
          list.length = 0;
        });
      }
    }
    await this.close(world);
    this.raw[`cold Create${place}`] = took;
    const nothing = median(took.nothing);
    for (const what of ['wall', 'cpu'] as const) {
      const [ours, theirs] = [took.ours, took.theirs].map((list) => median(list.map((one) => one[what]))) as [
        number,
        number,
      ];
      const floor = what === 'wall' ? `, node -e 0 = ${(nothing / theirs).toFixed(2)}` : '';
      this.add({
        what: `cold Create of one account${place}, ${what === 'cpu' ? 'CPU' : 'wall'}`,
        against: `peer ${theirs.toFixed(0)} ms = 1.00${floor}`,
        measured: `${(ours / theirs).toFixed(2)} (${ours.toFixed(0)} ms)`,
        reach: '≤ 0.62',
        reached: ours / theirs <= 0.62,
      });
    }
    if (!tls) {
      const [ours, theirs] = [took.ours, took.theirs].map((list) =>
        median(list.map((one) => one.memory)),
      ) as [number, number];
      this.add({
        what: 'resident memory, 1 account',
        against: `peer ${theirs.toFixed(0)} MiB`,
        measured: `${ours.toFixed(0)} MiB`,
        reach: '≤ 70 MiB',
        reached: ours <= 70,
      });
    }
  }

  async noLimit(): Promise<void> {
    const { many, most, pairs, runs, curve, builtInCurve } = this.extent;
    const world = await World.start(this.node, { latency: LATENCY });
    const walls: number[] = [];
    for (let run = 1; run <= pairs; run++) {
      this.progress(`${many} accounts without a limit: run ${run} of ${pairs}`);
      walls.push((await this.ours(world, many)).wall / 1_000);
    }
    const [wall, oneByOne] = [median(walls), (many * LATENCY) / 1_000];
    this.raw['no limit'] = walls;
    this.add({
      what: `${many} accounts, ${LATENCY} ms a call, no limit`,
      against: `${many} × ${LATENCY} ms = ${oneByOne.toFixed(1)} s`,
      measured: `${(wall / oneByOne).toFixed(3)} × (${wall.toFixed(2)} s)`,
      reach: '≤ 0.15 ×',
      reached: wall / oneByOne <= 0.15,
    });
    this.point('no limit', 'this', many, wall);

    const memory: number[] = [];
    for (let run = 1; run <= runs; run++) {
      this.progress(`memory at ${most} accounts: run ${run} of ${runs}`);
      const took = await this.ours(world, most);
      memory.push(took.memory);
      if (run === 1) {
        this.point('no limit', 'this', most, took.wall / 1_000);
      }
    }
    this.raw.memory = memory;
    this.add({
      what: `resident memory, ${most} accounts`,
      against: '–',
      measured: `${median(memory).toFixed(0)} MiB`,
      reach: '≤ 80 MiB',
      reached: median(memory) <= 80,
    });
    for (const count of curve) {
      this.progress(`picture: ${count} accounts without a limit`);
      this.point('no limit', 'this', count, (await this.ours(world, count)).wall / 1_000);
    }
    for (const count of builtInCurve) {
      this.progress(`picture: the peer, ${count} accounts without a limit`);
      this.point('no limit', 'AwsCustomResource', count, (await this.theirs(world, count)).wall / 1_000);
    }
    for (const count of [1, many, most]) {
      this.point('no limit', 'one by one', count, (count * LATENCY) / 1_000);
    }
    await this.close(world);
  }

  async underLimit(): Promise<void> {
    const { many, most, runs, curve } = this.extent;
    for (const [count, times] of [
      [many, runs],
      [most, 1],
    ] as const) {
      const took: { seconds: number; throttled: number; memory: number }[] = [];
      for (let run = 1; run <= times; run++) {
        this.progress(`${count} accounts at 10 calls/s: run ${run} of ${times}`);
        took.push(await this.limited(count));
      }
      this.raw[`${count} at 10 calls/s`] = took;
      const seconds = median(took.map((one) => one.seconds));
      const throttled = median(took.map((one) => one.throttled));
      const ideal = callsNeeded(count) / RATE.perSecond;
      this.point('10 calls/s', 'this', count, seconds);
      this.add({
        what: `${count} accounts, ${LATENCY} ms a call, 10 calls/s, burst 10`,
        against: `${callsNeeded(count)} calls ÷ 10/s = ${ideal.toFixed(1)} s`,
        measured: `${(seconds / ideal).toFixed(3)} × (${seconds.toFixed(1)} s), ${(100 * throttled).toFixed(1)} % throttled, no failure`,
        reach: count === most ? '≤ 1.15 ×, < 5 % throttled' : '≤ 1.15 ×',
        reached: seconds / ideal <= 1.15 && (count !== most || throttled < 0.05),
      });
    }
    for (const count of curve) {
      this.progress(`picture: ${count} accounts at 10 calls/s`);
      this.point('10 calls/s', 'this', count, (await this.limited(count)).seconds);
    }
    for (const count of [1, many, most]) {
      this.point('10 calls/s', 'calls needed ÷ rate', count, callsNeeded(count) / RATE.perSecond);
    }
  }

  async builtInUnderLimit(): Promise<void> {
    for (const count of this.extent.builtInCurve) {
      this.progress(`picture: the peer, ${count} accounts at 10 calls/s`);
      const world = await this.limitedWorld();
      const { wall } = await this.theirs(world, count);
      this.point('10 calls/s', 'AwsCustomResource', count, wall / 1_000);
      if (count === this.extent.builtInCurve.at(-1)) {
        const throttled = world.calls.filter((call) => call.throttled).length / world.calls.length;
        this.add({
          what: `the peer: ${count} accounts, one event after the other, 10 calls/s`,
          against: `${count} calls ÷ 10/s = ${(count / RATE.perSecond).toFixed(1)} s`,
          measured: `${((wall / 1_000 / count) * RATE.perSecond).toFixed(3)} × (${(wall / 1_000).toFixed(1)} s), ${(100 * throttled).toFixed(1)} % throttled, ${world.failures.length} failed`,
        });
      }
      world.failures.length = 0;
      await this.close(world);
    }
  }

  async twoAtOnce(): Promise<void> {
    const { many, runs } = this.extent;
    const seconds: number[] = [];
    for (let run = 1; run <= runs; run++) {
      this.progress(`two shares of ${many} accounts at once: run ${run} of ${runs}`);
      const world = await this.limitedWorld();
      const events = [world.event(accounts(many), IMAGE), world.event(accounts(many, many), OTHER_IMAGE)];
      const took = await Promise.all(
        events.map((event) => world.run({ handler: this.handler, events: [event] })),
      );
      seconds.push(Math.max(...took.map(({ wall }) => wall)) / 1_000);
      await this.close(world);
    }
    this.raw['two at once'] = seconds;
    const [taken, ideal] = [median(seconds), (2 * callsNeeded(many)) / RATE.perSecond];
    this.add({
      what: `two shares of ${many} accounts at once, 10 calls/s, burst 10`,
      against: `${2 * callsNeeded(many)} calls ÷ 10/s = ${ideal.toFixed(1)} s`,
      measured: `${(taken / ideal).toFixed(3)} × (${taken.toFixed(1)} s), both succeed`,
      reach: '≤ 1.25 ×',
      reached: taken / ideal <= 1.25,
    });
  }

  async calls(): Promise<void> {
    this.progress('service calls');
    const strangers = accounts(60, 500_000);
    const creates: [number, number][] = [
      [0, 1],
      [60, 40],
      [0, 100],
    ];
    const created = creates.map(async ([listed, granted]) => {
      const world = await World.start(this.node);
      world.reset(strangers.slice(0, listed));
      await world.run({ handler: this.handler, events: [world.event(accounts(granted))] });
      const count = world.calls.length;
      await this.close(world);
      return { name: `Create, e=${listed}, g=${granted}`, count, needed: callsNeeded(granted, listed) };
    });
    const updates: [string, string[], string[]][] = [
      ['Update, d=7', accounts(20), accounts(19, 4)],
      ['Update, d=0', accounts(20), accounts(20)],
    ];
    const updated = updates.map(async ([name, before, after]) => {
      const world = await World.start(this.node);
      world.reset(before);
      await world.run({ handler: this.handler, events: [world.event(after, IMAGE, before)] });
      const count = world.calls.filter((call) => call.operation === 'UpdateWorkspaceImagePermission').length;
      await this.close(world);
      return { name: `${name}, writes`, count, needed: Number(name.slice(-1)) };
    });
    const all = await Promise.all([...created, ...updated]);
    this.raw.calls = all;
    this.add({
      what: 'service calls: max(1, ⌈e/25⌉) + g + max(1, ⌈(e+g)/25⌉); an Update writes the difference',
      against: all.map(({ name, needed }) => `${name}: ${needed}`).join('; '),
      measured: all.map(({ count }) => count).join('; '),
      reach: 'exact',
      reached: all.every(({ count, needed }) => count === needed),
    });
  }

  template(): void {
    this.progress('templates');
    const counts = [1, 100, 1_000, MAX_ACCOUNTS];
    const words = ['built-in:100', ...counts.map((count) => `share-with:${count}`)];
    const [builtIn, ...shares] = this.synthesize(words);
    const [one, hundred, thousand] = shares as [Synthesis, Synthesis, Synthesis];
    const resources = Math.max(...shares.map((share) => share.resources));
    const perAccount = (thousand.bytes - one.bytes) / 999;
    this.add({
      what: `template: resources at ${counts.join(', ')} accounts`,
      against: `peer ${builtIn?.resources} at 100`,
      measured: String(resources),
      reach: '≤ 6',
      reached: resources <= 6,
    });
    this.add({
      what: 'template: bytes an account',
      against: `peer ${builtIn?.bytes} bytes at 100`,
      measured: `${perAccount.toFixed(1)} (${hundred.bytes} bytes at 100)`,
      reach: '≤ 24',
      reached: perAccount <= 24,
    });
    this.add({
      what: 'accounts in one share',
      against: 'peer 248 a stack',
      measured: String(MAX_ACCOUNTS),
      reach: '≥ 5000',
      reached: MAX_ACCOUNTS >= 5_000,
    });
  }

  synthesis(): void {
    const { pairs, warmUp, runs } = this.extent;
    const first: Record<string, Synthesis[]> = { shares: [], plain: [] };
    const warm: Record<string, Synthesis[]> = { shares: [], plain: [] };
    for (let round = 1; round <= pairs; round++) {
      this.progress(`synthesis: round ${round} of ${pairs}`);
      for (const kind of round % 2 ? ['shares', 'plain'] : ['plain', 'shares']) {
        first[kind]?.push(...this.synthesize([`${kind}:100`]));
      }
    }
    this.progress('synthesis, the CDK loaded');
    const order = Array.from({ length: warmUp + pairs }, (_, round) =>
      round % 2 ? ['shares:100', 'plain:100'] : ['plain:100', 'shares:100'],
    ).flat();
    // In several processes: each compiles and collects garbage at other moments.
    for (let run = 1; run <= runs; run++) {
      for (const synthesis of this.synthesize(order).slice(2 * warmUp)) {
        warm[synthesis.kind]?.push(synthesis);
      }
    }
    this.raw.synthesis = { first, warm };
    for (const [name, taken] of [
      ['100 shares, process by process', first],
      ['100 shares, the CDK loaded and warm', warm],
    ] as const) {
      const of = (kind: string, what: 'wall' | 'cpu') => median((taken[kind] ?? []).map((one) => one[what]));
      const ratios = (['wall', 'cpu'] as const).map((what) => of('shares', what) / of('plain', what));
      this.add({
        what: `synthesis of ${name}, wall / CPU`,
        against: `100 plain CustomResources ${of('plain', 'wall').toFixed(0)} ms = 1.00`,
        measured: `${ratios.map((ratio) => ratio.toFixed(2)).join(' / ')} (${of('shares', 'wall').toFixed(0)} ms)`,
        reach: '≤ 1.2',
        reached: ratios.every((ratio) => ratio <= 1.2),
      });
    }
  }

  packageSize(): void {
    this.progress('package');
    const printed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      shell: process.platform === 'win32',
    });
    const [packed] = Object.values(JSON.parse(printed) as Record<string, { unpackedSize: number }>);
    const size = (packed?.unpackedSize ?? Number.NaN) / 1_000;
    this.add({
      what: 'published package, unpacked',
      against: '–',
      measured: `${size.toFixed(1)} KB`,
      reach: '≤ 350 KB',
      reached: size <= 350,
    });
  }

  private add(row: Row): void {
    this.rows.push(row);
  }

  private point(limit: Point['limit'], who: Point['who'], count: number, seconds: number): void {
    this.points.push({ limit, who, accounts: count, seconds });
  }

  private ours(world: World, count: number): Promise<Took> {
    world.reset();
    return world.run({ handler: this.handler, events: [world.event(accounts(count))] });
  }

  /** One execution environment that gets the events one after the other, which CloudFormation sends all at once. */
  private theirs(world: World, count: number): Promise<Took> {
    world.reset();
    const events = accounts(count).map((account) => world.builtInEvent(account));
    return world.run({ handler: BUILT_IN, events, answersAt: world.answersAt });
  }

  private async limitedWorld(): Promise<World> {
    const world = await World.start(this.node, { latency: LATENCY, rate: RATE });
    world.reset();
    return world;
  }

  private async limited(count: number): Promise<{ seconds: number; throttled: number; memory: number }> {
    const world = await this.limitedWorld();
    const { wall, memory } = await this.ours(world, count);
    const throttled = world.calls.filter((call) => call.throttled).length / world.calls.length;
    await this.close(world);
    return { seconds: wall / 1_000, throttled, memory };
  }

  /** A row of failed answers would say nothing. */
  private async close(world: World): Promise<void> {
    await world.close();
    if (world.failures.length > 0) {
      throw new Error(`${world.failures.length} answers say that it failed: ${world.failures[0]}`);
    }
  }

  private synthesize(words: readonly string[]): Synthesis[] {
    const printed = execFileSync(this.node, [join(__dirname, 'synthesis.cjs'), ...words], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    return JSON.parse(printed);
  }
}

interface Synthesis {
  readonly kind: string;
  readonly wall: number;
  readonly cpu: number;
  readonly bytes: number;
  readonly resources: number;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
}
