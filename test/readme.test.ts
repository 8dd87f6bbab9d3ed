import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Size, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role } from 'aws-cdk-lib/aws-iam';
import { SETTLE } from '../lambda/guard/timing';
import {
  WorkspaceBundle,
  WorkspaceBundleProvider,
  WorkspaceImageCopy,
  WorkspaceImageCopyProvider,
  WorkspaceImageShareProvider,
  WorkspaceImageSource,
} from '../lib';
import { BUNDLES } from '../lib/bundle/workspace-bundle-provider';
import { COPIES } from '../lib/copy/workspace-image-copy-provider';
import { serviceTimeout } from '../lib/custom-resource/handler-function';
import { SHARES } from '../lib/share/workspace-image-share-provider';
import { ACCOUNTS_PER_DEPLOYMENT, MAX_ACCOUNTS } from '../lib/workspaces/validation';

const ROOT = join(__dirname, '..');
const REPOSITORY = 'https://github.com/cdk-workspace-image-share/cdk-workspace-image-share';
const RAW = REPOSITORY.replace('github.com', 'raw.githubusercontent.com');

const README = read('README.md');
const { peerDependencies, scripts, jsii } = JSON.parse(read('package.json'));

test('the README has at most 1,200 words outside of code blocks and lists of links', () => {
  const text = README.replace(/^```.*?^```$/gms, '')
    .replace(/^\[[\w-]+\]: .*$/gm, '')
    .replace(/\]\(.*?\)/g, ']')
    .replace(/\]\[.*?\]/g, ']');
  const words = text.split(/\s+/).filter((word) => /\w/.test(word));
  expect(words.length).toBeLessThanOrEqual(1_200);
});

test('the README states the versions and package names of package.json', () => {
  expect(README).toContain(`\`aws-cdk-lib\` ${peerDependencies['aws-cdk-lib'].replace('^', '')} or later`);
  expect(README).toContain(`pip install ${jsii.targets.python.distName}\``);
  expect(README).toContain(`dotnet add package ${jsii.targets.dotnet.packageId}\``);
  expect(README).toContain(`go get ${jsii.targets.go.moduleName}/cdkworkspaceimageshare\``);
});

test('the README states the limits of the construct and the function', () => {
  expect(README).toContain(`can have up to ${MAX_ACCOUNTS.toLocaleString('en-US')} accounts`);
  expect(README).toContain(
    `about ${ACCOUNTS_PER_DEPLOYMENT.toLocaleString('en-US')} fit into one deployment`,
  );
});

test('docs/troubleshooting.md states how long CloudFormation and the functions wait', () => {
  const document = read('docs/troubleshooting.md');
  const [share, copy, bundle] = [SHARES, COPIES, BUNDLES].map(({ maxEventAge }) =>
    serviceTimeout(maxEventAge).toMinutes(),
  );
  expect(document).toContain(
    `${share} minutes for the response of a share, and ${copy} for that of a copy or a bundle`,
  );
  expect(bundle).toBe(copy);
  expect(document).toContain(`waits for ${SETTLE / 1_000} seconds`);
});

test('the README has code blocks only in languages that a check covers', () => {
  // npm run docs:examples compiles the TypeScript.
  const languages = [...README.matchAll(/^```(\w+)$/gm)].map(([, language]) => language);
  expect([...new Set(languages)].sort()).toEqual(['sh', 'ts']);
});

test('the README runs npm scripts that exist', () => {
  const commands = blocks(README, 'sh')
    .join('\n')
    .matchAll(/\bnpm (?:run )?(?!ci\b)([\w:]+)/g);
  const names = [...commands].map(([, name]) => name);
  expect(names).toContain('start');
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(names));
});

test('docs/function-permissions.md has the statements that the warnings for imported roles print', () => {
  const stack = new Stack(undefined, 'Images');
  const props = { role: Role.fromRoleName(stack, 'Role', 'role'), vpc: new Vpc(stack, 'Vpc') };
  new WorkspaceImageShareProvider(stack, 'ShareProvider', props);
  new WorkspaceImageCopyProvider(stack, 'CopyProvider', props);
  const copy = new WorkspaceImageCopy(stack, 'Copy', { source: WorkspaceImageSource.image('wsi-8t4x2k9p7') });
  new WorkspaceBundleProvider(stack, 'BundleProvider', props);
  new WorkspaceBundle(stack, 'Bundle', {
    imageId: copy.imageId,
    computeType: 'STANDARD',
    userVolume: Size.gibibytes(50),
  });
  Tags.of(stack).add('team', 'desktops');
  const ofAll = Annotations.fromStack(stack)
    .findWarning('*', Match.stringLikeRegexp('importedRole'))
    .map(({ entry }) => String(entry.data))
    .map((warning) => JSON.parse(warning.slice(warning.indexOf('['), warning.lastIndexOf('[ack'))));

  const documented = blocks(read('docs/function-permissions.md'), 'json').map((code) =>
    JSON.parse(code.replaceAll('<STACK_NAME>', 'Images')),
  );
  expect(documented).toEqual(ofAll);
});

test('the messages in docs/troubleshooting.md are those of the sources', () => {
  const sources = ['lambda', 'lib']
    .flatMap((folder) =>
      (readdirSync(join(ROOT, folder), { recursive: true }) as string[]).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => read(file).replace(/' \+\s+'/g, ''))
    .join('\n');
  const firstCells = [...read('docs/troubleshooting.md').matchAll(/^\| (`.*?) \|/gm)].map(([, cell]) => cell);
  const messages = firstCells.flatMap((cell) => [...cell.matchAll(/`(.*?)`/g)].map(([, message]) => message));
  const parts = messages.flatMap((message) => message.split('…').map((part) => part.trim()));
  expect(messages.length).toBeGreaterThan(30);
  expect(parts.filter((part) => !sources.includes(part))).toEqual([]);
});

test.each(documents())('%s links to files and headings that exist', (file) => {
  const missing = links(read(file)).filter((link) => !exists(file, link));
  expect(missing).toEqual([]);
});

test('the README defines the links that it uses, and no others', () => {
  const used = [...README.matchAll(/\]\[([\w-]+)\]/g)].map(([, name]) => name);
  const defined = [...README.matchAll(/^\[([\w-]+)\]: /gm)].map(([, name]) => name);
  expect([...new Set(used)].sort()).toEqual(defined.sort());
});

test('the links and images of the README are absolute, because package registries show it, too', () => {
  expect(links(README).filter((link) => !link.startsWith('https://'))).toEqual([]);
});

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The documents that are written by hand. */
function documents(): string[] {
  const markdownIn = (folder: string) =>
    readdirSync(join(ROOT, folder))
      .filter((file) => file.endsWith('.md') && file !== 'API.md')
      .map((file) => join(folder, file));
  return ['.', 'docs', 'docs/decisions', 'examples'].flatMap(markdownIn);
}

/** The code blocks of a document in a language. */
function blocks(markdown: string, language: string): string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code]) => code,
  );
}

function links(markdown: string): string[] {
  const text = markdown.replace(/^```.*?^```$/gms, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)|^\[[\w.-]+\]: (\S+)$/gm)].map(
    ([, inline, defined]) => inline ?? defined,
  );
}

/** Whether the target of a link exists. Links to other sites are not followed. */
function exists(file: string, link: string): boolean {
  const [target, anchor] = link.split('#');
  const inRepository = target
    .replace(new RegExp(`^(${REPOSITORY}/(blob|tree)|${RAW})/main/`), '/')
    .replace(new RegExp(`^${REPOSITORY}$`), '/README.md');
  if (inRepository.startsWith('https://')) {
    return true;
  }
  const base = inRepository.startsWith('/') ? '.' : dirname(file);
  const path = join(ROOT, inRepository === '' ? file : join(base, inRepository));
  return existsSync(path) && (anchor === undefined || headings(readFileSync(path, 'utf8')).includes(anchor));
}

/** The anchors of the headings, as GitHub generates them. */
function headings(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
