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

export interface CustomResourceResponse {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: JsonObject;
}

const RESPONSE_BYTES = 4096;
const PHYSICAL_ID_BYTES = 1024;

export function isCustomResourceType(type: string): boolean {
  return type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
}

/** Converts property values to what a custom resource receives: booleans and numbers as strings, lists as lists. */
export function onTheWire(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(onTheWire);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, onTheWire(entry)]));
  }
  return String(value);
}

/** Parses a response. Each violation of the protocol is a sentence. */
export function readResponse(
  body: string,
  event: CustomResourceEvent,
): { response?: CustomResourceResponse; violations: string[] } {
  const violations: string[] = [];
  const bytes = Buffer.byteLength(body);
  if (bytes > RESPONSE_BYTES) {
    violations.push(
      `The response is ${bytes} bytes long, but CloudFormation accepts at most ${RESPONSE_BYTES}.`,
    );
  }
  const response = parseObject(body);
  if (!response) {
    return { violations: [...violations, 'The response is not a JSON object.'] };
  }
  if (response.Status !== 'SUCCESS' && response.Status !== 'FAILED') {
    violations.push(`Status is ${JSON.stringify(response.Status)}, but must be SUCCESS or FAILED.`);
  }
  if (response.Reason === undefined ? response.Status === 'FAILED' : typeof response.Reason !== 'string') {
    violations.push(
      `Reason is ${JSON.stringify(response.Reason)}, but must be a string, which FAILED requires.`,
    );
  }
  const id = response.PhysicalResourceId;
  if (typeof id !== 'string' || id === '') {
    violations.push('PhysicalResourceId is missing.');
  } else if (Buffer.byteLength(id) > PHYSICAL_ID_BYTES) {
    violations.push(`PhysicalResourceId is longer than ${PHYSICAL_ID_BYTES} bytes.`);
  }
  for (const key of ['StackId', 'RequestId', 'LogicalResourceId'] as const) {
    if (response[key] !== event[key]) {
      violations.push(
        `${key} is ${JSON.stringify(response[key])}, but the event has ${JSON.stringify(event[key])}.`,
      );
    }
  }
  if (response.NoEcho !== undefined && typeof response.NoEcho !== 'boolean') {
    violations.push('NoEcho is not a boolean.');
  }
  if (
    response.Data !== undefined &&
    (typeof response.Data !== 'object' || !response.Data || Array.isArray(response.Data))
  ) {
    violations.push('Data is not an object.');
  }
  return violations.length > 0
    ? { violations }
    : { response: response as unknown as CustomResourceResponse, violations };
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
