import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { imageIdProblems, isAccountId, isImageId } from '../lib/validation';
import { type Clock, realClock } from './clock';
import { LoopbackServer, respond } from './loopback-server';

export interface ImageOptions {
  readonly imageId: string;
  /** @default - the image ID */
  readonly name?: string;
  /** @default - the endpoint's account */
  readonly ownerAccountId?: string;
  readonly sharedWith?: readonly string[];
}

/** A request to the endpoint. */
export interface Call {
  readonly operation: string;
  readonly imageId?: string;
  readonly accountId?: string;
  readonly allow?: boolean;
  readonly at: number;
  /** The HTTP status. 0 until the response is sent, and if the connection is cut instead. */
  status: number;
  /** The name of the error in the response. */
  error?: string;
  readonly throttled?: boolean;
  readonly headers: IncomingHttpHeaders;
}

/** A fault that is injected into a call. */
export type Fault =
  /** Responds with an error: instead of the change or, with `after`, after it. */
  | {
      readonly kind: 'error';
      readonly name: string;
      /** @default 400 */
      readonly status?: number;
      readonly message?: string;
      readonly after?: boolean;
    }
  /** Closes the connection: before the change or, with `after`, after it. */
  | { readonly kind: 'cut'; readonly after?: boolean }
  /** Processes the call later. */
  | { readonly kind: 'delay'; readonly ms: number };

export interface WorkspacesEndpointOptions {
  readonly images?: readonly ImageOptions[];
  /** @default - a free port */
  readonly port?: number;
  /** The account of the caller, which also owns the images without an explicit owner. @default '123456789012' */
  readonly accountId?: string;
  readonly clock?: Clock;
  /** Milliseconds that a call takes. @default 0 */
  readonly latency?: number;
  /** A token bucket. Calls that exceed it fail with ThrottlingException. @default - no limit */
  readonly rate?: { readonly perSecond: number; readonly burst: number };
  /**
   * Milliseconds until a read of the permissions shows a change. With a number, a change that was shown once stays
   * visible. A function is called for each read, so that consecutive reads can run backwards.
   *
   * @default 0
   */
  readonly readLag?: number | (() => number);
  /** The order of the permissions: by the time of the grant, or by account ID. @default 'granted' */
  readonly listing?: 'granted' | 'sorted';
  /** The error of granting a permission that exists. @default - success */
  readonly grantingGranted?: string;
  /** The error of revoking a permission that does not exist. @default - success */
  readonly revokingMissing?: string;
  /** Called before a call is processed, but not for throttled and malformed ones. */
  readonly onCall?: (call: Call) => Fault | undefined | Promise<Fault | undefined>;
  /** Called when the response is sent or the connection is cut. */
  readonly onResponse?: (call: Call) => void;
}

/** The maximum and default size of a page. */
const PAGE = 25;

type Input = Readonly<Record<string, unknown>>;

/** The type of a request's member, the values that are allowed, and the error message for others. */
interface Member {
  readonly type: 'string' | 'boolean' | 'integer' | 'strings';
  readonly required?: true;
  readonly allowed?: (value: never) => boolean;
  readonly rule?: string;
}

const IMAGE_ID: Member = { type: 'string', allowed: isImageId, rule: 'must match wsi-[0-9a-z]{9,63}' };
const PAGING = {
  MaxResults: {
    type: 'integer',
    allowed: (value: number) => value >= 1 && value <= PAGE,
    rule: `must be between 1 and ${PAGE}`,
  },
  NextToken: {
    type: 'string',
    allowed: (value: string) => value.length >= 1 && value.length <= 2048,
    rule: 'must have 1 to 2048 characters',
  },
} satisfies Record<string, Member>;

/** @see https://docs.aws.amazon.com/workspaces/latest/api/API_Operations.html */
const REQUESTS = {
  UpdateWorkspaceImagePermission: {
    ImageId: { ...IMAGE_ID, required: true },
    AllowCopyImage: { type: 'boolean', required: true },
    SharedAccountId: {
      type: 'string',
      required: true,
      allowed: isAccountId,
      rule: 'must have exactly 12 digits',
    },
  },
  DescribeWorkspaceImagePermissions: { ImageId: { ...IMAGE_ID, required: true }, ...PAGING },
  DescribeWorkspaceImages: {
    ImageIds: {
      type: 'strings',
      allowed: (value: string[]) => value.length >= 1 && value.length <= PAGE && value.every(isImageId),
      rule: `must be 1 to ${PAGE} image IDs that match wsi-[0-9a-z]{9,63}`,
    },
    ImageType: {
      type: 'string',
      allowed: (value: string) => value === 'OWNED' || value === 'SHARED',
      rule: 'must be OWNED or SHARED',
    },
    ...PAGING,
  },
  DeleteWorkspaceImage: { ImageId: { ...IMAGE_ID, required: true } },
} satisfies Record<string, Record<string, Member>>;

type Operation = keyof typeof REQUESTS;

function isOperation(name: string): name is Operation {
  return Object.hasOwn(REQUESTS, name);
}

/** An error response of the service. */
class ServiceError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

/** A change of the permissions. Grants are numbered, for the order of the list. */
interface PermissionChange {
  readonly at: number;
  readonly accountId: string;
  readonly grant?: number;
}

/** An image with the accounts that it is shared with, and their history. */
class Image {
  readonly name: string;
  readonly ownerAccountId: string;
  readonly granted: Set<string>;
  readonly #history: PermissionChange[] = [];
  #grants = 0;
  /** The permissions after that number of changes, each account with the number of its grant. */
  #shown = { changes: 0, grants: new Map<string, number>() };
  #sorted?: [string, number][];

  constructor(
    options: ImageOptions,
    accountId: string,
    readonly created: number,
  ) {
    this.name = options.name ?? options.imageId;
    this.ownerAccountId = options.ownerAccountId ?? accountId;
    this.granted = new Set(options.sharedWith);
    for (const account of this.granted) {
      this.#record(account, true, Number.NEGATIVE_INFINITY);
    }
  }

  change(accountId: string, allow: boolean, at: number): void {
    if (this.granted.has(accountId) === allow) {
      return;
    }
    if (allow) {
      this.granted.add(accountId);
    } else {
      this.granted.delete(accountId);
    }
    this.#record(accountId, allow, at);
  }

  /** The permissions at a time, or those of the previous read if they are newer and `backwards` is false. */
  listed(until: number, backwards: boolean, sorted: boolean): Iterable<[string, number]> {
    let changes = this.#history.length;
    while (changes > 0 && this.#history[changes - 1].at > until) {
      changes--;
    }
    if (changes > this.#shown.changes || (changes < this.#shown.changes && backwards)) {
      this.#show(changes);
    }
    if (!sorted) {
      return this.#shown.grants;
    }
    this.#sorted ??= [...this.#shown.grants].sort(([a], [b]) => (a < b ? -1 : 1));
    return this.#sorted;
  }

  #record(accountId: string, allow: boolean, at: number): void {
    this.#history.push({ at, accountId, ...(allow && { grant: ++this.#grants }) });
  }

  #show(changes: number): void {
    if (changes < this.#shown.changes) {
      this.#shown = { changes: 0, grants: new Map() };
    }
    for (const { accountId, grant } of this.#history.slice(this.#shown.changes, changes)) {
      if (grant === undefined) {
        this.#shown.grants.delete(accountId);
      } else {
        this.#shown.grants.set(accountId, grant);
      }
    }
    this.#shown.changes = changes;
    this.#sorted = undefined;
  }
}

/**
 * Amazon WorkSpaces on loopback, reduced to sharing images: AWS JSON 1.1 over HTTP. A request must be signed, but the
 * signature is not verified.
 */
export class WorkspacesEndpoint extends LoopbackServer {
  static async start(options: WorkspacesEndpointOptions = {}): Promise<WorkspacesEndpoint> {
    const endpoint = new WorkspacesEndpoint(options);
    await endpoint.listen(options.port);
    return endpoint;
  }

  /** The calls in the order of their arrival. */
  readonly calls: Call[] = [];
  readonly accountId: string;
  latency: number;
  rate: WorkspacesEndpointOptions['rate'];
  readLag: number | (() => number);
  listing: 'granted' | 'sorted';
  grantingGranted: string | undefined;
  revokingMissing: string | undefined;
  onCall: WorkspacesEndpointOptions['onCall'];
  onResponse: WorkspacesEndpointOptions['onResponse'];

  readonly #clock: Clock;
  readonly #images = new Map<string, Image>();
  #bucket?: { readonly rate: WorkspacesEndpointOptions['rate']; tokens: number; at: number };

  private constructor(options: WorkspacesEndpointOptions) {
    super();
    this.accountId = options.accountId ?? '123456789012';
    this.latency = options.latency ?? 0;
    this.rate = options.rate;
    this.readLag = options.readLag ?? 0;
    this.listing = options.listing ?? 'granted';
    this.grantingGranted = options.grantingGranted;
    this.revokingMissing = options.revokingMissing;
    this.onCall = options.onCall;
    this.onResponse = options.onResponse;
    this.#clock = options.clock ?? realClock;
    for (const image of options.images ?? []) {
      this.addImage(image);
    }
  }

  /** Adds an image, or replaces the one with the same ID. Reads show its permissions without a lag. */
  addImage(image: ImageOptions): void {
    const [problem] = imageIdProblems(image.imageId);
    if (problem !== undefined) {
      throw new Error(problem);
    }
    this.#images.set(image.imageId, new Image(image, this.accountId, this.#clock.now()));
  }

  removeImage(imageId: string): void {
    this.#images.delete(imageId);
  }

  hasImage(imageId: string): boolean {
    return this.#images.has(imageId);
  }

  /** The accounts that an image is shared with, regardless of the read lag. None if the image does not exist. */
  accounts(imageId: string): string[] {
    return [...(this.#images.get(imageId)?.granted ?? [])].sort();
  }

  /** Shares an image without a call, as another user could. */
  share(imageId: string, accountId: string): void {
    this.#image(imageId).change(accountId, true, this.#clock.now());
  }

  /** Unshares an image without a call. */
  unshare(imageId: string, accountId: string): void {
    this.#image(imageId).change(accountId, false, this.#clock.now());
  }

  protected async serve(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target'] ?? '').replace(/^WorkspacesService\./, '');
    const input = parsed(body);
    const malformed = protocolError(request, operation, input);
    const throttled = malformed === undefined && !this.#takeToken();
    const call: Call = {
      operation,
      imageId: typeof input?.ImageId === 'string' ? input.ImageId : undefined,
      accountId: typeof input?.SharedAccountId === 'string' ? input.SharedAccountId : undefined,
      allow: typeof input?.AllowCopyImage === 'boolean' ? input.AllowCopyImage : undefined,
      at: this.#clock.now(),
      status: 0,
      headers: request.headers,
      ...(throttled && { throttled }),
    };
    this.calls.push(call);

    try {
      if (malformed !== undefined) {
        throw malformed;
      }
      const output = await this.#process(call, input ?? {});
      if (output === undefined) {
        request.socket.destroy();
      } else {
        call.status = 200;
        this.#respond(response, 200, output);
      }
    } catch (error) {
      // Any other error comes from onCall.
      const { name, message, status } =
        error instanceof ServiceError ? error : new ServiceError('InternalFailure', `${error}`, 500);
      call.status = status;
      call.error = name;
      this.#respond(response, status, { __type: name, message, ...details(name, call) }, name);
    }
    this.onResponse?.(call);
  }

  #respond(response: ServerResponse, status: number, output: object, error?: string): void {
    respond(response, this.#clock, status, JSON.stringify(output), {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-RequestId': randomUUID(),
      ...(error !== undefined && { 'x-amzn-ErrorType': error }),
    });
  }

  /** @returns the output, or undefined if the connection must be cut */
  async #process(call: Call, input: Input): Promise<object | undefined> {
    const fault = call.throttled ? undefined : await this.onCall?.(call);
    const wait = this.latency + (fault?.kind === 'delay' ? fault.ms : 0);
    if (wait > 0) {
      await this.#clock.sleep(wait);
    }
    if (call.throttled) {
      throw new ServiceError('ThrottlingException', 'Rate exceeded');
    }
    if (fault === undefined || fault.kind === 'delay') {
      return this.#execute(call.operation as Operation, input);
    }
    if (fault.after) {
      try {
        this.#execute(call.operation as Operation, input);
      } catch {
        // The caller receives the fault instead.
      }
    }
    if (fault.kind === 'cut') {
      return undefined;
    }
    throw new ServiceError(fault.name, fault.message ?? 'Injected fault', fault.status);
  }

  #execute(operation: Operation, input: Input): object {
    validate(REQUESTS[operation], input);
    switch (operation) {
      case 'UpdateWorkspaceImagePermission':
        return this.#updatePermission(input as never);
      case 'DescribeWorkspaceImagePermissions':
        return this.#describePermissions(input as never);
      case 'DescribeWorkspaceImages':
        return this.#describeImages(input as never);
      case 'DeleteWorkspaceImage':
        return this.#deleteImage(input as never);
    }
  }

  #updatePermission(input: { ImageId: string; SharedAccountId: string; AllowCopyImage: boolean }): object {
    const { ImageId: imageId, SharedAccountId: accountId, AllowCopyImage: allow } = input;
    const image = this.#ownImage(imageId);
    if (image.granted.has(accountId) === allow) {
      const error = allow ? this.grantingGranted : this.revokingMissing;
      if (error !== undefined) {
        throw new ServiceError(
          error,
          `The image ${imageId} is ${allow ? 'already' : 'not'} shared with ${accountId}.`,
        );
      }
    }
    image.change(accountId, allow, this.#clock.now());
    return {};
  }

  #describePermissions(input: { ImageId: string; MaxResults?: number; NextToken?: string }): object {
    const sorted = this.listing === 'sorted';
    const backwards = typeof this.readLag === 'function';
    const image = this.#ownImage(input.ImageId);
    const lag = typeof this.readLag === 'function' ? this.readLag() : this.readLag;
    const listed = image.listed(this.#clock.now() - lag, backwards, sorted);
    const { items, NextToken } = page(
      listed,
      // By number, not by position: a change between two pages neither hides nor repeats an account.
      ([account, grant]) => (sorted ? account : ordinal(grant)),
      `permissions/${input.ImageId}/${this.listing}`,
      input,
    );
    return {
      ImageId: input.ImageId,
      ImagePermissions: items.map(([SharedAccountId]) => ({ SharedAccountId })),
      NextToken,
    };
  }

  #describeImages(input: {
    ImageIds?: string[];
    ImageType?: 'OWNED' | 'SHARED';
    MaxResults?: number;
    NextToken?: string;
  }): object {
    const images = [...this.#images]
      .filter(([imageId]) => input.ImageIds?.includes(imageId) ?? true)
      .filter(
        ([, { ownerAccountId }]) =>
          input.ImageType === undefined ||
          (input.ImageType === 'OWNED') === (ownerAccountId === this.accountId),
      )
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const { items, NextToken } = page(images, ([imageId]) => imageId, 'images', input);
    return {
      Images: items.map(([ImageId, { name, ownerAccountId, created }]) => ({
        ImageId,
        Name: name,
        OperatingSystem: { Type: 'WINDOWS' },
        State: 'AVAILABLE',
        RequiredTenancy: 'DEFAULT',
        Created: created / 1000,
        OwnerAccountId: ownerAccountId,
      })),
      NextToken,
    };
  }

  #deleteImage({ ImageId: imageId }: { ImageId: string }): object {
    const image = this.#images.get(imageId);
    if (image?.ownerAccountId !== this.accountId) {
      // The service documents no other error for an image that does not exist.
      throw new ServiceError(
        'AccessDeniedException',
        `The account ${this.accountId} does not own an image ${imageId}.`,
      );
    }
    if (image.granted.size > 0) {
      throw new ServiceError(
        'InvalidResourceStateException',
        `The image ${imageId} is shared with ${image.granted.size} accounts. Unshare it before you delete it.`,
      );
    }
    this.#images.delete(imageId);
    return {};
  }

  #image(imageId: string): Image {
    const image = this.#images.get(imageId);
    if (image === undefined) {
      throw new ServiceError('ResourceNotFoundException', `The image ${imageId} does not exist.`);
    }
    return image;
  }

  #ownImage(imageId: string): Image {
    const image = this.#image(imageId);
    if (image.ownerAccountId !== this.accountId) {
      throw new ServiceError(
        'AccessDeniedException',
        `The account ${this.accountId} does not own the image ${imageId}.`,
      );
    }
    return image;
  }

  #takeToken(): boolean {
    if (this.rate === undefined) {
      return true;
    }
    const now = this.#clock.now();
    if (this.#bucket?.rate !== this.rate) {
      this.#bucket = { rate: this.rate, tokens: this.rate.burst, at: now };
    }
    const bucket = this.#bucket;
    const refill = ((now - bucket.at) / 1000) * this.rate.perSecond;
    bucket.tokens = Math.min(this.rate.burst, bucket.tokens + refill);
    bucket.at = now;
    if (bucket.tokens < 1) {
      return false;
    }
    bucket.tokens -= 1;
    return true;
  }
}

function parsed(body: string): Input | undefined {
  try {
    const input = JSON.parse(body);
    return typeof input === 'object' && input !== null && !Array.isArray(input) ? input : undefined;
  } catch {
    return undefined;
  }
}

/** Returns an error if a request does not follow the protocol. */
function protocolError(
  { method, url, headers }: IncomingMessage,
  operation: string,
  input: Input | undefined,
): ServiceError | undefined {
  if (method !== 'POST' || url !== '/') {
    return new ServiceError('UnknownOperationException', 'Requests must be sent with POST to /.', 404);
  }
  if (!headers.authorization) {
    return new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  if (!/^application\/x-amz-json-1\.1\b/.test(headers['content-type'] ?? '')) {
    return new ServiceError(
      'UnknownOperationException',
      'The content type must be application/x-amz-json-1.1.',
    );
  }
  if (!isOperation(operation) || headers['x-amz-target'] !== `WorkspacesService.${operation}`) {
    return new ServiceError(
      'UnknownOperationException',
      `The endpoint supports the targets ${Object.keys(REQUESTS)
        .map((name) => `WorkspacesService.${name}`)
        .join(', ')}.`,
    );
  }
  if (input === undefined) {
    return new ServiceError('SerializationException', 'The body is not a JSON object.');
  }
  return undefined;
}

function validate(members: Readonly<Record<string, Member>>, input: Input): void {
  for (const [name, { type, required, allowed, rule }] of Object.entries(members)) {
    const value = input[name];
    if (value === undefined || value === null) {
      if (required) {
        throw new ServiceError('ValidationException', `${name} is required.`);
      }
    } else if (!hasType(value, type)) {
      throw new ServiceError('SerializationException', `${name} has the wrong type.`);
    } else if (allowed !== undefined && !allowed(value as never)) {
      throw new ServiceError('ValidationException', `${name} ${rule}.`);
    }
  }
}

/** The members of an error in addition to its message. */
function details(error: string, { imageId }: Call): object {
  switch (error) {
    case 'ResourceNotFoundException':
    case 'ResourceUnavailableException':
      return { ResourceId: imageId };
    case 'OperationNotSupportedException':
      return { reason: 'The image cannot be shared.' };
    default:
      return {};
  }
}

function hasType(value: unknown, type: Member['type']): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'strings':
      return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
    default:
      return typeof value === type;
  }
}

/** Returns one page of a list that is sorted by key. A token is the name of the list and the last key of the page. */
function page<T>(
  list: Iterable<T>,
  key: (item: T) => string,
  listName: string,
  { MaxResults: max, NextToken: token }: { MaxResults?: number | null; NextToken?: string | null },
): { items: T[]; NextToken?: string } {
  const after = token == null ? '' : keyIn(token, listName);
  const items: T[] = [];
  for (const item of list) {
    if (key(item) <= after) {
      continue;
    }
    if (items.length === (max ?? PAGE)) {
      const last = key(items[items.length - 1] as T);
      return { items, NextToken: Buffer.from(`${listName}/${last}`).toString('base64url') };
    }
    items.push(item);
  }
  return { items };
}

function keyIn(token: string, listName: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  const genuine = Buffer.from(text).toString('base64url') === token;
  if (!genuine || !text.startsWith(`${listName}/`)) {
    throw new ServiceError('ValidationException', 'NextToken is invalid.');
  }
  return text.slice(listName.length + 1);
}

/** A number as text that sorts in numeric order. */
function ordinal(grant: number): string {
  return String(grant).padStart(12, '0');
}
