import { Cdk } from './cdk';
import { createImages, DEVIATIONS, start } from './emulators';
import { orderedOutputs } from './ordered-output';
import { must } from './processes';
import { OWNER, scenarios } from './scenarios';
import { script } from './script';
import { ShareRunner } from './share-runner';
import { Stacks } from './stacks';
import { install } from './virtual-environment';
import { Workspaces } from './workspaces';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const noProxy = [process.env.NO_PROXY ?? process.env.no_proxy ?? [], '127.0.0.1', 'localhost'].flat().join();

/** The environment of the processes, without variables that configure access to an account. */
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
  const imageIds = await createImages(processes, commands, environment, emulators, scenarios.length);
  console.log(`The emulators are ready after ${seconds(started)} s. They differ from AWS:`);
  for (const deviation of DEVIATIONS) {
    console.log(`  - ${deviation}`);
  }

  const cdk = new Cdk(processes, emulators, environment, directory);
  await must(cdk.synthesizeBin(), 'cdk synth failed');
  await must(cdk.bootstrap(OWNER), 'cdk bootstrap failed');
  console.log('cdk bootstrap: the environment is ready.');

  const stacks = new Stacks(emulators);
  const outputs = orderedOutputs(scenarios.length, console.log);
  const results = await Promise.all(
    scenarios.map((scenario, n) => {
      const workspaces = new Workspaces(emulators, imageIds[n]);
      const runner = new ShareRunner(cdk, workspaces, imageIds[n], stacks, outputs[n].print);
      return runner.play(scenario).finally(outputs[n].end);
    }),
  );
  if (results.includes(false)) {
    return false;
  }
  const leftovers = (await stacks.logGroups(OWNER)).filter((name) => name.includes('WorkspaceImageShare'));
  if (leftovers.length > 0) {
    throw new Error(`The stacks left log groups behind: ${leftovers.join(', ')}.`);
  }
  const steps = scenarios.flatMap((scenario) => scenario.steps).length;
  console.log(`\n${steps} steps ended as declared, in ${seconds(started)} s.`);
  return true;
});

function seconds(since: number): string {
  return ((Date.now() - since) / 1_000).toFixed(0);
}
