/**
 * Compares the endpoint with the model of the service, as far as the official SDK contains it:
 *
 * - schemas: operations, their requests and responses, members, types, which members are required, errors
 * - declarations: the values of enumerations, and the errors that an operation documents
 *
 * It does not contain patterns, lengths, ranges, page sizes and the errors that all services have in common. Those are in
 * the API reference, and `workspaces-endpoint.test.ts` tests them.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as sdk from '@aws-sdk/client-workspaces';
import { NormalizedSchema } from '@smithy/core/schema';
import { WorkspacesEndpoint, type WorkspacesEndpointOptions } from '../../simulator/workspaces-endpoint';

const OWN = 'wsi-8t4x2k9p7';
const SHARED = 'wsi-0000000001';
const MISSING = 'wsi-999999999';
const ALICE = '111122223333';
const BOB = '444455556666';
const IMAGES = [{ imageId: OWN }, { imageId: SHARED, sharedWith: [ALICE, BOB] }];

interface Served {
  /** A request that succeeds, with all members that the model has; of lists, the request for a page in the middle. */
  readonly request: Readonly<Record<string, unknown>>;
  /** The members of the response that the endpoint omits, each with the reason. */
  readonly omitted?: Readonly<Record<string, string>>;
}

/** Replaced by a token from the endpoint. */
const TOKEN = '(the token of the page before)';

const OPERATIONS: Readonly<Record<string, Served>> = {
  UpdateWorkspaceImagePermission: {
    request: { ImageId: OWN, AllowCopyImage: true, SharedAccountId: ALICE },
  },
  DescribeWorkspaceImagePermissions: {
    request: { ImageId: SHARED, MaxResults: 1, NextToken: TOKEN },
  },
  DeleteWorkspaceImage: {
    request: { ImageId: OWN },
  },
};
const operations = Object.keys(OPERATIONS);

/** @see https://docs.aws.amazon.com/workspaces/latest/api/CommonErrors.html, and AWS JSON 1.1 */
const COMMON_ERRORS = [
  'InternalFailure',
  'MissingAuthenticationTokenException',
  'SerializationException',
  'ThrottlingException',
  'UnknownOperationException',
  'ValidationException',
];

/** A value of each JSON type. */
const VALUES: Readonly<Record<string, unknown>> = {
  string: 'text',
  number: 1,
  boolean: true,
  array: [],
  object: {},
};

// biome-ignore lint/suspicious/noExplicitAny: any JSON value.
type Json = any;

/** Each operation's schema is `[9, namespace, name, traits, request, response]`. */
function shapes(operation: string): { request: NormalizedSchema; response: NormalizedSchema } {
  const schema = exported(`${operation}$`) as Json[];
  expect(schema.slice(0, 3)).toEqual([9, 'com.amazonaws.workspaces', operation]);
  return { request: NormalizedSchema.of(schema[4]()), response: NormalizedSchema.of(schema[5]()) };
}

function exported(name: string): unknown {
  return (sdk as Record<string, unknown>)[name];
}

/** The seventh entry of a structure's schema is the number of required members, which come first. */
function requiredMembers(shape: NormalizedSchema): string[] {
  const [, , , , names, , required = 0] = shape.getSchema() as Json[];
  return names.slice(0, required);
}

function declarations(file: string): string {
  const root = dirname(require.resolve('@aws-sdk/client-workspaces/package.json'));
  return readFileSync(join(root, 'dist-types', file), 'utf8');
}

const models = declarations('models/models_0.d.ts');

/** The values of a member that is an enumeration, which its schema has as a mere string. */
function allowedValues(shape: NormalizedSchema, member: string): string[] | undefined {
  const start = models.indexOf(`export interface ${shape.getName()} {`);
  const declared = models.slice(start, models.indexOf('\n}', start));
  const type = new RegExp(`^ {4}${member}\\??: (\\w+)(?:\\[\\])? \\| undefined;`, 'm').exec(declared)?.[1];
  if (start < 0 || type === undefined) {
    throw new Error(`The SDK declares no ${shape.getName()}.${member}.`);
  }
  const values = exported(type);
  return typeof values === 'object' ? Object.values(values as object) : undefined;
}

/** The errors that an operation documents. */
function documentedErrors(operation: string): string[] {
  const throws = declarations(`commands/${operation}Command.d.ts`).matchAll(/@throws \{@link (\w+)\}/g);
  const names = [...throws].map(([, name]) => name as string);
  expect(names.pop()).toBe('WorkSpacesServiceException');
  return names;
}

function jsonType(value: unknown): string {
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
}

/** How a shape is written in AWS JSON 1.1. */
function wireType(shape: NormalizedSchema): string {
  if (shape.isListSchema()) return 'array';
  if (shape.isStructSchema()) return 'object';
  if (shape.isStringSchema()) return 'string';
  if (shape.isBooleanSchema()) return 'boolean';
  // Timestamps are seconds.
  if (shape.isNumericSchema() || shape.isTimestampSchema()) return 'number';
  throw new Error(`This test does not know the type of ${shape.getName(true)}.`);
}

/** What of a value differs from its shape, as sentences; the members that were seen are added to `seen`. */
function differences(shape: NormalizedSchema, value: Json, seen = new Set<string>(), path = ''): string[] {
  if (jsonType(value) !== wireType(shape)) {
    return [`${path} is of the type ${jsonType(value)} instead of ${wireType(shape)}`];
  }
  if (shape.isListSchema()) {
    return value.flatMap((entry: Json) => differences(shape.getValueSchema(), entry, seen, `${path}[]`));
  }
  if (!shape.isStructSchema()) {
    return [];
  }
  const members = shape.getMemberSchemas();
  return Object.entries(value as object).flatMap(([name, content]) => {
    const place = path === '' ? name : `${path}.${name}`;
    const member = members[name];
    if (member === undefined) {
      return [`${place} is not in the model`];
    }
    seen.add(place);
    const values = member.isStringSchema() ? allowedValues(shape, name) : undefined;
    return values?.includes(content as string) === false
      ? [`${place} is ${content} instead of one of ${values}`]
      : differences(member, content, seen, place);
  });
}

/** The members of a shape, and what those hold that were seen. */
function membersOf(shape: NormalizedSchema, seen: ReadonlySet<string>, path = ''): string[] {
  if (shape.isListSchema()) {
    return membersOf(shape.getValueSchema(), seen, `${path}[]`);
  }
  if (!shape.isStructSchema()) {
    return [];
  }
  return Object.entries(shape.getMemberSchemas()).flatMap(([name, member]) => {
    const place = path === '' ? name : `${path}.${name}`;
    return seen.has(place) ? [place, ...membersOf(member, seen, place)] : [place];
  });
}

/** What the SDK makes of a value. */
function read(shape: NormalizedSchema, value: Json): Json {
  if (shape.isTimestampSchema()) {
    return new Date(value * 1000);
  }
  if (shape.isListSchema()) {
    return value.map((entry: Json) => read(shape.getValueSchema(), entry));
  }
  if (shape.isStructSchema()) {
    const members = shape.getMemberSchemas();
    return Object.fromEntries(
      Object.entries(value).map(([name, content]) => [
        name,
        read(members[name] as NormalizedSchema, content),
      ]),
    );
  }
  return value;
}

const open: WorkspacesEndpoint[] = [];

afterEach(async () => {
  for (const endpoint of open.splice(0)) {
    await endpoint.close();
  }
});

async function start(options: WorkspacesEndpointOptions = {}): Promise<WorkspacesEndpoint> {
  const endpoint = await WorkspacesEndpoint.start({ images: IMAGES, ...options });
  open.push(endpoint);
  return endpoint;
}

interface Received {
  readonly status: number;
  readonly body: Json;
}

/** Sends a request to a new endpoint. */
async function send(
  operation: string,
  input: unknown,
  options: WorkspacesEndpointOptions = {},
  request: RequestInit & { headers?: Record<string, string>; path?: string } = {},
): Promise<Received> {
  const { url } = await start(options);
  const response = await fetch(url + (request.path ?? '/'), {
    method: 'POST',
    body: JSON.stringify(input),
    ...request,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `WorkspacesService.${operation}`,
      authorization: 'any',
      ...request.headers,
    },
  });
  return { status: response.status, body: await response.json() };
}

/** Sends a request with the SDK. */
async function sendWithSdk(operation: string, input: object, options: WorkspacesEndpointOptions = {}) {
  const endpoint = await start(options);
  const Command = exported(`${operation}Command`) as new (
    input: object,
  ) => sdk.DescribeWorkspaceImagePermissionsCommand;
  const client = new sdk.WorkSpacesClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    maxAttempts: 1,
  });
  try {
    const { $metadata, ...output } = await client.send(new Command(input));
    return output;
  } finally {
    client.destroy();
  }
}

/** The operation's request, with a token from the previous page. */
async function fullRequest(operation: string): Promise<Record<string, unknown>> {
  const { NextToken, ...first } = (OPERATIONS[operation] as Served).request;
  if (NextToken === undefined) {
    return first;
  }
  const { body } = await send(operation, first);
  expect(body.NextToken).toEqual(expect.any(String));
  return { ...first, NextToken: body.NextToken };
}

test('the endpoint supports these operations of the model', async () => {
  const { body } = await send('ListEverything', {});

  const served = [...body.message.matchAll(/WorkspacesService\.(\w+)/g)].map(([, name]) => name);
  expect(served.sort()).toEqual([...operations].sort());
  for (const operation of operations) {
    expect(shapes(operation)).toBeDefined();
  }
});

describe.each(operations)('a request of %s', (operation) => {
  const { request } = shapes(operation);
  const members = Object.entries(request.getMemberSchemas());
  const required = requiredMembers(request);

  test('has the members of the model, and succeeds with all of them', async () => {
    const input = await fullRequest(operation);

    expect(Object.keys(input).sort()).toEqual(members.map(([name]) => name).sort());
    expect(differences(request, input)).toEqual([]);
    expect(await send(operation, input)).toMatchObject({ status: 200 });
  });

  test.each(members.map(([name]) => name))(
    'has %s, which can be omitted only if it is optional',
    async (name) => {
      const input = await fullRequest(operation);
      const expected = required.includes(name)
        ? { status: 400, body: { __type: 'ValidationException', message: `${name} is required.` } }
        : { status: 200 };

      for (const value of [undefined, null]) {
        expect(await send(operation, { ...input, [name]: value })).toMatchObject(expected);
      }
    },
  );

  test.each(members)('has %s of one type only', async (name, member) => {
    const input = await fullRequest(operation);
    const { [wireType(member)]: _right, ...wrong } = VALUES;
    const lists = member.isListSchema()
      ? Object.entries(VALUES).filter(([type]) => type !== wireType(member.getValueSchema()))
      : [];

    for (const value of [...Object.values(wrong), ...lists.map(([, entry]) => [entry])]) {
      expect([value, await send(operation, { ...input, [name]: value })]).toEqual([
        value,
        { status: 400, body: expect.objectContaining({ __type: 'SerializationException' }) },
      ]);
    }
  });

  for (const [name, member] of members) {
    const values = member.isStringSchema() ? allowedValues(request, name) : undefined;
    if (values !== undefined) {
      test(`has ${name} with one of the values ${values}`, async () => {
        const { NextToken: _, ...input } = await fullRequest(operation);

        for (const value of values) {
          expect(await send(operation, { ...input, [name]: value })).toMatchObject({ status: 200 });
        }
        expect(await send(operation, { ...input, [name]: 'OTHER' })).toMatchObject({
          status: 400,
          body: { __type: 'ValidationException' },
        });
      });
    }
  }
});

describe.each(operations)('a response of %s', (operation) => {
  const { response } = shapes(operation);
  const { omitted = {} } = OPERATIONS[operation] as Served;

  test('has the members of the model, in its types', async () => {
    const { NextToken: _, ...first } = await fullRequest(operation);
    const seen = new Set<string>();
    const { status, body } = await send(operation, first);

    expect(status).toBe(200);
    expect(differences(response, body, seen)).toEqual([]);
    const missing = membersOf(response, seen).filter((path) => !seen.has(path));
    expect(missing.sort()).toEqual(Object.keys(omitted).sort());
  });

  test('is parsed by the SDK', async () => {
    const input = await fullRequest(operation);
    // A fixed time, because images are created when the endpoint starts.
    const clock = { now: () => 1_700_000_000_000, sleep: async () => {} };
    const { body } = await send(operation, input, { clock });

    expect(await sendWithSdk(operation, input, { clock })).toEqual(read(response, body));
  });
});

/** What of an error differs from the model, as sentences. */
function errorDifferences(operation: string, { status, body }: Received): string[] {
  const { __type: name, ...members } = body;
  if (![...documentedErrors(operation), ...COMMON_ERRORS].includes(name)) {
    return [`${operation} does not document ${name}`];
  }
  const schema = exported(`${name}$`);
  if (schema === undefined) {
    // A common error has only a message.
    return Object.keys(members).join() === 'message'
      ? []
      : [`${name} has the members ${Object.keys(members)}`];
  }
  const shape = NormalizedSchema.of(schema as never);
  const missing = Object.keys(shape.getMemberSchemas()).filter((member) => !(member in members));
  const { error } = shape.getMergedTraits();
  return [
    ...Object.keys(members).filter((member) => !(member in shape.getMemberSchemas())),
    ...missing.map((member) => `${name} has no ${member}`),
    ...((status < 500 ? 'client' : 'server') === error ? [] : [`${name} has the status ${status}`]),
    ...Object.entries(members).flatMap(([member, value]) =>
      typeof value === 'string' ? [] : [`${name}.${member} is not a string`],
    ),
  ];
}

describe.each(operations)('an error of %s', (operation) => {
  test('is documented or common to all services, and has the members of the model', async () => {
    const input = await fullRequest(operation);
    const names = Object.keys(shapes(operation).request.getMemberSchemas());
    const odd = [null, '', '!', 'x'.repeat(3000), -1, 0, 1.5, 26, true, false, [], [null], ['!'], {}];
    const images = [OWN, SHARED, MISSING];
    const inputs = [
      ...images.map((image) => ({
        ...input,
        ...('ImageId' in input && { ImageId: image }),
      })),
      ...names.flatMap((name) => odd.map((value) => ({ ...input, [name]: value }))),
    ];
    const received = [
      ...(await Promise.all(inputs.map((each) => send(operation, each)))),
      await send(operation, input, { rate: { perSecond: 0, burst: 0 } }),
      await send(operation, input, { onCall: () => Promise.reject(new Error('Oops.')) }),
      await send(operation, []),
      await send(operation, input, {}, { path: '/elsewhere' }),
      await send(operation, input, {}, { headers: { 'content-type': 'application/json' } }),
      await send(operation, input, {}, { headers: { 'x-amz-target': operation } }),
    ];

    const errors = received.filter(({ status }) => status !== 200);
    expect(errors.flatMap((error) => errorDifferences(operation, error))).toEqual([]);
    expect(new Set(errors.map(({ body }) => body.__type)).size).toBeGreaterThan(4);
  });

  test.each(documentedErrors(operation))('%s is parsed by the SDK', async (name) => {
    const onCall = () => ({ kind: 'error', name, message: 'Injected error.' }) as const;
    const input = await fullRequest(operation);
    const written = await send(operation, input, { onCall });
    const { __type, ...members } = written.body;

    const error = await sendWithSdk(operation, input, { onCall }).catch((thrown: unknown) => thrown);

    expect(errorDifferences(operation, written)).toEqual([]);
    expect(error).toBeInstanceOf(exported(name));
    expect(error).toMatchObject({ name: __type, ...members });
  });
});
