import type { ResourceDeclaration, Template } from './template';

/** The path and the logical ID of a construct in a stack or in a stack nested in it. */
export interface ConstructPath {
  readonly path: string;
  readonly logicalId: string;
}

/** The key of the CDK's own metadata, which an app can turn off. */
const PATH = 'aws:cdk:path';

/** Adds to each resource the path of its construct, given the paths in the stack of the template and those nested in it. */
export function withPaths(template: Template, paths: readonly ConstructPath[]): Template {
  const nested = paths.flatMap(({ path }) => nestedStack(path) ?? []);
  const own = new Map(
    paths
      .filter(({ path }) => !nested.some((stack) => path.startsWith(`${stack}/`)))
      .map(({ path, logicalId }) => [logicalId, path]),
  );
  const resources = Object.entries(template.Resources ?? {}).map(([id, declared]) => [
    id,
    own.has(id) ? { ...declared, Metadata: { [PATH]: own.get(id), ...declared.Metadata } } : declared,
  ]);
  return { ...template, Resources: Object.fromEntries(resources) };
}

/** The paths inside a nested stack, given those of the stack around it. */
export function pathsInside(resource: ResourceDeclaration, paths: readonly ConstructPath[]): ConstructPath[] {
  const stack = nestedStack(String(resource.Metadata?.[PATH]));
  return paths.filter(({ path }) => path.startsWith(`${stack}/`));
}

/** The path of the construct that a user declared, such as Images/Share for Images/Share/Resource/Default. */
export function pathOf(declared: ResourceDeclaration | undefined): string | undefined {
  const path = declared?.Metadata?.[PATH];
  return typeof path === 'string' ? path.replace(/(\/Resource)?(\/Default)?$/, '') : undefined;
}

/** The path of a nested stack, given that of its resource. */
function nestedStack(resource: string): string | undefined {
  return /^(.+)\.NestedStack\/[^/]+\.NestedStackResource$/.exec(resource)?.[1];
}
