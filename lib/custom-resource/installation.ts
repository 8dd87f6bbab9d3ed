import * as path from 'node:path';
import type { IConstruct } from 'constructs';

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

/**
 * Refuses a provider from another minor version: the properties of custom resources change between them.
 *
 * @param construct A construct of this copy of the package.
 * @param provider The provider of its stack, which can be from another copy.
 */
export function refuseOtherVersion(
  construct: IConstruct,
  provider: IConstruct & { readonly _copy: PackageCopy },
): void {
  if (minorVersion(provider._copy) !== minorVersion(THIS_COPY)) {
    throw new Error(
      `${construct.node.path} is from ${describeCopy(THIS_COPY)}, but the provider of its stack, ${provider.node.path}, is from ${describeCopy(provider._copy)}. Install the same version for all packages of the app.`,
    );
  }
}

function minorVersion({ version }: PackageCopy): string | undefined {
  return /^\d+\.\d+/.exec(version)?.[0];
}

function describeCopy({ version, directory }: PackageCopy): string {
  return `cdk-workspace-image-share ${version} in ${directory}`;
}
