import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetManifestArtifact, CloudAssembly, type CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { RESOURCE_TYPE } from '../lib/validation';
import type { Template } from './template';

/** A synthesized stack. */
export interface AssembledStack {
  readonly name: string;
  readonly template: Template;
  /** Undefined if the stack is environment-agnostic. */
  readonly account?: string;
  readonly region?: string;
  /** The stacks that must be deployed before this one. */
  readonly dependencies: readonly AssembledStack[];
}

interface AssetManifest {
  readonly files?: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path?: string };
        readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
      }
    >
  >;
}

/** A synthesized app, including its stages. */
export class Assembly {
  /** All stacks, each after those it depends on. */
  readonly stacks: readonly AssembledStack[];
  /** The paths of shares in nested stacks: stack, nested stacks, share. */
  readonly nestedShares: readonly string[];
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
    for (const assembly of withStages(new CloudAssembly(directory, { skipVersionCheck: true }))) {
      this.readAssets(assembly);
      for (const stack of readStacks(assembly)) {
        stacks.push(stack);
        nested.push(...this.sharesInNestedStacks(stack.name, stack.template));
      }
    }
    this.stacks = stacks;
    this.nestedShares = nested;
  }

  /** The directory or zip file with a function's code. */
  code(s3Key: unknown): string {
    const path = this.assets.get(String(s3Key));
    if (path === undefined) {
      throw new Error(`The cloud assembly has no asset for the function's code (${JSON.stringify(s3Key)}).`);
    }
    return path;
  }

  private sharesInNestedStacks(name: string, outer: Template): string[] {
    return Object.entries(outer.Resources ?? {}).flatMap(([logicalId, { Type, Properties }]) => {
      const url = JSON.stringify(Properties?.TemplateURL ?? '');
      const file = [...this.assets].find(([objectKey]) => url.includes(objectKey))?.[1];
      if (Type !== 'AWS::CloudFormation::Stack' || file === undefined) {
        return [];
      }
      const inner = JSON.parse(readFileSync(file, 'utf8')) as Template;
      const path = `${name}/${logicalId}`;
      return [
        ...sharesOf(inner).map((share) => `${path}/${share}`),
        ...this.sharesInNestedStacks(path, inner),
      ];
    });
  }

  private readAssets(assembly: CloudAssembly): void {
    for (const artifact of assembly.artifacts) {
      if (artifact instanceof AssetManifestArtifact) {
        const manifest = JSON.parse(readFileSync(artifact.file, 'utf8')) as AssetManifest;
        for (const { source, destinations } of Object.values(manifest.files ?? {})) {
          for (const { objectKey } of source.path === undefined ? [] : Object.values(destinations)) {
            this.assets.set(objectKey, join(assembly.directory, source.path as string));
          }
        }
      }
    }
  }
}

export function sharesOf(template: Template): string[] {
  return Object.entries(template.Resources ?? {})
    .filter(([, { Type }]) => Type === RESOURCE_TYPE)
    .map(([logicalId]) => logicalId);
}

/** The stacks that must be deployed before a stack, in that order. */
export function dependenciesOf(stack: AssembledStack): AssembledStack[] {
  return [...new Set(stack.dependencies.flatMap((each) => [...dependenciesOf(each), each]))];
}

function withStages(assembly: CloudAssembly): CloudAssembly[] {
  return [assembly, ...assembly.nestedAssemblies.flatMap(({ nestedAssembly }) => withStages(nestedAssembly))];
}

function readStacks(assembly: CloudAssembly): AssembledStack[] {
  const read = new Map<string, AssembledStack>();
  // Artifacts are in the order of their dependencies.
  for (const artifact of assembly.stacks) {
    read.set(artifact.id, readStack(artifact, read));
  }
  return [...read.values()];
}

function readStack(
  artifact: CloudFormationStackArtifact,
  read: ReadonlyMap<string, AssembledStack>,
): AssembledStack {
  const { account, region } = artifact.environment;
  return {
    name: artifact.stackName,
    template: artifact.template as Template,
    account: /^\d{12}$/.test(account) ? account : undefined,
    region: region.startsWith('unknown') ? undefined : region,
    dependencies: artifact.dependencies
      .map(({ id }) => read.get(id))
      .filter((stack): stack is AssembledStack => stack !== undefined),
  };
}
