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
  const bytes = Buffer.byteLength(body);
  const tooLong = `The response is ${bytes} bytes long, but CloudFormation accepts at most ${RESPONSE_BYTES}.`;
  const sizes = bytes > RESPONSE_BYTES ? [tooLong] : [];
  const response = parseObject(body);
  if (!response) {
    return { violations: [...sizes, 'The response is not a JSON object.'] };
  }
  const { Status, Reason, PhysicalResourceId: id, NoEcho, Data } = response;
  const isReason = Reason === undefined ? Status !== 'FAILED' : typeof Reason === 'string';
  const isData = Data === undefined || (typeof Data === 'object' && Data !== null && !Array.isArray(Data));
  const hasId = typeof id === 'string' && id !== '';
  const rules: [isMet: boolean, sentence: string][] = [
    [
      Status === 'SUCCESS' || Status === 'FAILED',
      `Status is ${JSON.stringify(Status)}, but must be SUCCESS or FAILED.`,
    ],
    [isReason, `Reason is ${JSON.stringify(Reason)}, but must be a string, which FAILED requires.`],
    [hasId, 'PhysicalResourceId is missing.'],
    [
      !hasId || Buffer.byteLength(id) <= PHYSICAL_ID_BYTES,
      `PhysicalResourceId is longer than ${PHYSICAL_ID_BYTES} bytes.`,
    ],
    ...(['StackId', 'RequestId', 'LogicalResourceId'] as const).map((key): [boolean, string] => [
      response[key] === event[key],
      `${key} is ${JSON.stringify(response[key])}, but the event has ${JSON.stringify(event[key])}.`,
    ]),
    [NoEcho === undefined || typeof NoEcho === 'boolean', 'NoEcho is not a boolean.'],
    [isData, 'Data is not an object.'],
  ];
  const violations = [...sizes, ...rules.filter(([isMet]) => !isMet).map(([, sentence]) => sentence)];
  return violations.length > 0
    ? { violations }
    : { response: response as unknown as CustomResourceResponse, violations };
}

/** Parses an object, or returns undefined if a text is something else. */
export function parseObject(body: string): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return isObject ? (parsed as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
