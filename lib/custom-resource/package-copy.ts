import * as path from 'node:path';

/**
 * The copy of this package that a construct belongs to. An app can contain several, for example in a monorepo with two
 * packages that depend on different versions.
 */
export interface PackageCopy {
  readonly version: string;
  readonly directory: string;
}

export const THIS_COPY: PackageCopy = {
  version: require('../../package.json').version,
  directory: path.join(__dirname, '..', '..'),
};

/** Whether a function of one copy can serve shares of the other: patch releases do not change their properties. */
export function isCompatible(one: PackageCopy, other: PackageCopy): boolean {
  return minorVersion(one) === minorVersion(other);
}

function minorVersion({ version }: PackageCopy): string | undefined {
  return /^\d+\.\d+/.exec(version)?.[0];
}

export function describeCopy({ version, directory }: PackageCopy): string {
  return `cdk-workspace-image-share ${version} in ${directory}`;
}
