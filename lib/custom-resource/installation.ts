import * as path from 'node:path';
import type { IConstruct } from 'constructs';

/**
 * An installation of this package. An app can contain several, for example in a monorepo with two packages that depend on
 * different versions.
 */
export interface Installation {
  readonly version: string;
  readonly directory: string;
}

export const THIS_INSTALLATION: Installation = {
  version: require('../../package.json').version,
  directory: path.join(__dirname, '..', '..'),
};

/**
 * Refuses a provider from another minor version: the properties of custom resources change between them.
 *
 * @param construct A construct of this installation.
 * @param provider Its provider, which can be from another installation.
 * @param installation The installation that the provider is from.
 */
export function refuseOtherVersion(
  construct: IConstruct,
  provider: IConstruct,
  installation: Installation,
): void {
  if (minorVersion(installation) !== minorVersion(THIS_INSTALLATION)) {
    throw new Error(
      `${construct.node.path} is from ${described(THIS_INSTALLATION)}, but its provider ${provider.node.path} is from ${described(installation)}. Install the same version for all packages of the app.`,
    );
  }
}

function minorVersion({ version }: Installation): string | undefined {
  return /^\d+\.\d+/.exec(version)?.[0];
}

function described({ version, directory }: Installation): string {
  return `cdk-workspace-image-share ${version} in ${directory}`;
}
