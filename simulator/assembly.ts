import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetManifestArtifact, CloudAssembly, type CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { BUNDLE_TYPE, COPY_TYPE, READY_TYPE, SHARE_TYPE } from '../lib/custom-resource/resource-types';
import { type ConstructPath, pathOf, pathsInside, withPaths } from './construct-paths';
import type { Template } from './template';

/** A synthesized stack. */
export interface AssembledStack {
  readonly name: string;
  /** The name, and the environment if stacks of the app share a name. */
  readonly id: string;
  /** The directory of the stage, or of the app. */
  readonly stage: string;
  /** The construct paths with a warning that new images do not reach what uses an image ID. */
  readonly warned: readonly string[];
  /** The template, with the path of each construct in its metadata. */
  readonly template: Template;
  /** The values of the parameters by which a stack with the LegacyStackSynthesizer finds its assets. */
  readonly assetParameters: Readonly<Record<string, string>>;
  /** Undefined if the stack is environment-agnostic. */
  readonly account?: string;
  readonly region?: string;
  /** The stacks that must be deployed before this one. */
  readonly dependencies: readonly AssembledStack[];
}

/** The warnings, also acknowledged ones, that new images do not reach what uses an image ID. */
const WARNINGS = ['tokenSource', 'weakReference', 'strongReference'].map(
  (id) => `cdk-workspace-image-share:${id}`,
);

interface FileAsset {
  readonly source: { readonly path?: string };
  readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
}

/** An asset that is a file, in the metadata of a stack with the LegacyStackSynthesizer. */
interface LegacyAsset {
  readonly path: string;
  readonly sourceHash: string;
  readonly s3BucketParameter: string;
  readonly s3KeyParameter: string;
  readonly artifactHashParameter: string;
}

/** A synthesized app, including its stages. */
export class Assembly {
  /** All stacks, each after those it depends on. */
  readonly stacks: readonly AssembledStack[];
  /** The construct paths of shares, copies and bundles in nested stacks. */
  readonly nested: readonly string[];
  private readonly assets = new Map<string, string>();

  /** @throws Error if the directory is not a cloud assembly */
  constructor(directory: string) {
    if (!existsSync(join(directory, 'manifest.json'))) {
      throw new Error(
        `There is no synthesized app in "${directory}". Run "npx cdk synth" first, or specify the output directory of your app.`,
      );
    }
    const stacks: AssembledStack[] = [];
    const nested: string[] = [];
    for (const assembly of withStages(directory)) {
      this.readAssets(assembly);
      const read = new Map<string, AssembledStack>();
      // Artifacts are in the order of their dependencies.
      for (const artifact of assembly.stacks) {
        const paths = pathsIn(artifact);
        const stack = this.readStack(artifact, paths, read);
        read.set(artifact.id, stack);
        nested.push(...this.inNestedStacks(stack.name, stack.template, paths));
      }
      stacks.push(...read.values());
    }
    const isUnique = ({ name }: AssembledStack) => stacks.filter((each) => each.name === name).length === 1;
    for (const stack of stacks.filter((each) => !isUnique(each))) {
      Object.assign(stack, { id: `${stack.name} in ${stack.account} ${stack.region}` });
    }
    this.stacks = stacks;
    this.nested = nested;
  }

  /** The directory or zip file with a function's code. */
  code(s3Key: unknown): string | undefined {
    return this.assets.get(String(s3Key));
  }

  private readStack(
    artifact: CloudFormationStackArtifact,
    paths: readonly ConstructPath[],
    read: ReadonlyMap<string, AssembledStack>,
  ): AssembledStack {
    const { account, region } = artifact.environment;
    return {
      name: artifact.stackName,
      id: artifact.stackName,
      stage: artifact.assembly.directory,
      warned: ['aws:cdk:warning', 'aws:cdk:acknowledged-rules']
        .flatMap((type) => artifact.findMetadataByType(type))
        .filter(({ data }) => WARNINGS.some((id) => JSON.stringify(data).includes(id)))
        .map(({ path }) => path.slice(1)),
      template: withPaths(readJson(artifact.templateFullPath), paths),
      assetParameters: this.readLegacyAssets(artifact),
      account: /^\d{12}$/.test(account) ? account : undefined,
      region: region.startsWith('unknown') ? undefined : region,
      dependencies: artifact.dependencies
        .map(({ id }) => read.get(id))
        .filter((stack): stack is AssembledStack => stack !== undefined),
    };
  }

  /** The construct paths of the shares, copies and bundles in the stacks that are nested in a stack. */
  private inNestedStacks(outerName: string, outer: Template, paths: readonly ConstructPath[]): string[] {
    return Object.entries(outer.Resources ?? {}).flatMap(([logicalId, resource]) => {
      const url = JSON.stringify(resource.Properties?.TemplateURL ?? '');
      const file = [...this.assets].find(([key]) => url.includes(key))?.[1];
      if (resource.Type !== 'AWS::CloudFormation::Stack' || file === undefined) {
        return [];
      }
      const inside = pathsInside(resource, paths);
      const inner = withPaths(readJson(file), inside);
      const name = `${outerName}/${logicalId}`;
      return [
        ...constructsOf(inner).map((id) => pathOf(inner.Resources?.[id]) ?? `${name}/${id}`),
        ...this.inNestedStacks(name, inner, inside),
      ];
    });
  }

  private readAssets(assembly: CloudAssembly): void {
    for (const artifact of assembly.artifacts) {
      if (artifact instanceof AssetManifestArtifact) {
        const manifest = readJson<{ readonly files?: Readonly<Record<string, FileAsset>> }>(artifact.file);
        for (const { source, destinations } of Object.values(manifest.files ?? {})) {
          for (const { objectKey } of source.path === undefined ? [] : Object.values(destinations)) {
            this.assets.set(objectKey, join(assembly.directory, source.path as string));
          }
        }
      }
    }
  }

  /** Reads the assets in the metadata of a stack, and returns the values of their parameters. */
  private readLegacyAssets(artifact: CloudFormationStackArtifact): Record<string, string> {
    const parameters: Record<string, string> = {};
    for (const asset of artifact.assets) {
      if (asset.packaging === 'container-image') {
        continue;
      }
      const { path, sourceHash, ...names } = asset as LegacyAsset;
      const file = join(artifact.assembly.directory, path);
      const key = `assets/${sourceHash}`;
      this.assets.set(key, file);
      // The URL of a nested stack's template contains the parameter.
      this.assets.set(names.s3KeyParameter, file);
      parameters[names.s3BucketParameter] = 'simulation';
      parameters[names.s3KeyParameter] = key.replace('/', '/||');
      parameters[names.artifactHashParameter] = sourceHash;
    }
    return parameters;
  }
}

/** Whether a function of this package carries out the events of a resource type. */
export function isOfThisPackage(type: string): boolean {
  return [SHARE_TYPE, COPY_TYPE, READY_TYPE, BUNDLE_TYPE].includes(type);
}

/** The logical IDs of the shares in a template. */
export function sharesOf(template: Template): string[] {
  return ofType(SHARE_TYPE, template);
}

/** The logical IDs of the copies in a template. */
export function copiesOf(template: Template): string[] {
  return ofType(COPY_TYPE, template);
}

/** The logical IDs of the bundles in a template. */
export function bundlesOf(template: Template): string[] {
  return ofType(BUNDLE_TYPE, template);
}

/** The logical IDs of the shares, copies and bundles in a template. */
export function constructsOf(template: Template): string[] {
  return [...sharesOf(template), ...copiesOf(template), ...bundlesOf(template)];
}

function ofType(type: string, { Resources = {} }: Template): string[] {
  return Object.keys(Resources).filter((logicalId) => Resources[logicalId].Type === type);
}

/** The stacks that must be deployed before a stack, in that order. */
export function dependenciesOf(stack: AssembledStack): AssembledStack[] {
  return [...new Set(stack.dependencies.flatMap((each) => [...dependenciesOf(each), each]))];
}

function withStages(directory: string): CloudAssembly[] {
  // The cloud assembly's own error does not name the file.
  readJson(join(directory, 'manifest.json'));
  const assembly = new CloudAssembly(directory, { skipVersionCheck: true });
  return [assembly, ...assembly.nestedAssemblies.flatMap(({ fullPath }) => withStages(fullPath))];
}

function pathsIn(artifact: CloudFormationStackArtifact): ConstructPath[] {
  return artifact
    .findMetadataByType('aws:cdk:logicalId')
    .map(({ path, data }) => ({ path: path.slice(1), logicalId: String(data) }));
}

function readJson<T = Template>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`"${file}" cannot be read: ${(error as Error).message}. Synthesize the app again.`);
  }
}
