import { type IResolvable, type Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** The value of a property in a list of one, or an empty list if it is not known at synthesis. */
export function knownValue(stack: Stack, value: unknown): unknown[] {
  const isToken = !Array.isArray(value) && Token.isUnresolved(value);
  return [isToken ? stack.resolve(value) : value].filter(isKnown);
}

/** The problems of a property, or none if its value is not known at synthesis. */
export function problemsOf(stack: Stack, value: unknown, problems: (known: unknown) => string[]): string[] {
  return knownValue(stack, value).map(describable).flatMap(problems);
}

/**
 * Whether a value is neither an intrinsic function, nor a dynamic reference, nor the dummy value of a context lookup that
 * the CDK has not made yet.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 * @see https://docs.aws.amazon.com/cdk/v2/guide/context.html
 */
export function isKnown(value: unknown): boolean {
  if (typeof value === 'string') {
    return !/^dummy-value-for-|\{\{resolve:/.test(value);
  }
  const keys = Object.keys(Object(value));
  return keys.length !== 1 || !/^(Ref$|Fn::)/.test(keys[0]);
}

/** A `Lazy` can be recognized only by its JSON representation. */
export function isLazy(token: IResolvable & { toJSON?: () => unknown }): boolean {
  return token.toJSON?.() === '<unresolved-lazy>';
}

/** The value or, if it is an object of a class, the name of the class, such as `[object Promise]`. */
export function describable(value: unknown): unknown {
  const isJson = Array.isArray(value) || Object.getPrototypeOf(Object(value)) === Object.prototype;
  return typeof value !== 'object' || isJson ? value : Object.prototype.toString.call(value);
}

/** A value that a JavaScript caller has passed instead of another one, in a sentence. */
export function inWords(value: unknown): string {
  return Construct.isConstruct(value)
    ? `the construct ${value.node.path}`
    : (JSON.stringify(describable(value)) ?? String(value));
}
