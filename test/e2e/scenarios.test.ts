import { mkdtempSync, rmSync } from 'node:fs';
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
  lives,
  type Step,
} from '../../e2e/scenarios';
import { Assembly } from '../../simulator/assembly';
import { CloudFormation, type OperationResult } from '../../simulator/cloudformation';
import { FunctionProcesses } from '../../simulator/function-process';
import { ResponseServer } from '../../simulator/response-server';
import { WorkspacesEndpoint } from '../../simulator/workspaces-endpoint';

/**
 * `npm run test:e2e` plays the same scenario with the CDK CLI, a CloudFormation emulator and moto. There, what a
 * step says of the emulator counts; here, held to AWS, the step itself.
 */
jest.setTimeout(60_000);

const SPEED = 20;

const directory = mkdtempSync(join(tmpdir(), 'scenario-'));
let endpoint: WorkspacesEndpoint;
let responses: ResponseServer;
let cloudFormation: CloudFormation;
let assembly: Assembly;
let assemblies = 0;

beforeAll(async () => {
  endpoint = await WorkspacesEndpoint.start();
  responses = await ResponseServer.start();
  const started = Date.now();
  cloudFormation = new CloudFormation({
    clock: {
      now: () => started + (Date.now() - started) * SPEED,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / SPEED).unref()),
    },
    functions: new FunctionProcesses({
      codeDirectory: ({ code }) => assembly.codeDirectory(code.S3Key),
      workspacesUrl: endpoint.url,
      speed: SPEED,
    }),
    responses,
    resourceTypes: {
      'AWS::CloudFormation::WaitCondition': {
        create: () => {
          throw new Error('WaitCondition timed out. Received 0 conditions when expecting 1');
        },
      },
    },
    impatient: true,
  });
});

afterAll(async () => {
  await cloudFormation.quiet();
  await responses.close();
  await endpoint.close();
  rmSync(directory, { recursive: true });
});

describe.each(lives.map((chapters, n) => ({ n, chapters })))('Life $n', ({ n, chapters }) => {
  const imageIds = { golden: `wsi-golden000${n}`, next: `wsi-next00000${n}` };

  beforeAll(() => {
    for (const imageId of Object.values(imageIds)) {
      endpoint.addImage({ imageId });
    }
  });

  describe.each([...chapters])('$title', ({ steps }) => {
    it.each([...steps])('$name', async (step) => {
      const requests = cloudFormation.requests.length;
      const calls = endpoint.calls.length;
      const result = await act(step, imageIds);

      expect(result?.status).toBe(step.ends);
      const sent = cloudFormation.requests.slice(requests).map(({ event }) => event.RequestType);
      expect(sent).toEqual(step.events);
      expect(changes(calls)).toEqual({ grants: step.grants ?? 0, revokes: step.revokes ?? 0 });
      expect(result?.failures.map(({ reason }) => reason).join('\n') ?? '').toMatch(step.says ?? /^/);
      expect(access(imageIds)).toEqual(sorted(step.access));
      expect(cloudFormation.problems).toEqual([]);
    });
  });
});

test('every step leaves the same permissions in both worlds', () => {
  const steps = lives.flat().flatMap((chapter) => chapter.steps);
  expect(steps.filter(({ emulator }) => emulator?.access).map(({ name }) => name)).toEqual([]);
});

async function act({ act }: Step, imageIds: ImageIds): Promise<OperationResult | undefined> {
  if ('deploy' in act) {
    return deploy(act.deploy, imageIds);
  }
  if ('destroy' in act) {
    return cloudFormation.destroy(act.destroy.stack);
  }
  endpoint.share(imageIds[act.grantByHand.image], ACCOUNTS[act.grantByHand.account]);
  return undefined;
}

function deploy(declared: DeclaredStack, imageIds: ImageIds): Promise<OperationResult> {
  const outdir = join(directory, String(assemblies++));
  if (declared.app === 'made') {
    synthesize(declared, imageIds, outdir);
  } else {
    synthesizeBin(outdir);
  }
  assembly = new Assembly(outdir);
  return cloudFormation.deploy(declared.stack, assembly.stacks[0].template, parametersOf(declared, imageIds));
}

function synthesizeBin(outdir: string): void {
  process.env.CDK_OUTDIR = outdir;
  jest.isolateModules(() => require('../../bin/app'));
  process.emit('beforeExit', 0);
  delete process.env.CDK_OUTDIR;
}

function changes(since: number): { grants: number; revokes: number } {
  const updates = endpoint.calls
    .slice(since)
    .filter(({ operation }) => operation === 'UpdateWorkspaceImagePermission');
  return {
    grants: updates.filter(({ allow }) => allow).length,
    revokes: updates.filter(({ allow }) => !allow).length,
  };
}

function access(imageIds: ImageIds): Access {
  const names = Object.keys(ACCOUNTS) as Account[];
  const entries = IMAGES.map((image) => {
    const permitted = endpoint.accounts(imageIds[image]);
    return [image, names.filter((name) => permitted.includes(ACCOUNTS[name])).sort()];
  });
  return Object.fromEntries(entries);
}

function sorted(declared: Access): Access {
  const entries = IMAGES.map((image) => [image, [...declared[image]].sort()]);
  return Object.fromEntries(entries);
}
