import { Cdk } from './cdk';
import { makeImages, NOT_SHOWN, start } from './emulators';
import { inTurn } from './ordered-output';
import { must } from './processes';
import { Story } from './scenario-runner';
import { lives } from './scenarios';
import { script } from './script';
import { Stacks } from './stacks';
import { install } from './virtual-environment';
import { Workspaces } from './workspaces';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const noProxy = [process.env.NO_PROXY ?? process.env.no_proxy ?? [], '127.0.0.1', 'localhost'].flat().join();

/** The environment of the run's processes: nothing that points at an account. */
const environment = {
  ...Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => /^(AWS|CDK|MOTO|MINISTACK|LAMBDA)_/.test(name))
      .map((name) => [name, undefined]),
  ),
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  NO_PROXY: noProxy,
  no_proxy: noProxy,
};

script('e2e', async (processes, directory) => {
  const started = Date.now();
  const commands = await install(processes, 'requirements.txt', environment);
  const emulators = await start(processes, commands, environment, directory);
  const imageIds = await makeImages(processes, commands, environment, emulators, lives.length);
  console.log(`The emulators are ready after ${seconds(started)} s. What they do not show:`);
  for (const deviation of NOT_SHOWN) {
    console.log(`  - ${deviation}`);
  }

  const cdk = new Cdk(processes, emulators, environment, directory);
  await must(cdk.synthesizeBin(), 'cdk synth failed');
  await must(cdk.bootstrap(), 'cdk bootstrap failed');
  console.log('cdk bootstrap: the environment is ready.');

  const stacks = new Stacks(emulators);
  const prints = inTurn(lives.length, console.log);
  const ends = await Promise.all(
    lives.map(async (life, n) => {
      const workspaces = new Workspaces(emulators, imageIds[n]);
      const story = new Story(cdk, workspaces, stacks, imageIds[n], prints[n].print);
      return story.play(life).finally(prints[n].end);
    }),
  );
  if (ends.includes(false)) {
    return false;
  }
  const leftovers = (await stacks.logGroups()).filter((name) => name.includes('WorkspaceImageShare'));
  if (leftovers.length > 0) {
    throw new Error(`The stacks left log groups behind: ${leftovers.join(', ')}.`);
  }
  const steps = lives.flat().flatMap((chapter) => chapter.steps).length;
  console.log(`\n${steps} steps ended as declared, in ${seconds(started)} s.`);
  return true;
});

function seconds(since: number): string {
  return ((Date.now() - since) / 1_000).toFixed(0);
}
