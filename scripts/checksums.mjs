// Writes dist/checksums.txt: the SHA-256 of each file that is published, for the attestations of a release.
//
//     npm run checksums [directory]
//
// Fails if a registry would get nothing, or if a file is neither published nor known to stay here.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fail } from './commands.mjs';

const FILE = 'checksums.txt';

/** What each language publishes. A Go module is published as the files in its repository. */
const PUBLISHED = {
  js: [/\.tgz$/],
  python: [/\.whl$/, /\.tar\.gz$/],
  java: [/\d\.jar$/, /-sources\.jar$/, /-javadoc\.jar$/, /\.pom$/],
  dotnet: [/\.nupkg$/, /\.snupkg$/],
  go: [/(^|\/)go\.mod$/, /./],
};

/** What Maven leaves beside the files. Its registry makes its own. */
const NOT_PUBLISHED =
  /^java\/.*(maven-metadata.*\.xml|\.(md5|sha1|sha256|sha512))$|^(checksums\.txt|sbom\.cdx\.json)$/;

const dist = resolve(process.argv[2] ?? 'dist');
const files = readdirSync(dist, { recursive: true })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => statSync(join(dist, name)).isFile() && !NOT_PUBLISHED.test(name))
  .sort();

const kinds = Object.entries(PUBLISHED).flatMap(([language, patterns]) =>
  patterns.map((pattern) => ({ language, pattern })),
);
for (const { language, pattern } of kinds) {
  if (!files.some((name) => isOf(name, { language, pattern }))) {
    fail(`dist/${language} has no file that matches ${pattern}: package for ${language} first.`);
  }
}
const unknown = files.filter((name) => !kinds.some((kind) => isOf(name, kind)));
if (unknown.length > 0) {
  fail(`Say in scripts/checksums.mjs whether this is published: ${unknown.join(', ')}`);
}

writeFileSync(join(dist, FILE), files.map((name) => `${sha256(name)}  ${name}\n`).join(''));
console.log(`${join(dist, FILE)}: ${files.length} files are published.`);

function isOf(name, { language, pattern }) {
  return name.startsWith(`${language}/`) && pattern.test(name);
}

function sha256(name) {
  return createHash('sha256')
    .update(readFileSync(join(dist, name)))
    .digest('hex');
}
