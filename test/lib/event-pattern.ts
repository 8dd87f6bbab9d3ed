/**
 * Whether an event matches an EventBridge event pattern. Implements the operators that the construct uses: values,
 * `exists: false` and `anything-but`. Throws on others.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function matches(pattern: object, event: unknown): boolean {
  return Object.entries(pattern).every(([field, expected]) => {
    const value = isObject(event) ? event[field] : undefined;
    return Array.isArray(expected)
      ? expected.some((matcher) => matchesValue(matcher, value))
      : matches(expected, value);
  });
}

function matchesValue(matcher: unknown, value: unknown): boolean {
  if (!isObject(matcher)) {
    return matcher === value;
  }
  const [[operator, operand], ...others] = Object.entries(matcher);
  if (others.length === 0 && operator === 'exists' && operand === false) {
    return value === undefined;
  }
  if (others.length === 0 && operator === 'anything-but') {
    return value !== undefined && ![operand].flat().includes(value);
  }
  throw new Error(`unsupported matcher: ${JSON.stringify(matcher)}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
