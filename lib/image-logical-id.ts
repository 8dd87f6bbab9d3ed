import { createHash } from 'node:crypto';
import {
  CfnElement,
  DefaultTokenResolver,
  type IPostProcessor,
  type IResolvable,
  type IResolveContext,
  Reference,
  Stack,
  Stage,
  Token,
  Tokenization,
} from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { isImageId } from './validation';

const PREFIX = 'WorkspaceImageShare';

/**
 * The logical id of the share of an image, the same wherever in its stack the share is declared and whatever
 * it is called there: CloudFormation takes a resource with another logical id for another resource, creates
 * it, and then deletes the one before, which would revoke what the new one stands for.
 *
 * Undefined for a `Lazy`, which nobody can look into before the app is complete.
 */
export function imageLogicalId(stack: Stack, imageId: string): string | undefined {
  if (isImageId(imageId)) {
    return PREFIX + imageId.replace('-', '');
  }
  const expression = new ImageExpression(stack);
  const resolved = Tokenization.resolve(imageId, { scope: stack, resolver: expression, preparing: false });
  return expression.holdsLazy ? undefined : PREFIX + hash(resolved);
}

function hash(expression: unknown): string {
  return createHash('sha256').update(JSON.stringify(expression)).digest('hex').slice(0, 16).toUpperCase();
}

/** Resolves an expression without the template: a reference is its target's place and the attribute. */
class ImageExpression extends DefaultTokenResolver {
  public holdsLazy = false;

  public constructor(private readonly stack: Stack) {
    super({ join: (left, right) => [left, right] });
  }

  public override resolveToken(token: IResolvable, context: IResolveContext, post: IPostProcessor): unknown {
    if (Reference.isReference(token)) {
      return { attribute: token.displayName, of: this.placeOfTarget(token) };
    }
    if (!isLazy(token)) {
      return super.resolveToken(token, context, post);
    }
    const named = this.elementNamedBy(token);
    this.holdsLazy ||= named === undefined;
    return named && { logicalIdOf: this.place(named) };
  }

  private placeOfTarget(reference: Reference): string {
    // AWS::StackId and the like are the stack's, whichever construct asked for them.
    const isPseudo = reference.displayName.startsWith('AWS::');
    return this.place(isPseudo ? Stack.of(reference.target) : reference.target);
  }

  /**
   * Within the share's own stack, the path begins below the stack, so that the stack can be renamed, moved into
   * a stage or made twice and keeps its logical ids. Elsewhere it begins below the stage, which no reference
   * can leave, so that the images of two stacks stay apart. The slash keeps the two kinds of path apart.
   */
  private place(target: IConstruct): string {
    const inOwnStack = Stack.of(target) === this.stack;
    const start = inOwnStack ? this.stack : (Stage.of(target) ?? target.node.root);
    const ids = target.node.scopes.slice(start.node.scopes.length).map((scope) => scope.node.id);
    return `${inOwnStack ? '' : '/'}${ids.join('/')}`;
  }

  /** The CDK hands out logical ids as `Lazy` strings: `Fn.getAtt(image.logicalId, …)` is no secret for that. */
  private elementNamedBy(token: IResolvable): IConstruct | undefined {
    const text = Token.asString(token);
    return this.stack.node
      .findAll()
      .find((construct) => CfnElement.isCfnElement(construct) && construct.logicalId === text);
  }
}

/** A `Lazy` has no public mark but the way it prints. */
function isLazy(token: IResolvable & { toJSON?: () => unknown }): boolean {
  return token.toJSON?.() === '<unresolved-lazy>';
}
