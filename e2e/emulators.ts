import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import getPort from 'get-port';
import { type Environment, must, type Processes } from './processes';
import { IMAGES, type ImageIds, OWNER } from './scenarios';

/** How the emulators differ from AWS in every step. The tests in `test/` cover what they do not show. */
export const DEVIATIONS: readonly string[] = [
  'MiniStack does not enforce roles and their policies.',
  'MiniStack invokes the function once and waits for it, regardless of its event invoke config.',
  "MiniStack runs the function on this machine's Node.js.",
  'MiniStack records the creation of a resource in a stack update as an update, not every Delete, and no properties.',
  'moto lists all permissions on one page, never throttles, and treats an unknown image as one that is not shared.',
  'moto can neither copy nor delete an image. Copies are made at the endpoint of the simulator, within 20 seconds.',
];

export interface Emulators {
  /** MiniStack: CloudFormation and the services that its stacks use. */
  readonly awsUrl: string;
  /** moto: the WorkSpaces API. */
  readonly workspacesUrl: string;
  /** A line for each request that moto received. */
  readonly recording: string;
}

/** @param commands the directory in which both are installed */
export async function start(
  processes: Processes,
  commands: string,
  env: Environment,
  directory: string,
): Promise<Emulators> {
  const awsPort = await getPort({ host: '127.0.0.1' });
  const workspacesPort = await getPort({ host: '127.0.0.1' });
  const awsUrl = `http://127.0.0.1:${awsPort}`;
  const workspacesUrl = `http://127.0.0.1:${workspacesPort}`;
  const recording = join(directory, 'moto-requests.jsonl');
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const common = { ...env, TMPDIR: temporary, PYTHONUNBUFFERED: '1' };
  const moto = { ...common, MOTO_ENABLE_RECORDING: 'true', MOTO_RECORDER_FILEPATH: recording };
  const ministack = {
    ...common,
    GATEWAY_PORT: String(awsPort),
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: '127.0.0.1',
    MINISTACK_ACCOUNT_ID: OWNER.account,
    MINISTACK_REGION: OWNER.region,
    STATE_DIR: join(temporary, 'state'),
    S3_DATA_DIR: join(temporary, 's3'),
    // Its MQTT listener has a fixed port.
    IOT_MTLS_ENABLED: '0',
    LAMBDA_EXECUTOR: 'local',
    // The process of a function inherits the emulator's environment.
    AWS_ENDPOINT_URL_WORKSPACES: workspacesUrl,
    AWS_ENDPOINT_URL_CLOUDFORMATION: awsUrl,
  };
  const log = (name: string) => join(directory, `${name}.log`);
  await Promise.all([
    processes.serve(
      join(commands, 'moto_server'),
      ['-H', '127.0.0.1', '-p', String(workspacesPort)],
      moto,
      log('moto'),
      `${workspacesUrl}/moto-api/data.json`,
    ),
    processes.serve(
      join(commands, 'ministack'),
      [],
      ministack,
      log('ministack'),
      `${awsUrl}/_ministack/ready`,
    ),
  ]);
  return { awsUrl, workspacesUrl, recording };
}

/** Creates images in moto, a set for each scenario. */
export async function createImages(
  processes: Processes,
  commands: string,
  env: Environment,
  { workspacesUrl }: Emulators,
  sets: number,
): Promise<ImageIds[]> {
  const script = join(__dirname, 'images.py');
  const created = await must(
    processes.run(
      join(commands, 'python'),
      [script, workspacesUrl, OWNER.region, String(sets), ...IMAGES],
      env,
    ),
    'moto cannot create the images',
  );
  return JSON.parse(created);
}
