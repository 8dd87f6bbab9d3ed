import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const { engines, jsii, repository } = JSON.parse(read('package.json'));

describe.each(readdirSync(join(__dirname, '../.github/workflows')))('the workflow %s', (file) => {
  const workflow = read(`.github/workflows/${file}`);

  test('pins every action to a commit and names its version', () => {
    const used = [...workflow.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, action]) => action);
    const notPinned = used.filter((action) => !/^(\.\/.*|[\w./-]+@[0-9a-f]{40} # v[\d.]+)$/.test(action));
    expect(used).not.toHaveLength(0);
    expect(notPinned).toEqual([]);
  });

  test('installs only what a lock file names', () => {
    expect(
      workflow.match(/\b(npm (i|install|exec)|npx|pip install|go install|tool install)\b.*/g),
    ).toBeNull();
  });
});

test('each pull request and each release packages every language, without caches', () => {
  const workflow = read('.github/workflows/package.yml');
  const [, packaged] = workflow.match(/npm run package -- (.*)/) ?? [];
  expect(packaged?.split(' ').sort()).toEqual(['js', ...Object.keys(jsii.targets)].sort());
  expect(workflow).not.toMatch(/actions\/cache|cache: (?!false)/);
  for (const caller of ['ci.yml', 'release.yml']) {
    expect(read(`.github/workflows/${caller}`)).toContain('uses: ./.github/workflows/package.yml');
  }
});

test('the Maven group is the namespace that Maven Central gives to the GitHub organization', () => {
  const [, organization] = repository.url.match(/github\.com\/([^/]+)\//);
  expect(jsii.targets.java.maven.groupId).toBe(`io.github.${organization}`);
});

test('the gate runs the tests on the Node.js of the Lambda runtime', () => {
  const [, runtime] = read('lib/workspace-image-share-provider.ts').match(/'nodejs(\d+)\.x'/) ?? [];
  const { dependencies } = JSON.parse(read('tools/node/package.json'));
  expect(dependencies.node).toMatch(new RegExp(`^${runtime}\\.`));
  expect(read('.ci/run')).toContain('script test:node24');
});

test('npm ci runs on the oldest Node.js that is supported, and fails if a dependency needs a newer one', () => {
  expect(read('.github/workflows/ci.yml')).toContain(`node-version: ${engines.node.replace('>= ', '')}\n`);
  expect(read('.npmrc')).toContain('engine-strict=true');
});

test('random tests have a fixed seed', () => {
  const calls = filesIn('test', '.test.ts').flatMap((file) =>
    [...read(file).matchAll(/\bfc\.(assert|check|sample)\(.*?;$/gms)].map(([call]) => call),
  );
  expect(calls).not.toHaveLength(0);
  expect(calls.filter((call) => !/\bseed: \d+/.test(call))).toEqual([]);
});

test('scripts start other programs with scripts/commands.mjs, which also works on Windows', () => {
  const scripts = [...filesIn('scripts', '.mjs'), ...filesIn('test/integ', '.mjs')];
  expect(scripts.filter((file) => /child_process/.test(read(file)))).toEqual([]);
});

function read(file: string): string {
  return readFileSync(join(__dirname, '..', file), 'utf8');
}

function filesIn(directory: string, ending: string): string[] {
  const names = readdirSync(join(__dirname, '..', directory), { recursive: true }) as string[];
  return names.filter((name) => name.endsWith(ending)).map((name) => join(directory, name));
}
