import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { accounts, IMAGE, images, RATE, Services, type Took } from './services';

const ROOT = resolve(__dirname, '..');
const BASELINE = join(
  dirname(require.resolve('aws-cdk-lib/package.json')),
  'custom-resource-handlers/dist/custom-resources/aws-custom-resource-handler/index.js',
);
/** Milliseconds that a call takes in the rows about calls. */
const LATENCY = 50;
/** What the Deletes of several shares have: the rate of the API, and seconds for each invocation. */
const SEVERAL_DELETES = { rate: { perSecond: 4, burst: 5 }, timeout: 75, mostAttempts: 6 };

/** A row of the table. */
export interface Row {
  readonly name: string;
  /** What the measured value is compared with, from the same run if it is measured. */
  readonly baseline: string;
  readonly measured: string;
  readonly target: string;
  readonly met: boolean;
}

/** How often and with how many accounts each row is measured. */
export interface Extent {
  /** Interleaved runs of this project's function and the baseline. */
  readonly pairs: number;
  /** Syntheses that do not count, for each kind: the compiler needs about eight. */
  readonly warmUp: number;
  readonly runs: number;
  /** Accounts of a long list. */
  readonly many: number;
  /** Accounts of the longest list, for the memory. */
  readonly most: number;
  /** Shares that are updated at once. */
  readonly shares: number;
  /** Accounts that are added to a list, to count the questions to CloudFormation: a short and a long list. */
  readonly added: readonly [number, number];
  /** The shares that are deleted at once, in several attempts, and the accounts of each. */
  readonly deleted: { readonly shares: number; readonly accounts: number };
}

interface Limited {
  /** From the first call to the last response. */
  readonly seconds: number;
  /** Calls that were not throttled. */
  readonly calls: number;
  readonly throttled: number;
  readonly failures: number;
}

export class Measurements {
  readonly rows: Row[] = [];
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
    await build({ ...options.handlerBuildOptions('share'), outfile: this.handler });
    const code = readFileSync(this.handler);
    const [minified, gzipped] = [code.length / 1_000, gzipSync(code).length / 1_000];
    this.rows.push({
      name: 'bundle, minified / gzipped',
      baseline: '–',
      measured: `${minified.toFixed(0)} / ${gzipped.toFixed(0)} kB`,
      target: '≤ 210 / 67 kB',
      met: minified <= 210 && gzipped <= 67,
    });
  }

  /** Process start to response, and the memory. */
  async coldStart(tls: boolean): Promise<void> {
    const place = tls ? ', TLS' : '';
    const services = await Services.start(this.node, { tls });
    const took = {
      own: [] as Took[],
      copy: [] as Took[],
      bundle: [] as Took[],
      baseline: [] as Took[],
      nothing: [] as number[],
    };
    const runs = [
      async () => took.own.push(await this.own(services, 1)),
      async () => took.copy.push(await this.creates('copy', services)),
      async () => took.bundle.push(await this.creates('bundle', services)),
      async () => took.baseline.push(await this.baseline(services, 'Create', accounts(1))),
      async () => took.nothing.push(await services.runNothing()),
    ];
    // The first round does not count: it reads the files from disk.
    for (let round = 0; round <= this.extent.pairs; round++) {
      this.progress(`cold Create${place}: round ${round} of ${this.extent.pairs}`);
      for (const run of round % 2 ? runs : [...runs].reverse()) {
        await run();
      }
      if (round === 0) {
        for (const list of Object.values(took)) {
          list.length = 0;
        }
      }
    }
    await this.close(services);
    for (const what of ['wall', 'cpu'] as const) {
      const own = median(took.own.map((one) => one[what]));
      const baseline = median(took.baseline.map((one) => one[what]));
      const nothing = what === 'wall' ? `; node -e 0: ${(median(took.nothing) / baseline).toFixed(2)}` : '';
      this.rows.push({
        name: `cold Create of 1 account${place}, ${what === 'cpu' ? 'CPU' : 'wall'}`,
        baseline: `AwsCustomResource: ${baseline.toFixed(0)} ms = 1.00${nothing}`,
        measured: `${(own / baseline).toFixed(2)} (${own.toFixed(0)} ms)`,
        target: '≤ 0.75',
        met: own / baseline <= 0.75,
      });
    }
    for (const kind of ['copy', 'bundle'] as const) {
      for (const what of ['wall', 'cpu'] as const) {
        const measured = median(took[kind].map((one) => one[what]));
        const share = median(took.own.map((one) => one[what]));
        this.rows.push({
          name: `cold Create of a ${kind}${place}, ${what === 'cpu' ? 'CPU' : 'wall'}`,
          baseline: `Create of a share: ${share.toFixed(0)} ms = 1.00`,
          measured: `${(measured / share).toFixed(2)} (${measured.toFixed(0)} ms)`,
          target: '≤ 1.10',
          met: measured / share <= 1.1,
        });
      }
    }
    if (!tls) {
      const own = median(took.own.map(({ memory }) => memory));
      const baseline = median(took.baseline.map(({ memory }) => memory));
      this.memoryRow('memory, 1 account', own, `AwsCustomResource: ${baseline.toFixed(0)} MiB`);
    }
  }

  async memory(): Promise<void> {
    const { most, runs } = this.extent;
    const services = await Services.start(this.node);
    const memory: number[] = [];
    for (let run = 1; run <= runs; run++) {
      this.progress(`memory at ${most} accounts: run ${run} of ${runs}`);
      memory.push((await this.own(services, most)).memory);
    }
    await this.close(services);
    this.memoryRow(`memory, ${most} accounts`, median(memory), '–');
  }

  /** In a warm execution environment. The calls are fewer than the burst. */
  async oneAccountAdded(): Promise<void> {
    const services = await Services.start(this.node, { latency: LATENCY });
    const [former, added] = [accounts(10), accounts(11)];
    const own: number[] = [];
    const baseline: number[] = [];
    for (let run = 1; run <= this.extent.runs; run++) {
      this.progress(`one account added: run ${run} of ${this.extent.runs}`);
      services.reset([IMAGE], former);
      const first = services.event('Update', former, { former });
      const events = [first, services.event('Update', added, { former })];
      own.push(untilSecond(await services.run({ handler: this.handler, events })));
      baseline.push(untilSecond(await this.baseline(services, 'Create', accounts(2, 20))));
    }
    await this.close(services);
    const necessary = 3 * LATENCY;
    const ratio = (milliseconds: number) => (milliseconds / necessary).toFixed(2);
    this.rows.push({
      name: '1 account added to a list, warm',
      baseline: `2 calls, 1 question to CloudFormation: ${necessary / 1_000} s = 1.00; AwsCustomResource: ${ratio(median(baseline))} (${(median(baseline) / 1_000).toFixed(2)} s)`,
      measured: `${ratio(median(own))} (${(median(own) / 1_000).toFixed(2)} s)`,
      target: '≤ 1.20',
      met: median(own) / necessary <= 1.2,
    });
  }

  async manyUpdatesAtOnce(): Promise<void> {
    const { shares } = this.extent;
    const [former, added] = [accounts(10), accounts(11)];
    const imageIds = images(shares);
    const row = await this.limitedRow(
      `1 account added to each of ${shares} lists at once`,
      2 * shares,
      (services) => {
        services.reset(imageIds, former);
        return imageIds.map((imageId) =>
          services.run({
            handler: this.handler,
            events: [services.event('Update', added, { imageId, former })],
          }),
        );
      },
      (services) => {
        services.reset(imageIds, former);
        return imageIds.map((imageId) => this.baseline(services, 'Create', accounts(1, 20), imageId));
      },
    );
    this.rows.push(row);
  }

  /** All at the same time, because they mostly wait. */
  async longRunning(): Promise<void> {
    const rows = [
      this.createMany(),
      this.deleteMany(),
      this.deleteInAttempts(),
      this.refusedCreate(),
      this.questions(),
    ];
    this.rows.push(...(await Promise.all(rows)));
  }

  template(): void {
    this.progress('templates');
    const counts = [1, 100, 1_000];
    const [baseline, one, hundred, thousand] = this.synthesize([
      'aws-custom-resource:100',
      ...counts.map((count) => `share-with:${count}`),
    ]) as [Synthesis, Synthesis, Synthesis, Synthesis];
    const resources = Math.max(one.resources, hundred.resources, thousand.resources);
    this.rows.push({
      name: `template: resources at ${counts.join(', ')} accounts`,
      baseline: `AwsCustomResource: ${baseline.resources} at 100`,
      measured: String(resources),
      target: '≤ 6',
      met: resources <= 6,
    });
    const perAccount = (thousand.bytes - one.bytes) / 999;
    this.rows.push({
      name: 'template: bytes per account',
      baseline: `AwsCustomResource: ${baseline.bytes} bytes at 100`,
      measured: `${perAccount.toFixed(1)} (${hundred.bytes} bytes at 100)`,
      target: '≤ 24',
      met: perAccount <= 24,
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
    this.progress('synthesis, warm');
    const order = Array.from({ length: warmUp + pairs }, (_, round) =>
      round % 2 ? ['shares:100', 'plain:100'] : ['plain:100', 'shares:100'],
    ).flat();
    // In several processes, because each compiles and collects garbage at other moments.
    for (let run = 1; run <= runs; run++) {
      for (const synthesis of this.synthesize(order).slice(2 * warmUp)) {
        warm[synthesis.kind]?.push(synthesis);
      }
    }
    for (const [name, taken] of [
      ['100 shares, cold', first],
      ['100 shares, warm', warm],
    ] as const) {
      const of = (kind: string, what: 'wall' | 'cpu') => median((taken[kind] ?? []).map((one) => one[what]));
      const ratios = (['wall', 'cpu'] as const).map((what) => of('shares', what) / of('plain', what));
      this.rows.push({
        name: `synthesis of ${name}, wall / CPU`,
        baseline: `100 plain CustomResources: ${of('plain', 'wall').toFixed(0)} ms = 1.00`,
        measured: `${ratios.map((ratio) => ratio.toFixed(2)).join(' / ')} (${of('shares', 'wall').toFixed(0)} ms)`,
        target: '≤ 1.20',
        met: ratios.every((ratio) => ratio <= 1.2),
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
    this.rows.push({
      name: 'published package, unpacked',
      baseline: '–',
      measured: `${size.toFixed(0)} kB`,
      // Three functions, each with the client of the API, are 208 kB of it.
      target: '≤ 600 kB',
      met: size <= 600,
    });
  }

  private createMany(): Promise<Row> {
    const { many } = this.extent;
    return this.limitedRow(
      `Create of ${many} accounts`,
      1 + many + pages(many),
      (services) => [this.own(services, many)],
      (services) => [this.baseline(services, 'Create', accounts(many))],
    );
  }

  private deleteMany(): Promise<Row> {
    const { many } = this.extent;
    const list = accounts(many);
    return this.limitedRow(
      `Delete of ${many} accounts`,
      many + 1,
      (services) => {
        services.reset([IMAGE], list);
        return [services.run({ handler: this.handler, events: [services.event('Delete', list)] })];
      },
      (services) => {
        services.reset([IMAGE], list);
        return [this.baseline(services, 'Delete', list)];
      },
    );
  }

  /** Shares whose Deletes take longer together than an invocation may. */
  private async deleteInAttempts(): Promise<Row> {
    const { shares, accounts: count } = this.extent.deleted;
    const { rate, timeout, mostAttempts } = SEVERAL_DELETES;
    const name = `attempts to delete ${shares} shares of ${count} accounts at once, ${rate.perSecond} calls/s, ${timeout} s each`;
    const imageIds = images(shares);
    const list = accounts(count);
    const services = await Services.start(this.node, { latency: LATENCY, rate });
    services.reset(imageIds, list);
    let events = imageIds.map((imageId) => services.event('Delete', list, { imageId }));
    const left: number[] = [];
    while (events.length > 0 && left.length < mostAttempts) {
      this.progress(`${name}: attempt ${left.length + 1}`);
      const failed = await Promise.all(
        events.map(async (event) => {
          const took = await services.run({ handler: this.handler, events: [event], timeout });
          return took.failures.length > 0 ? [event] : [];
        }),
      );
      left.push(services.permissions(imageIds));
      // Before a stack can be deleted again, its deletion has to end.
      await sleep(2_000);
      events = failed.flat().map((event) => services.repeated(event));
    }
    await services.close();
    const done = events.length === 0;
    if (done && left.at(-1) !== 0) {
      throw new Error(`${name}: all Deletes succeeded, but ${left.at(-1)} permissions are left.`);
    }
    return {
      name,
      baseline: '–',
      measured: `${done ? '' : '> '}${left.length} (permissions left: ${left.join(', ')}; ${services.calls.length} calls)`,
      target: '≤ 4',
      met: done && left.length <= 4,
    };
  }

  private async refusedCreate(): Promise<Row> {
    const name = 'refused Create, an account has permission already';
    const services = await Services.start(this.node, { latency: LATENCY, rate: RATE });
    const seconds: number[] = [];
    for (let run = 1; run <= this.extent.runs; run++) {
      this.progress(`${name}: run ${run} of ${this.extent.runs}`);
      services.reset([IMAGE], accounts(1));
      const events = [services.event('Create', accounts(2))];
      const { wall, failures } = await services.run({ handler: this.handler, events });
      if (!failures[0]?.includes('already shared')) {
        throw new Error(`${name}: it was not refused. ${failures}`);
      }
      seconds.push(wall / 1_000);
    }
    await services.close();
    return {
      name,
      baseline: '–',
      measured: `${median(seconds).toFixed(1)} s`,
      target: '≤ 8 s',
      met: median(seconds) <= 8,
    };
  }

  private async questions(): Promise<Row> {
    const { added, runs } = this.extent;
    const name = `questions to CloudFormation for ${added.join(' / ')} accounts added`;
    const medians = added.map(async (count) => {
      const services = await Services.start(this.node, { latency: LATENCY, rate: RATE });
      const former = accounts(1);
      const asked: number[] = [];
      for (let run = 1; run <= runs; run++) {
        this.progress(`${name}: ${count}: run ${run} of ${runs}`);
        services.reset([IMAGE], former);
        const events = [services.event('Update', accounts(1 + count), { former })];
        await services.run({ handler: this.handler, events });
        asked.push(services.questions);
      }
      await this.close(services);
      return median(asked);
    });
    const [short = Number.NaN, long = Number.NaN] = await Promise.all(medians);
    return {
      name,
      baseline: '–',
      measured: `${short} / ${long}`,
      target: '≤ 2 / 12',
      met: short <= 2 && long <= 12,
    };
  }

  /** At the documented rate. The necessary calls take what the rate allows, beginning with a full burst. */
  private async limitedRow(
    name: string,
    necessaryCalls: number,
    own: (services: Services) => readonly Promise<Took>[],
    baseline: (services: Services) => readonly Promise<Took>[],
  ): Promise<Row> {
    const ideal = (necessaryCalls - RATE.burst) / RATE.perSecond;
    const runs: Limited[] = [];
    for (let run = 1; run <= this.extent.runs; run++) {
      this.progress(`${name}: run ${run} of ${this.extent.runs}`);
      runs.push(await this.limited(own));
    }
    this.progress(`${name}: AwsCustomResource`);
    const compared = await this.limited(baseline);
    const [failed] = runs.filter(({ failures }) => failures > 0);
    if (failed) {
      throw new Error(`${name}: ${failed.failures} events failed.`);
    }
    const seconds = median(runs.map((one) => one.seconds));
    const calls = median(runs.map((one) => one.calls));
    const throttled = median(runs.map((one) => one.throttled));
    const failures = compared.failures > 0 ? `, ${compared.failures} of the events failed` : '';
    return {
      name,
      baseline: `${necessaryCalls} calls: ${ideal.toFixed(1)} s = 1.00; AwsCustomResource: ${(compared.seconds / ideal).toFixed(2)} (${compared.seconds.toFixed(1)} s${failures})`,
      measured: `${(seconds / ideal).toFixed(2)} (${seconds.toFixed(1)} s; ${calls} calls, ${throttled} throttled)`,
      target: '≤ 1.20',
      met: seconds / ideal <= 1.2 && calls <= 1.2 * necessaryCalls,
    };
  }

  private async limited(start: (services: Services) => readonly Promise<Took>[]): Promise<Limited> {
    const services = await Services.start(this.node, { latency: LATENCY, rate: RATE });
    await Promise.all(start(services));
    await services.close();
    const throttled = services.calls.filter((call) => call.throttled).length;
    return {
      seconds: (services.lastResponseAt - (services.calls[0]?.at ?? 0)) / 1_000,
      calls: services.calls.length - throttled,
      throttled,
      failures: services.failures.length,
    };
  }

  private own(services: Services, count: number): Promise<Took> {
    services.reset();
    return services.run({ handler: this.handler, events: [services.event('Create', accounts(count))] });
  }

  private creates(kind: 'copy' | 'bundle', services: Services): Promise<Took> {
    services.reset();
    const handler = join(ROOT, 'build', kind, 'index.js');
    return services.run({ handler, events: [services.createEvent(kind)] });
  }

  /** One execution environment receives the events one after the other. */
  private baseline(
    services: Services,
    type: 'Create' | 'Delete',
    list: readonly string[],
    imageId = IMAGE,
  ): Promise<Took> {
    const events = list.map((account) => services.baselineEvent(type, account, imageId));
    return services.run({ handler: BASELINE, events, respondTo: services.respondTo });
  }

  private memoryRow(name: string, measured: number, baseline: string): void {
    this.rows.push({
      name,
      baseline,
      measured: `${measured.toFixed(0)} MiB`,
      target: '≤ 128 of 512 MiB',
      met: measured <= 128,
    });
  }

  private async close(services: Services): Promise<void> {
    await services.close();
    if (services.failures.length > 0) {
      throw new Error(`${services.failures.length} events failed: ${services.failures[0]}`);
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

/** How many reads show a list. */
function pages(count: number): number {
  return Math.max(1, Math.ceil(count / 25));
}

/** What the second of two events took. */
function untilSecond({ responses: [first = 0, second = 0] }: Took): number {
  return second - first;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
}
