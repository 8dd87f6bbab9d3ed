import { delimiter, join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { optionStacks } from './option-stacks';
import { must } from './processes';
import { script } from './script';
import { install } from './virtual-environment';

/** A commercial, a China and a GovCloud Region. */
const REGIONS = ['us-east-1', 'cn-north-1', 'us-gov-west-1'];

script('templates', async (processes, directory) => {
  const bins = join(__dirname, '..', 'node_modules', '.bin');
  const environment = { PATH: [bins, process.env.PATH].join(delimiter) };
  const commands = await install(processes, 'cfn-lint.txt', environment);
  const cdk = join(bins, 'cdk');
  const bin = join(directory, 'bin');
  await must(processes.run(cdk, ['synth', '--quiet', '--output', bin], environment), 'cdk synth failed');
  for (const region of REGIONS) {
    // Each in an app of its own, because no app may share an image with the same account twice.
    const templates = optionStacks.map(({ stackIn }, n) => {
      const app = new App({ outdir: join(directory, region, String(n)) });
      const { artifactId } = stackIn({ account: '123456789012', region }, app);
      return app.synth().getStackArtifact(artifactId).templateFullPath;
    });
    templates.push(...['Owner', 'Recipient'].map((stack) => join(bin, `${stack}.template.json`)));
    // W3005 reports redundant dependencies, which the CDK adds to every function.
    const lint = [
      '--ignore-checks',
      'W3005',
      '--regions',
      region,
      '--non-zero-exit-code',
      'informational',
      '--template',
      ...templates,
    ];
    await must(processes.run(join(commands, 'cfn-lint'), lint, environment), `cfn-lint failed in ${region}`);
    console.log(`cfn-lint: ${templates.length} templates pass in ${region}.`);
  }
  return true;
});
