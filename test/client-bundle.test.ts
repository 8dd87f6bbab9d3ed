import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run, withHandlerOptions } from './support/handler-build';

interface Story {
  /** What the client is made with. */
  readonly options?: object;
  readonly calls: readonly (readonly [operation: string, input: object])[];
  /** One after the other; the last one from there on. */
  readonly answers: readonly object[];
  /** Milliseconds after which a call is given up. */
  readonly abortAfter?: number;
}

interface Played {
  readonly requests: { method: string; url: string; headers: Record<string, string>; body: string }[];
  // biome-ignore lint/suspicious/noExplicitAny: what the service answered, or an error with what hangs on it.
  readonly outcomes: any[];
  readonly pauses: number[];
}

const OFFICIAL = require.resolve('@aws-sdk/client-workspaces');
const ImageId = 'wsi-8t4x2k9p7';
const READ = ['DescribeWorkspaceImagePermissions', { ImageId, MaxResults: 25 }] as const;
const WRITE = [
  'UpdateWorkspaceImagePermission',
  { ImageId, AllowCopyImage: true, SharedAccountId: '111122223333' },
] as const;

const success = {
  body: JSON.stringify({ ImageId, ImagePermissions: [{ SharedAccountId: '111122223333' }], NextToken: 'n' }),
};
const refusal = (type: string, status = 400) => ({
  status,
  body: JSON.stringify({ __type: type, message: `${type}, said the service` }),
});
const throttled = refusal('ThrottlingException');
const broken = { status: 500, body: '' };

/** As a function's environment is, in all that the client could look at. */
const LAMBDA = {
  AWS_REGION: 'eu-west-1',
  AWS_DEFAULT_REGION: 'eu-west-1',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: 'share',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
  AWS_SESSION_TOKEN: 'session',
};

let directory: string;
let bundled: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'client-bundle-'));
  bundled = join(directory, 'client.js');
  const entry = join(directory, 'client.ts');
  writeFileSync(
    entry,
    `export { ${READ[0]}Command, ${WRITE[0]}Command, WorkSpacesClient, WorkSpacesServiceException }
     from ${JSON.stringify(resolve('node_modules/@aws-sdk/client-workspaces'))};`,
  );
  const built = await withHandlerOptions({ entryPoints: [entry], outfile: bundled });
  expect(built.errors).toEqual([]);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function play(
  client: string,
  stories: readonly Story[],
  environment: object = {},
  home = '/nonexistent',
): Promise<Played[]> {
  const child = spawn(process.execPath, [resolve('test/support/client-probe.js'), client], {
    env: { ...LAMBDA, HOME: home, NODE_NO_WARNINGS: '1', ...environment },
  });
  child.stdin.end(JSON.stringify(stories));
  const { stdout, stderr } = await run(child);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

async function playBoth(stories: readonly Story[], environment?: object): Promise<[Played[], Played[]]> {
  return Promise.all([play(bundled, stories, environment), play(OFFICIAL, stories, environment)]);
}

describe('the bundled client does as the official one, with', () => {
  const stories: Story[] = [
    { calls: [READ, WRITE], answers: [success] },
    { calls: [WRITE], answers: [throttled, broken, success] },
    { calls: [READ], answers: [broken] },
  ];

  const host = (name: string) => (played: Played) => expect(played.requests[0].headers.host).toBe(name);
  const attempts = (count: number) => (_first: Played, _second: Played, third: Played) =>
    expect(third.requests).toHaveLength(count);
  const header = (name: string, value: string) => (played: Played) =>
    expect(played.requests[0].headers[name]).toContain(value);

  test.each<[string, Record<string, string>, (...played: Played[]) => void]>([
    ['nothing but what Lambda sets', {}, host('workspaces.eu-west-1.amazonaws.com')],
    ['a session token', { AWS_SESSION_TOKEN: 'other' }, header('x-amz-security-token', 'other')],
    [
      'credentials that are long-lived',
      { AWS_SESSION_TOKEN: '' },
      ({ requests }) => expect(requests[0].headers).not.toHaveProperty('x-amz-security-token'),
    ],
    [
      'credentials that expire and name their account',
      { AWS_CREDENTIAL_EXPIRATION: '2026-01-02T03:05:00Z', AWS_ACCOUNT_ID: '123456789012' },
      header('user-agent', 'm/'),
    ],
    [
      'a trace',
      { _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1' },
      header('X-Amzn-Trace-Id', 'Root=1-5759e988'),
    ],
    ['FIPS', { AWS_USE_FIPS_ENDPOINT: 'true' }, host('workspaces-fips.eu-west-1.amazonaws.com')],
    ['dual-stack', { AWS_USE_DUALSTACK_ENDPOINT: 'true' }, host('workspaces.eu-west-1.api.aws')],
    [
      'FIPS and dual-stack',
      { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      host('workspaces-fips.eu-west-1.api.aws'),
    ],
    [
      'a FIPS switch that is neither true nor false',
      { AWS_USE_FIPS_ENDPOINT: 'yes' },
      ({ outcomes }) => expect(outcomes).toHaveLength(2),
    ],
    ['China', { AWS_REGION: 'cn-north-1' }, host('workspaces.cn-north-1.amazonaws.com.cn')],
    ['GovCloud', { AWS_REGION: 'us-gov-west-1' }, host('workspaces.us-gov-west-1.amazonaws.com')],
    [
      'FIPS in GovCloud',
      { AWS_REGION: 'us-gov-west-1', AWS_USE_FIPS_ENDPOINT: 'true' },
      host('workspaces-fips.us-gov-west-1.amazonaws.com'),
    ],
    [
      'a Region newer than the client',
      { AWS_REGION: 'eu-north-9' },
      host('workspaces.eu-north-9.amazonaws.com'),
    ],
    [
      'a Region that is none',
      { AWS_REGION: 'no region' },
      ({ outcomes }) => expect(outcomes[0].message).toContain('is not a valid hostname component'),
    ],
    ['an endpoint', { AWS_ENDPOINT_URL: 'http://every.test:8080' }, host('every.test:8080')],
    [
      'an endpoint for WorkSpaces before one for all',
      { AWS_ENDPOINT_URL_WORKSPACES: 'https://only.test/vpce', AWS_ENDPOINT_URL: 'http://every.test' },
      ({ requests }) => expect(requests[0]).toMatchObject({ url: '/vpce/', headers: { host: 'only.test' } }),
    ],
    [
      'endpoints that are to be ignored',
      { AWS_ENDPOINT_URL_WORKSPACES: 'https://only.test', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
      host('workspaces.eu-west-1.amazonaws.com'),
    ],
    [
      'an endpoint and FIPS',
      { AWS_ENDPOINT_URL: 'http://every.test', AWS_USE_FIPS_ENDPOINT: 'true' },
      ({ outcomes }) => expect(outcomes[0].message).toContain('FIPS and custom endpoint'),
    ],
    ['one attempt', { AWS_MAX_ATTEMPTS: '1' }, attempts(1)],
    ['five attempts', { AWS_MAX_ATTEMPTS: '5' }, attempts(5)],
    ['attempts that are no number', { AWS_MAX_ATTEMPTS: 'many' }, attempts(3)],
    ['adaptive retries', { AWS_RETRY_MODE: 'adaptive' }, attempts(3)],
    ['standard retries', { AWS_RETRY_MODE: 'standard' }, attempts(3)],
    ['the defaults of a Region', { AWS_DEFAULTS_MODE: 'in-region' }, attempts(3)],
    ['the defaults of its surroundings', { AWS_DEFAULTS_MODE: 'auto' }, attempts(3)],
    ['a name for the user agent', { AWS_SDK_UA_APP_ID: 'shares' }, header('user-agent', 'app/shares')],
    ['a preferred way to sign', { AWS_AUTH_SCHEME_PREFERENCE: 'sigv4' }, header('authorization', 'AWS4-')],
    ['no correction of its clock', { AWS_DISABLE_CLOCK_SKEW_CORRECTION: 'true' }, attempts(3)],
  ])('%s', async (_name, environment, expectation) => {
    const [ours, theirs] = await playBoth(stories, environment);
    expect(ours).toEqual(theirs);
    expectation(...(ours as [Played, Played, Played]));
  });
});

describe('the bundled client does as the official one, when the service', () => {
  /** As the handler makes it, with less patience. */
  const handlers = {
    retryMode: 'adaptive',
    requestHandler: { connectionTimeout: 200, requestTimeout: 200, throwOnRequestTimeout: true },
  };
  const errors = [
    'AccessDeniedException',
    'InvalidParameterValuesException',
    'OperationNotSupportedException',
    'ResourceNotFoundException',
    'ResourceUnavailableException',
  ];
  const skewed = {
    ...refusal('RequestTimeTooSkewed', 403),
    headers: { date: 'Fri, 02 Jan 2026 13:04:05 GMT' },
  };

  const cases: [name: string, story: Story, requests: number][] = [
    ['answers', { calls: [READ, WRITE], answers: [success] }, 2],
    [
      'answers in pieces',
      { calls: [READ], answers: [{ body: ['{"ImageId":"wsi-ä', '€","NextToken":null}'] }] },
      1,
    ],
    [
      'answers with members that it has not yet',
      { calls: [READ], answers: [{ body: '{"New":{"a":[1]}}' }] },
      1,
    ],
    ['answers nothing', { calls: [READ, WRITE], answers: [{ body: '' }] }, 2],
    ...errors.map<[string, Story, number]>((name) => [
      `refuses with ${name}`,
      { calls: [READ, WRITE], answers: [refusal(name)] },
      2,
    ]),
    [
      'refuses with a namespace',
      { calls: [WRITE], answers: [refusal('com.amazonaws.workspaces#ResourceNotFoundException')] },
      1,
    ],
    [
      'refuses by header',
      {
        calls: [WRITE],
        answers: [{ status: 400, headers: { 'x-amzn-errortype': 'AccessDeniedException:http://x/' } }],
      },
      1,
    ],
    ['refuses with an error that no model has', { calls: [WRITE], answers: [refusal('NewException')] }, 1],
    ['says that credentials expired', { calls: [WRITE], answers: [refusal('ExpiredTokenException')] }, 1],
    ['says that the clock is wrong', { calls: [WRITE, WRITE], answers: [skewed, success] }, 3],
    ['throttles, then answers', { calls: [READ], answers: [throttled, throttled, success] }, 3],
    [
      'throttles and says for how long',
      {
        calls: [READ],
        answers: [{ ...throttled, headers: { 'x-amz-retry-after': '2500' } }, success],
      },
      2,
    ],
    ['throttles', { calls: [READ, WRITE], answers: [throttled] }, 6],
    [
      'throttles an adaptive client',
      {
        options: handlers,
        calls: [READ, WRITE, WRITE, WRITE, READ],
        answers: [success, throttled, throttled, success],
      },
      7,
    ],
    ['fails once', { calls: [WRITE], answers: [broken, success] }, 2],
    [
      'is unavailable, in HTML',
      {
        calls: [READ],
        answers: [{ status: 503, headers: { 'content-type': 'text/html' }, body: '<h1>503</h1>' }],
      },
      3,
    ],
    [
      'is somewhere else',
      { calls: [READ], answers: [{ status: 301, headers: { location: '/x' }, body: '' }] },
      1,
    ],
    ['cuts the connection once', { calls: [WRITE], answers: [{ cut: true }, success] }, 2],
    ['cuts every connection', { calls: [WRITE], answers: [{ cut: true }] }, 3],
    ['answers what is no JSON', { calls: [READ], answers: [{ body: '{"ImageId": "wsi-' }] }, 1],
    ['refuses in what is no JSON', { calls: [READ], answers: [{ status: 400, body: 'no' }] }, 1],
    ['is slow once', { options: handlers, calls: [WRITE], answers: [{ never: true }, success] }, 2],
    ['is slow', { options: { ...handlers, maxAttempts: 2 }, calls: [READ], answers: [{ never: true }] }, 2],
    ['is given up', { options: handlers, calls: [READ], answers: [{ never: true }], abortAfter: 50 }, 1],
  ];
  const played: Played[][] = [];

  beforeAll(async () => {
    played.push(...(await playBoth(cases.map(([, story]) => story))));
  });

  test.each(cases.map(([name, , requests], index) => [name, index, requests] as const))(
    '%s',
    (_name, index, requests) => {
      const [ours, theirs] = played.map((client) => client[index]);
      expect(ours).toEqual(theirs);
      expect(ours.requests).toHaveLength(requests);
    },
  );
});

describe('the bundled client differs from the official one', () => {
  const story: Story = { calls: [READ], answers: [success] };

  test('where the environment has no credentials: it looks for none elsewhere, and says so', async () => {
    const none = { AWS_ACCESS_KEY_ID: '', AWS_EC2_METADATA_DISABLED: 'true' };
    const [[ours], [theirs]] = await playBoth([story], none);
    expect([ours.requests, theirs.requests]).toEqual([[], []]);
    expect(ours.outcomes[0]).toMatchObject({
      name: 'CredentialsProviderError',
      message: 'Unable to find environment variable credentials.',
    });
    expect(theirs.outcomes[0]).toMatchObject({
      name: 'CredentialsProviderError',
      message: 'Could not load credentials from any providers',
    });
  });

  test('where the environment has no Region: it asks no instance for one', async () => {
    const none = { AWS_REGION: '', AWS_EC2_METADATA_DISABLED: 'true' };
    const [ours, theirs] = await playBoth([story], { ...none });
    expect(ours).toEqual(theirs);
    const [asking] = await play(bundled, [story], { ...none, AWS_EC2_METADATA_DISABLED: '' });
    expect(asking).toEqual(ours[0]);
  });

  test('where there are configuration files: it reads none', async () => {
    const home = join(directory, 'home');
    mkdirSync(join(home, '.aws'), { recursive: true });
    const profile = '[default]\nendpoint_url = http://from-a-file.test\nmax_attempts = 7\n';
    writeFileSync(join(home, '.aws', 'config'), profile);
    const [[theirs], [ours], [without]] = await Promise.all([
      play(OFFICIAL, [story], {}, home),
      play(bundled, [story], {}, home),
      play(bundled, [story]),
    ]);
    expect(theirs.requests[0].headers.host).toBe('from-a-file.test');
    expect(ours).toEqual(without);
  });
});

describe('the build fails', () => {
  test('when a swap no longer hits', async () => {
    const entry = join(directory, 'without-client.ts');
    writeFileSync(entry, 'export const client = undefined;');
    const { errors } = await withHandlerOptions({ entryPoints: [entry], outfile: join(directory, 'out.js') });
    expect(errors).toHaveLength(6);
    expect(errors[0]).toMatch(
      /^The client no longer loads @aws-sdk\/credential-provider-node\/dist-es\/index\.js, which the bundle replaces\. /,
    );
  });

  test('when there are two copies of what a swap replaces', async () => {
    const copy = join(directory, 'node_modules/@aws-sdk/client-workspaces/package.json');
    mkdirSync(join(copy, '..'), { recursive: true });
    writeFileSync(copy, '{ "version": "0.0.1" }');
    const entry = join(directory, 'two-copies.ts');
    writeFileSync(
      entry,
      `${readFileSync(join(directory, 'client.ts'))} export * from ${JSON.stringify(copy)};`,
    );
    const { errors } = await withHandlerOptions({ entryPoints: [entry], outfile: join(directory, 'out.js') });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(
      /^The bundle has 2 copies of @aws-sdk\/client-workspaces\/package\.json to replace: /,
    );
  });
});
