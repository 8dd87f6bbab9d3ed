import { WorkspacesEndpoint } from '../simulator/workspaces-endpoint';
import { runPrintedCommands } from './aws-cli';
import { Cdk } from './cdk';
import { CopiedImages, ENDPOINT } from './copied-images';
import { CopyRunner } from './copy-runner';
import { copyScenarios, RECIPIENT } from './copy-scenarios';
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

const locations = [OWNER, RECIPIENT];

script('e2e', async (processes, directory) => {
  const started = Date.now();
  const commands = await install(processes, 'requirements.txt', environment);
  const emulators = await start(processes, commands, environment, directory);
  const imageIds = await createImages(processes, commands, environment, emulators, scenarios.length);
  console.log(`The emulators are ready after ${seconds(started)} s. They differ from AWS:`);
  for (const deviation of DEVIATIONS) {
    console.log(`  - ${deviation}`);
  }

  const printed = await runPrintedCommands(processes, commands, environment);
  console.log(`The AWS CLI: ${printed} commands at the endpoint of the simulator succeeded.`);

  const cdk = new Cdk(processes, emulators, environment, directory);
  await Promise.all(locations.map((location) => must(cdk.bootstrap(location), 'cdk bootstrap failed')));
  console.log('cdk bootstrap: the environments are ready.');

  const stacks = new Stacks(emulators);
  const outputs = orderedOutputs(scenarios.length + copyScenarios.length, console.log);
  const endpoints = await Promise.all(copyScenarios.map(() => WorkspacesEndpoint.start(ENDPOINT)));
  // First, because they take longest.
  const copies = copyScenarios.map((scenario, n) => {
    const endpoint = endpoints[n];
    const output = outputs[scenarios.length + n];
    const runner = new CopyRunner(cdk, new CopiedImages(endpoint), endpoint.url, stacks, output.print);
    return runner.play(scenario).finally(output.end);
  });
  const shares = scenarios.map((scenario, n) => {
    const workspaces = new Workspaces(emulators, imageIds[n]);
    const output = outputs[n];
    const runner = new ShareRunner(cdk, workspaces, imageIds[n], stacks, output.print);
    return runner.play(scenario).finally(output.end);
  });
  const results = await Promise.all([...copies, ...shares]);
  if (results.includes(false)) {
    return false;
  }
  const logGroups = await Promise.all(locations.map((location) => stacks.logGroups(location)));
  const leftovers = logGroups.flat().filter((name) => name.includes('WorkspaceImage'));
  if (leftovers.length > 0) {
    throw new Error(`The stacks left log groups behind: ${leftovers.join(', ')}.`);
  }
  const steps = [...scenarios, ...copyScenarios].reduce((sum, scenario) => sum + scenario.steps.length, 0);
  console.log(`\n${steps} steps ended as declared, in ${seconds(started)} s.`);
  return true;
});

function seconds(since: number): string {
  return ((Date.now() - since) / 1_000).toFixed(0);
}
