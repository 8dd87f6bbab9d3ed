import type { Json, JsonObject } from '../template';

export type RequestType = 'Create' | 'Update' | 'Delete';

export interface CustomResourceEvent {
  readonly RequestType: RequestType;
  readonly ServiceToken: string;
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly ResourceType: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: JsonObject;
  readonly OldResourceProperties?: JsonObject;
}

export interface CustomResourceAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: JsonObject;
}

const ANSWER_BYTES = 4096;
const PHYSICAL_ID_BYTES = 1024;
const LONGEST_TIMEOUT_SECONDS = 3600;

export function isCustomResourceType(type: string): boolean {
  return type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
}

/** Property values as a custom resource receives them: booleans and numbers are strings, lists stay lists. */
export function onTheWire(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(onTheWire);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, onTheWire(entry)]));
  }
  return String(value);
}

export function serviceTimeoutSeconds(properties: JsonObject): number {
  const given = properties.ServiceTimeout;
  if (given === undefined) {
    return LONGEST_TIMEOUT_SECONDS;
  }
  const seconds = Number(given);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_TIMEOUT_SECONDS) {
    throw new Error(
      `ServiceTimeout is ${JSON.stringify(given)}: it is a whole number of seconds from 1 to ${LONGEST_TIMEOUT_SECONDS}.`,
    );
  }
  return seconds;
}

/** Reads an answer; what breaks the protocol is listed, each a sentence. */
export function readAnswer(
  body: string,
  event: CustomResourceEvent,
): { answer?: CustomResourceAnswer; violations: string[] } {
  const violations: string[] = [];
  const bytes = Buffer.byteLength(body);
  if (bytes > ANSWER_BYTES) {
    violations.push(`The answer has ${bytes} bytes; CloudFormation takes at most ${ANSWER_BYTES}.`);
  }
  const answer = parseObject(body);
  if (!answer) {
    return { violations: [...violations, 'The answer is not a JSON object.'] };
  }
  if (answer.Status !== 'SUCCESS' && answer.Status !== 'FAILED') {
    violations.push(`Status is ${JSON.stringify(answer.Status)}: it is SUCCESS or FAILED.`);
  }
  if (answer.Reason === undefined ? answer.Status === 'FAILED' : typeof answer.Reason !== 'string') {
    violations.push(`Reason is ${JSON.stringify(answer.Reason)}: it is a string, and FAILED needs one.`);
  }
  const id = answer.PhysicalResourceId;
  if (typeof id !== 'string' || id === '') {
    violations.push('PhysicalResourceId is missing.');
  } else if (Buffer.byteLength(id) > PHYSICAL_ID_BYTES) {
    violations.push(`PhysicalResourceId is longer than ${PHYSICAL_ID_BYTES} bytes.`);
  }
  for (const key of ['StackId', 'RequestId', 'LogicalResourceId'] as const) {
    if (answer[key] !== event[key]) {
      violations.push(
        `${key} is ${JSON.stringify(answer[key])}: the event said ${JSON.stringify(event[key])}.`,
      );
    }
  }
  if (answer.NoEcho !== undefined && typeof answer.NoEcho !== 'boolean') {
    violations.push('NoEcho is not a boolean.');
  }
  if (
    answer.Data !== undefined &&
    (typeof answer.Data !== 'object' || !answer.Data || Array.isArray(answer.Data))
  ) {
    violations.push('Data is not an object.');
  }
  return violations.length > 0
    ? { violations }
    : { answer: answer as unknown as CustomResourceAnswer, violations };
}

function parseObject(body: string): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}
