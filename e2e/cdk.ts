import { delimiter, join } from 'node:path';
import { parametersOf, synthesize } from './declared-app';
import type { Emulators } from './emulators';
import type { Environment, Processes } from './processes';
import { type DeclaredStack, type ImageIds, type Location, OWNER } from './scenarios';

const BIN = join(__dirname, '..', 'node_modules', '.bin');

export interface CdkRun {
  readonly code: number;
  readonly output: string;
}

/** The CDK CLI, against the emulators. */
export class Cdk {
  private readonly env: Environment;
  private assemblies = 0;

  constructor(
    private readonly processes: Processes,
    emulators: Emulators,
    env: Environment,
    private readonly directory: string,
  ) {
    this.env = {
      ...env,
      PATH: [BIN, process.env.PATH].join(delimiter),
      AWS_ENDPOINT_URL: emulators.awsUrl,
      ...credentialsOf(OWNER),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: join(directory, 'no-config'),
      AWS_SHARED_CREDENTIALS_FILE: join(directory, 'no-credentials'),
      CDK_HOME: join(directory, 'cdk-home'),
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CI: 'true',
    };
  }

  bootstrap(location: Location): Promise<CdkRun> {
    return this.run(['bootstrap', `aws://${location.account}/${location.region}`], credentialsOf(location));
  }

  deploy(declared: DeclaredStack, imageIds: ImageIds): Promise<CdkRun> {
    const parameters = Object.entries(parametersOf(declared, imageIds)).flatMap(([name, value]) => [
      '--parameters',
      `${name}=${value}`,
    ]);
    return this.run([
      'deploy',
      declared.stack,
      ...this.appOf(declared, imageIds),
      '--require-approval',
      'never',
      ...parameters,
    ]);
  }

  /** Whether the CLI finds a difference between what is declared and what is deployed. */
  async differs(declared: DeclaredStack, imageIds: ImageIds): Promise<boolean> {
    const { code, output } = await this.run([
      'diff',
      declared.stack,
      '--fail',
      ...this.appOf(declared, imageIds),
    ]);
    const same = output.includes('There were no differences');
    if (code > 1 || same === (code === 1)) {
      throw new Error(`cdk diff exited with code ${code} and printed: ${output}`);
    }
    return !same;
  }

  destroy(declared: DeclaredStack, imageIds: ImageIds): Promise<CdkRun> {
    return this.run(['destroy', declared.stack, '--force', ...this.appOf(declared, imageIds)]);
  }

  /**
   * Deploys all stacks of an app, in the order of their dependencies. For those in other accounts, the CLI assumes the
   * roles of the bootstrap stack.
   *
   * @param synthesize synthesizes the app into a directory
   */
  deployAll(synthesize: (directory: string) => void): Promise<CdkRun> {
    return this.run(['deploy', '--all', ...this.newApp(synthesize), '--require-approval', 'never']);
  }

  destroyAll(synthesize: (directory: string) => void): Promise<CdkRun> {
    return this.run(['destroy', '--all', '--force', ...this.newApp(synthesize)]);
  }

  private appOf(declared: DeclaredStack, imageIds: ImageIds): string[] {
    return this.newApp((directory) => synthesize(declared, imageIds, directory));
  }

  private newApp(synthesize: (directory: string) => void): string[] {
    const directory = join(this.directory, `cdk.out.${this.assemblies++}`);
    synthesize(directory);
    return ['--app', directory];
  }

  /** Not in the directory of `cdk.json`, which would build each time. */
  private run(args: readonly string[], env: Environment = {}): Promise<CdkRun> {
    const command = ['--no-notices', '--no-color', ...args];
    return this.processes.run(join(BIN, 'cdk'), command, { ...this.env, ...env }, this.directory);
  }
}

/** To MiniStack, an access key of 12 digits is the account. */
function credentialsOf({ account, region }: Location): Environment {
  return { AWS_ACCESS_KEY_ID: account, AWS_SECRET_ACCESS_KEY: 'e2e', AWS_REGION: region };
}
