import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CopiedImages, ENDPOINT, IMAGE_IDS } from '../../e2e/copied-images';
import { type CopyStep, copyScenarios } from '../../e2e/copy-scenarios';
import { parametersOf, synthesize, synthesizeCopy } from '../../e2e/declared-app';
import {
  ACCOUNTS,
  type Access,
  type Account,
  type Action,
  type DeclaredStack,
  IMAGES,
  type Step,
  scenarios,
} from '../../e2e/scenarios';
import { Assembly } from '../../simulator/assembly';
import type { OperationResult } from '../../simulator/cloudformation';
import { type SimulatedServices, startServices } from '../support/simulated-services';

/**
 * `npm run test:e2e` plays the same scenarios with the CDK CLI, a CloudFormation emulator, and moto or the simulator's
 * endpoint. The simulator does what AWS does, so the deviations of the emulator do not apply.
 */

const FAILURE = {
  'AWS::CloudFormation::WaitCondition': {
    create: () => {
      throw new Error('WaitCondition timed out. Received 0 conditions when expecting 1');
    },
  },
};

const directory = mkdtempSync(join(tmpdir(), 'scenario-'));

test.each([...scenarios])('$title', async ({ steps }) => {
  const services = await startServices({
    workspaces: { images: IMAGES.map((image) => ({ imageId: IMAGE_IDS[image] })) },
    resourceTypes: FAILURE,
  });
  try {
    for (const step of steps) {
      expect(await play(services, step)).toEqual(expectedOf(step));
    }
  } finally {
    await services.close();
  }
});

test.each([...copyScenarios])('$title', async ({ steps }) => {
  const services = await startServices({ workspaces: ENDPOINT, resourceTypes: FAILURE });
  const images = new CopiedImages(services.workspaces);
  try {
    for (const step of steps) {
      const { name, owner, recipient, changes } = step;
      const expected = { name, owner, recipient, changes, images: step.images, problems: [] };
      expect(await playCopy(services, images, step)).toEqual(expected);
    }
  } finally {
    await services.close();
  }
});

function expectedOf({ name, status, events, grants = 0, revokes = 0, message = /^/, access }: Step) {
  return {
    name,
    status,
    events,
    grants,
    revokes,
    message: expect.stringMatching(message),
    access: perImage((image) => new Set(access[image])),
    problems: [],
  };
}

async function play(services: SimulatedServices, { name, action }: Step) {
  const { clock, workspaces, cloudFormation } = services;
  const requests = cloudFormation.requests.length;
  workspaces.calls.length = 0;
  const result = await clock.run(carryOut(services, action));
  const changes = (allow: boolean) => workspaces.calls.filter((call) => call.allow === allow).length;
  const names = Object.keys(ACCOUNTS) as Account[];
  return {
    name,
    status: result?.status,
    events: cloudFormation.requests.slice(requests).map(({ event }) => event.RequestType),
    grants: changes(true),
    revokes: changes(false),
    message: result?.failures.map(({ reason }) => reason).join('\n') ?? '',
    access: perImage((image) => {
      const permitted = workspaces.accounts(IMAGE_IDS[image]);
      return new Set(names.filter((account) => permitted.includes(ACCOUNTS[account])));
    }),
    problems: cloudFormation.problems,
  };
}

function perImage<T>(value: (image: keyof Access) => T) {
  return Object.fromEntries(IMAGES.map((image) => [image, value(image)]));
}

async function carryOut(
  { cloudFormation, workspaces }: SimulatedServices,
  action: Action,
): Promise<OperationResult | undefined> {
  if ('deploy' in action) {
    const [stack] = assemblyOf(action.deploy).stacks;
    const parameters = parametersOf(action.deploy, IMAGE_IDS);
    return cloudFormation.deploy(action.deploy.stack, stack?.template ?? {}, parameters);
  }
  if ('destroy' in action) {
    return cloudFormation.destroy(action.destroy.stack);
  }
  const { image, account } = action.grantByHand;
  workspaces.share(IMAGE_IDS[image], ACCOUNTS[account]);
  return undefined;
}

async function playCopy(
  { clock, cloudFormation }: SimulatedServices,
  images: CopiedImages,
  { name, action, declared }: CopyStep,
) {
  const outdir = mkdtempSync(join(directory, 'copy-'));
  synthesizeCopy(declared, IMAGE_IDS, outdir);
  const { stacks } = new Assembly(outdir);
  const statuses = new Map<string, string>();
  for (const { name: stack, template, account, region } of action === 'deploy'
    ? stacks
    : stacks.toReversed()) {
    const operation =
      action === 'deploy'
        ? cloudFormation.deploy(stack, template, {}, { account, region })
        : cloudFormation.destroy(stack);
    statuses.set(stack, (await clock.run(operation)).status);
  }
  return {
    name,
    owner: statuses.get(declared.ownerStack),
    recipient: statuses.get(declared.recipientStack),
    changes: images.takeChanges(),
    images: images.described(),
    problems: cloudFormation.problems,
  };
}

function assemblyOf(declared: DeclaredStack): Assembly {
  const outdir = mkdtempSync(join(directory, 'generated-'));
  synthesize(declared, IMAGE_IDS, outdir);
  return new Assembly(outdir);
}
