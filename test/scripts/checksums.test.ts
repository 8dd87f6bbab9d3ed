import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '../..');
const MAVEN = 'java/io/github/cdk-workspace-image-share/cdk-workspace-image-share';

const PUBLISHED = [
  'dotnet/CdkWorkspaceImageShare.0.1.0.nupkg',
  'dotnet/CdkWorkspaceImageShare.0.1.0.snupkg',
  'go/cdkworkspaceimageshare/WorkspaceImageShare.go',
  'go/cdkworkspaceimageshare/go.mod',
  'go/cdkworkspaceimageshare/jsii/cdk-workspace-image-share-0.1.0.tgz',
  `${MAVEN}/0.1.0/cdk-workspace-image-share-0.1.0-javadoc.jar`,
  `${MAVEN}/0.1.0/cdk-workspace-image-share-0.1.0-sources.jar`,
  `${MAVEN}/0.1.0/cdk-workspace-image-share-0.1.0.jar`,
  `${MAVEN}/0.1.0/cdk-workspace-image-share-0.1.0.pom`,
  'js/cdk-workspace-image-share@0.1.0.jsii.tgz',
  'python/cdk_workspace_image_share-0.1.0-py3-none-any.whl',
  'python/cdk_workspace_image_share-0.1.0.tar.gz',
];
const NOT_PUBLISHED = [
  `${MAVEN}/0.1.0/cdk-workspace-image-share-0.1.0.jar.sha1`,
  `${MAVEN}/maven-metadata.xml`,
  `${MAVEN}/maven-metadata.xml.md5`,
  'sbom.cdx.json',
];

let dist: string;

beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'dist-'));
  for (const file of [...PUBLISHED, ...NOT_PUBLISHED]) {
    write(file);
  }
});

test('every published file has its checksum in the list that is attested, and no other file has one', () => {
  expect(checksums().status).toBe(0);
  expect(readFileSync(join(dist, 'checksums.txt'), 'utf8')).toBe(
    PUBLISHED.map((file) => `${createHash('sha256').update(file).digest('hex')}  ${file}\n`).join(''),
  );
});

test('the list is the same if it is made again', () => {
  checksums();
  const list = readFileSync(join(dist, 'checksums.txt'), 'utf8');
  expect(checksums().status).toBe(0);
  expect(readFileSync(join(dist, 'checksums.txt'), 'utf8')).toBe(list);
});

test.each(PUBLISHED.filter((file) => !/\.go$|go\/.*\.tgz$/.test(file)))(
  'a release without %s is refused',
  (file) => {
    rmSync(join(dist, file));
    const { status, stderr } = checksums();
    expect(status).toBe(1);
    expect(stderr).toContain(`dist/${file.split('/')[0]} has no file that matches`);
  },
);

test('a release with a file that nobody has decided on is refused', () => {
  write('python/signature.asc');
  const { status, stderr } = checksums();
  expect(status).toBe(1);
  expect(stderr).toBe('Say in scripts/checksums.mjs whether this is published: python/signature.asc\n');
});

function checksums() {
  const args = [join(ROOT, 'scripts/checksums.mjs'), dist];
  return spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
}

/** Each file contains its own name. */
function write(file: string): void {
  mkdirSync(dirname(join(dist, file)), { recursive: true });
  writeFileSync(join(dist, file), file);
}
