// The texts that a release changes: CHANGELOG.md, in the format of Keep a Changelog, and the note in README.md.

/** The note in README.md that the package is not published yet. */
export const NOT_PUBLISHED = /<!-- not published -->.*?<!-- \/not published -->\n\n/s;

/** @returns the text of a section of the changelog without its heading, or nothing if there is no such section */
export function section(changelog, name) {
  const [, ...sections] = changelog.split(/^## /m);
  const found = sections.find((text) => text.startsWith(`[${name}]`));
  return found
    ?.replace(/^.*\n/, '')
    .replace(/^\[[^\]]+\]: .*\n?/gm, '')
    .trim();
}

/** @returns the date of a section, if its heading has one */
export function dateOf(changelog, name) {
  const heading = changelog.split('\n').find((line) => line.startsWith(`## [${name}]`));
  return heading?.match(/ - (\d{4}-\d{2}-\d{2})$/)?.[1];
}

/** @returns the changelog with what is unreleased in a section for a version, and a link to its release */
export function released(changelog, { version, date, repository }) {
  const links = [
    `[Unreleased]: ${repository}/compare/v${version}...HEAD`,
    `[${version}]: ${repository}/releases/tag/v${version}`,
  ];
  return changelog
    .replace('## [Unreleased]\n', `## [Unreleased]\n\n## [${version}] - ${date}\n`)
    .replace(/^\[Unreleased\]: .*$/m, links.join('\n'));
}
