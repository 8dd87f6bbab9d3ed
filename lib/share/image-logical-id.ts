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
import { isLazy } from '../custom-resource/known-value';
import { isImageId } from '../workspaces/validation';

const PREFIX = 'WorkspaceImageShare';

/**
 * The logical ID of the share of an image, derived from the image instead of the construct path.
 *
 * With an ID derived from the path, renaming or moving the construct would replace the resource: CloudFormation would
 * create the new one and then delete the old one, which would revoke the same permissions.
 *
 * Undefined for a `Lazy`, whose value is unknown until synthesis.
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
  return createHash('sha256')
    .update(JSON.stringify(expression ?? null))
    .digest('hex')
    .slice(0, 16)
    .toUpperCase();
}

/** Resolves an expression, with each reference replaced by the path of its target and the attribute. */
class ImageExpression extends DefaultTokenResolver {
  public holdsLazy = false;

  public constructor(private readonly stack: Stack) {
    super({ join: (left, right) => [left, right] });
  }

  public override resolveToken(token: IResolvable, context: IResolveContext, post: IPostProcessor): unknown {
    if (Reference.isReference(token)) {
      return { attribute: token.displayName, of: this.pathOfTarget(token) };
    }
    if (!isLazy(token)) {
      return super.resolveToken(token, context, post);
    }
    const named = this.elementNamedBy(token);
    this.holdsLazy ||= named === undefined;
    return named && { logicalIdOf: this.path(named) };
  }

  private pathOfTarget(reference: Reference): string {
    // Pseudo parameters such as AWS::StackId belong to the stack, not to the construct that refers to them.
    const isPseudo = reference.displayName.startsWith('AWS::');
    return this.path(isPseudo ? Stack.of(reference.target) : reference.target);
  }

  /**
   * Within the stack of the share, the path is relative to the stack, so that the stack can be renamed, moved into a
   * stage, or instantiated twice without changing logical IDs. In other stacks it is relative to the stage, which
   * references cannot cross, and starts with a slash, which distinguishes the two kinds of path.
   */
  private path(target: IConstruct): string {
    const inOwnStack = Stack.of(target) === this.stack;
    const start = inOwnStack ? this.stack : (Stage.of(target) ?? target.node.root);
    const ids = target.node.scopes.slice(start.node.scopes.length).map((scope) => scope.node.id);
    return `${inOwnStack ? '' : '/'}${ids.join('/')}`;
  }

  /** The CDK renders logical IDs as `Lazy` strings, so `Fn.getAtt(image.logicalId, …)` must be recognized. */
  private elementNamedBy(token: IResolvable): IConstruct | undefined {
    const text = Token.asString(token);
    return this.stack.node
      .findAll()
      .find((construct) => CfnElement.isCfnElement(construct) && construct.logicalId === text);
  }
}
