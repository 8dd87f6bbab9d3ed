import {
  DefaultTokenResolver,
  type IPostProcessor,
  type IResolvable,
  type IResolveContext,
  Reference,
  Stack,
  StringConcat,
  Token,
  Tokenization,
} from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import { inWords, isLazy } from '../custom-resource/known-value';
import { isImageId } from '../workspaces/validation';

/** A share or copy of the app, as the origin of an image ID. */
export interface ImageOrigin {
  readonly construct: IConstruct;
  readonly kind: 'share' | 'copy';
  /** The image ID that it shares or copies, as declared. */
  readonly sourceId: string;
}

/** Stored in the resource that the image ID refers to, where other installations of this package find it. */
const ORIGIN = Symbol.for('cdk-workspace-image-share.origin');

export function markOrigin(resource: IConstruct, origin: ImageOrigin): void {
  Reflect.set(resource, ORIGIN, origin);
}

/**
 * The shares and copies of the app that an image ID refers to, also inside of intrinsic functions.
 *
 * @param phase `Lazy` values are left out in constructors, because they may be incomplete before synthesis.
 */
export function originsOf(
  imageId: unknown,
  scope: IConstruct,
  phase: 'construction' | 'synthesis' = 'synthesis',
): ImageOrigin[] {
  if (Array.isArray(imageId) || !Token.isUnresolved(imageId)) {
    return [];
  }
  const finder = new OriginFinder(phase === 'synthesis');
  Tokenization.resolve(imageId, { scope, resolver: finder, preparing: false });
  return [...finder.found];
}

/**
 * Refuses a construct, which JavaScript callers can pass instead of its image ID, and an image in another account or
 * Region. A `Lazy` image ID is checked at synthesis.
 */
export function refuseUnusableImage(
  imageId: string,
  user: IConstruct,
  elsewhere: (user: IConstruct, origin: ImageOrigin) => string,
): void {
  if (Construct.isConstruct(imageId)) {
    throw new Error(
      `The imageId of ${user.node.path} is ${inWords(imageId)}. Specify the imageId of the construct, or an image ID.`,
    );
  }
  const [origin] = originsElsewhere(imageId, user, 'construction');
  if (origin) {
    throw new Error(elsewhere(user, origin));
  }
}

/** The shares and copies that an image ID refers to in another account or Region than that of its user. */
export function originsElsewhere(...[imageId, user, phase]: Parameters<typeof originsOf>): ImageOrigin[] {
  const { environment } = Stack.of(user);
  return originsOf(imageId, user, phase).filter(
    ({ construct }) => Stack.of(construct).environment !== environment,
  );
}

class OriginFinder extends DefaultTokenResolver {
  public readonly found = new Set<ImageOrigin>();

  public constructor(private readonly readsLazyValues: boolean) {
    super(new StringConcat());
  }

  public override resolveToken(token: IResolvable, context: IResolveContext, post: IPostProcessor): unknown {
    if (Reference.isReference(token)) {
      const origin: ImageOrigin | undefined = Reflect.get(token.target, ORIGIN);
      if (origin) {
        this.found.add(origin);
      }
      return token.displayName;
    }
    return !this.readsLazyValues && isLazy(token) ? '' : super.resolveToken(token, context, post);
  }
}

/**
 * The image at the start of a chain of shares and copies, or undefined if it is not known at synthesis. If an intrinsic
 * function chooses between several chains, all of their images.
 */
export function rootOf(imageId: string, scope: IConstruct): string | undefined {
  const origins = originsOf(imageId, scope);
  if (origins.length === 0) {
    const value = Stack.of(scope).resolve(imageId);
    return isImageId(value) ? value : undefined;
  }
  const roots = origins.map(({ construct, sourceId }) => rootOf(sourceId, construct));
  return roots.includes(undefined) ? undefined : [...new Set(roots)].join();
}

/**
 * The root of an image ID that another stack defines, for a property that changes with it. The CDK deploys only templates
 * that have changed, and CloudFormation reads the values of other stacks only when it deploys.
 */
export function rootInOtherStack(imageId: string, scope: IConstruct): string | undefined {
  const own = topLevel(Stack.of(scope));
  const isElsewhere = originsOf(imageId, scope).some(
    ({ construct }) => topLevel(Stack.of(construct)) !== own,
  );
  return isElsewhere ? rootOf(imageId, scope) : undefined;
}

/** Values of tokens reach nested stacks as parameters, which CloudFormation compares when it deploys their parent. */
export function topLevel(stack: Stack): Stack {
  return stack.nestedStackParent ? topLevel(stack.nestedStackParent) : stack;
}
