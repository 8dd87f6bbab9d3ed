// The release that a tag such as v0.1.0 names. It needs no packages.
//   node scripts/release.mjs check <tag>  fails if what the tag would publish does not read as published
//   node scripts/release.mjs notes <tag>  prints the text of the release: its section of the changelog
import { readFileSync } from 'node:fs';
import { dateOf, NOT_PUBLISHED, section } from './release-texts.mjs';

/** Nothing that is published can be replaced: not the README of a package, and not the text of a release. */
const DENIES_RELEASE = /\b(not|never)\b[^.]{0,20}\bpublished\b|\b(after|before|until) the first release\b/i;

const [command, tag = ''] = process.argv.slice(2);
const version = tag.replace(/^v/, '');
const changelog = read('CHANGELOG.md');

if (command === 'check') {
  check();
} else if (command === 'notes') {
  console.log(section(changelog, version) ?? fail([`CHANGELOG.md has no section for ${version}.`]));
} else {
  fail(['Usage: node scripts/release.mjs check|notes <tag>']);
}

function check() {
  const problems = [];
  const { version: packaged } = JSON.parse(read('package.json'));
  if (tag !== `v${packaged}`) {
    problems.push(`The tag is ${tag || 'missing'}, but the version in package.json is ${packaged}.`);
  }
  if (!section(changelog, packaged) || !dateOf(changelog, packaged)) {
    problems.push(`CHANGELOG.md has no text with a date for ${packaged}: run "npm version ${packaged}".`);
  }
  if (section(changelog, 'Unreleased')) {
    problems.push('CHANGELOG.md has text under Unreleased that the tag would leave out: release it, too.');
  }
  if (NOT_PUBLISHED.test(read('README.md'))) {
    problems.push('README.md has the note that the package is not published: "npm version" removes it.');
  }
  for (const file of ['README.md', 'CHANGELOG.md']) {
    const [denial] = read(file).match(DENIES_RELEASE) ?? [];
    if (denial) {
      problems.push(`${file} would be published with "${denial.replace(/\s+/g, ' ')}": remove it.`);
    }
  }
  if (problems.length > 0) {
    fail(problems);
  }
  console.log(`${tag} can be published.`);
}

function fail(problems) {
  console.error(problems.join('\n'));
  process.exit(1);
}

function read(file) {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
}
