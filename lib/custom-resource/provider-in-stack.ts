import { CfnResource, Stack } from 'aws-cdk-lib';
import type { Construct, IConstruct, IDependable } from 'constructs';
import { isInTree } from './construct-tree';
import { serviceTimeout } from './handler-function';
import { type Installation, refuseOtherVersion, THIS_INSTALLATION } from './installation';
import { prefixLogicalId } from './logical-id';
import type { ProviderKind } from './provider-kind';
import { deletionPolicyToDeploy } from './removal-policy';
import type { IWorkspaceProvider } from './workspace-provider';

/** What constructs need of their provider, besides its interface. */
interface Registration {
  /** The name of the constructs that the function is for. */
  readonly construct: string;
  readonly installation: Installation;
  /** What must exist for as long as a custom resource does. */
  readonly prerequisites: readonly IDependable[];
  /** The constructs that use the function. Some may have been removed from the tree. */
  readonly users: IConstruct[];
}

/** Stored in the function, where wrappers of a provider and other installations of this package find it. */
const REGISTRATION = Symbol.for('cdk-workspace-image-share.registration');

/** Makes a provider that of its stack for constructs of a kind. */
export function register(
  provider: IWorkspaceProvider,
  kind: ProviderKind,
  prerequisites: readonly IDependable[],
): void {
  const { construct } = kind;
  const registration: Registration = { construct, installation: THIS_INSTALLATION, prerequisites, users: [] };
  Reflect.set(provider.handler, REGISTRATION, registration);
  Reflect.set(Stack.of(provider), slotFor(kind), provider);
}

/** The provider of a construct: the one that is passed to it, or that of its stack, which is created if there is none. */
export function providerFor(
  user: IConstruct,
  kind: ProviderKind,
  Default: new (scope: Construct, id: string) => IWorkspaceProvider,
  passed: IWorkspaceProvider | undefined,
): IWorkspaceProvider {
  const stack = Stack.of(user);
  const provider = passed ?? providerIn(stack, kind) ?? new Default(stack, defaultId(kind));
  const registration = registrationOf(provider);
  if (registration?.construct !== kind.construct) {
    throw new Error(
      `The provider of ${user.node.path} is not one for ${kind.plural}. Pass a ${kind.construct}Provider, or leave out provider.`,
    );
  }
  if (Stack.of(provider.handler) !== stack) {
    throw new Error(
      `${user.node.path} and its provider ${provider.node.path} are in different stacks. Create a provider in the stack ${stack.node.path}, or leave out provider.`,
    );
  }
  refuseOtherVersion(user, provider, registration.installation);
  registration.users.push(user);
  return provider;
}

/** The constructs that use a provider, in the order of their creation. */
export function usersOf(provider: IWorkspaceProvider): IConstruct[] {
  return registrationOf(provider)?.users.filter(isInTree) ?? [];
}

/** The custom resource of a construct that is created first and deleted last. */
export function newMainResource(
  scope: Construct,
  type: string,
  provider: IWorkspaceProvider,
  kind: ProviderKind,
  properties: Record<string, unknown>,
): CfnResource {
  const resource: CfnResource = newCustomResource(scope, 'Resource', type, provider, kind, {
    ...properties,
    RemovalPolicy: deletionPolicyToDeploy(() => resource),
  });
  resource.node.addDependency(...(registrationOf(provider)?.prerequisites ?? []));
  return resource;
}

/** A custom resource that a provider creates, updates and deletes. Its logical ID starts with the name of the construct. */
export function newCustomResource(
  scope: Construct,
  id: string,
  type: string,
  { handler }: IWorkspaceProvider,
  { construct, maxEventAge }: ProviderKind,
  properties: Record<string, unknown>,
): CfnResource {
  const resource = new CfnResource(scope, id, {
    type,
    properties: {
      ServiceToken: handler.functionArn,
      ServiceTimeout: serviceTimeout(maxEventAge).toSeconds().toString(),
      ...properties,
    },
  });
  prefixLogicalId(resource, construct);
  return resource;
}

/** The provider of a stack for constructs of a kind. */
export function providerIn(stack: Stack, kind: ProviderKind): IWorkspaceProvider | undefined {
  const provider: IWorkspaceProvider | undefined = Reflect.get(stack, slotFor(kind));
  return provider && isInTree(provider) ? provider : undefined;
}

/** Whether a provider is one that was created with the defaults, because a construct needed it. */
export function isDefault({ node }: IWorkspaceProvider, kind: ProviderKind): boolean {
  return node.id === defaultId(kind) && Stack.isStack(node.scope);
}

/** Where a stack has its provider, so that other installations of this package find it. */
function slotFor({ construct }: ProviderKind): symbol {
  return Symbol.for(`cdk-workspace-image-share.${construct}Provider`);
}

function defaultId({ construct }: ProviderKind): string {
  return `Default${construct}Provider`;
}

/** JavaScript callers can pass anything as a provider. */
function registrationOf({ handler }: Partial<IWorkspaceProvider>): Registration | undefined {
  return Reflect.get(Object(handler), REGISTRATION);
}
