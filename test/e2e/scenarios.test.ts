import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parametersOf, synthesize } from '../../e2e/declared-app';
import {
  ACCOUNTS,
  type Access,
  type Account,
  type DeclaredStack,
  IMAGES,
  type ImageIds,
  type Step,
  scenarios,
} from '../../e2e/scenarios';
import { Assembly } from '../../simulator/assembly';
import { CloudFormation, type OperationResult } from '../../simulator/cloudformation';
import { CloudFormationEndpoint } from '../../simulator/cloudformation-endpoint';
import { ResponseServer } from '../../simulator/response-server';
import { WorkspacesEndpoint } from '../../simulator/workspaces-endpoint';
import { WarmFunctions } from '../model/warm-functions';
import { VirtualClock } from '../support/virtual-clock';

/**
 * `npm run test:e2e` plays the same scenarios with the CDK CLI, a CloudFormation emulator and moto. The simulator
 * does what AWS does, so the deviations of the emulator do not apply.
 */

const IMAGE_IDS: ImageIds = { golden: 'wsi-golden000', next: 'wsi-next00000' };

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'scenario-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

test.each([...scenarios])('$title', async ({ steps }) => {
  const simulation = await Simulation.start();
  try {
    for (const step of steps) {
      expect(await simulation.play(step)).toEqual(expectedOf(step));
    }
  } finally {
    await simulation.close();
  }
});

/** What a step leads to, in the form of what is declared. */
function expectedOf({ name, status, events, grants = 0, revokes = 0, message, access }: Step) {
  return {
    name,
    status,
    events,
    grants,
    revokes,
    message: message ? expect.stringMatching(message) : '',
    access: sorted(access),
    problems: [],
  };
}

/** Plays steps with the handler that `npm run build` bundles, the services that it calls, and virtual time. */
class Simulation {
  static async start(): Promise<Simulation> {
    const clock = new VirtualClock();
    const workspaces = await WorkspacesEndpoint.start({
      clock: clock.serverSide,
      images: IMAGES.map((image) => ({ imageId: IMAGE_IDS[image] })),
    });
    const responses = await ResponseServer.start();
    let cloudFormation: CloudFormation | undefined;
    const stackEvents = await CloudFormationEndpoint.start({
      clock: clock.serverSide,
      events: (stack) => cloudFormation?.eventsOf(stack),
    });
    cloudFormation = new CloudFormation({
      clock,
      functions: new WarmFunctions(clock, workspaces.url, undefined, stackEvents.url),
      responses,
      resourceTypes: {
        'AWS::CloudFormation::WaitCondition': {
          create: () => {
            throw new Error('WaitCondition timed out. Received 0 conditions when expecting 1');
          },
        },
      },
    });
    return new Simulation(clock, workspaces, cloudFormation, [workspaces, stackEvents, responses]);
  }

  private constructor(
    private readonly clock: VirtualClock,
    private readonly workspaces: WorkspacesEndpoint,
    private readonly cloudFormation: CloudFormation,
    private readonly servers: readonly { close(): Promise<void> }[],
  ) {}

  async play(step: Step) {
    const requests = this.cloudFormation.requests.length;
    this.workspaces.calls.length = 0;
    const result = await this.clock.run(this.act(step));
    const changes = (allow: boolean) => this.workspaces.calls.filter((call) => call.allow === allow).length;
    return {
      name: step.name,
      status: result?.status,
      events: this.cloudFormation.requests.slice(requests).map(({ event }) => event.RequestType),
      grants: changes(true),
      revokes: changes(false),
      message: step.message ? result?.failures.map(({ reason }) => reason).join('\n') : '',
      access: this.access(),
      problems: this.cloudFormation.problems,
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
  }

  private async act({ action }: Step): Promise<OperationResult | undefined> {
    if ('deploy' in action) {
      return this.deploy(action.deploy);
    }
    if ('destroy' in action) {
      return this.cloudFormation.destroy(action.destroy.stack);
    }
    this.workspaces.share(IMAGE_IDS[action.grantByHand.image], ACCOUNTS[action.grantByHand.account]);
    return undefined;
  }

  private deploy(declared: DeclaredStack): Promise<OperationResult> {
    const [stack] = (declared.app === 'bin' ? binAssembly() : generatedAssembly(declared)).stacks;
    return this.cloudFormation.deploy(
      declared.stack,
      stack?.template ?? {},
      parametersOf(declared, IMAGE_IDS),
    );
  }

  private access(): Access {
    const names = Object.keys(ACCOUNTS) as Account[];
    const entries = IMAGES.map((image) => {
      const permitted = this.workspaces.accounts(IMAGE_IDS[image]);
      return [image, names.filter((name) => permitted.includes(ACCOUNTS[name])).sort()];
    });
    return Object.fromEntries(entries);
  }
}

function generatedAssembly(declared: DeclaredStack): Assembly {
  const outdir = mkdtempSync(join(directory, 'cdk.out-'));
  synthesize(declared, IMAGE_IDS, outdir);
  return new Assembly(outdir);
}

/** The app in `bin/`. Its parameters change, and the app does not. */
function binAssembly(): Assembly {
  const outdir = join(directory, 'cdk.out');
  if (!existsSync(outdir)) {
    process.env.CDK_OUTDIR = outdir;
    require('../../bin/app');
    process.emit('beforeExit', 0);
    delete process.env.CDK_OUTDIR;
  }
  return new Assembly(outdir);
}

function sorted(declared: Access): Access {
  const entries = IMAGES.map((image) => [image, [...declared[image]].sort()]);
  return Object.fromEntries(entries);
}
