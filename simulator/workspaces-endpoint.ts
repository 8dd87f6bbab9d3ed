import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { imageIdProblems } from '../lib/workspaces/validation';
import { type Clock, realClock } from './clock';
import { DEFAULT_ACCOUNT } from './default-account';
import { clientGone, LoopbackServer, respond, respondPartly } from './loopback-server';
import { Image } from './workspaces/image';
import {
  details,
  headersFor,
  type Input,
  lastIn,
  type Operation,
  PAGE,
  parsed,
  protocolError,
  REQUESTS,
  ServiceError,
  tokenFor,
  validate,
} from './workspaces/protocol';

export interface ImageOptions {
  readonly imageId: string;
  readonly sharedWith?: readonly string[];
}

/** A request to the endpoint. */
export interface Call {
  readonly operation: string;
  readonly imageId?: string;
  readonly accountId?: string;
  readonly allow?: boolean;
  readonly at: number;
  /** The HTTP status. 0 until the response is sent, and if the connection is closed instead. */
  status: number;
  /** The name of the error in the response. */
  error?: string;
  readonly throttled?: boolean;
  readonly headers: IncomingHttpHeaders;
}

/** A fault that is injected into a call, instead of its change or, with `after`, after it. */
export type Fault =
  /** Responds with an error of the service. */
  | {
      readonly kind: 'error';
      readonly name: string;
      /** @default 400 */
      readonly status?: number;
      readonly message?: string;
      readonly after?: boolean;
    }
  /** Responds with a body that is not the service's, such as the HTML page of a proxy. */
  | {
      readonly kind: 'foreign';
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
      readonly after?: boolean;
    }
  /** Closes the connection. */
  | { readonly kind: 'cut'; readonly after?: boolean }
  /** Responds with success, and closes the connection in the middle of the body. */
  | { readonly kind: 'truncate'; readonly after?: boolean }
  /** Responds with success, and never sends the second half of the body. */
  | { readonly kind: 'stall'; readonly after?: boolean }
  /** Processes the call later. */
  | { readonly kind: 'delay'; readonly ms: number };

export interface WorkspacesEndpointOptions {
  readonly images?: readonly ImageOptions[];
  /** The account that owns the images. @default - 123456789012 */
  readonly ownerAccount?: string;
  /** @default - a free port */
  readonly port?: number;
  readonly clock?: Clock;
  /** Milliseconds that a call takes. @default 0 */
  readonly latency?: number;
  /** A token bucket. Calls that exceed it fail with ThrottlingException. @default - no limit */
  readonly rate?: { readonly perSecond: number; readonly burst: number };
  /**
   * Milliseconds until a read of the permissions shows a change. A number is a constant lag: reads never run backwards.
   * A function is called for each read, so they can.
   *
   * @default 0
   */
  readonly readLag?: number | (() => number);
  /** The error of granting a permission that exists. @default - success */
  readonly grantingGranted?: string;
  /** The error of revoking a permission that does not exist. @default - success */
  readonly revokingMissing?: string;
  /** Called before each call that is neither throttled nor malformed. */
  readonly onCall?: (call: Call) => Fault | undefined | Promise<Fault | undefined>;
  /** Called after a call has changed a permission. */
  readonly onChange?: (call: Call) => void;
  /** Called when the response is sent or the connection is closed. */
  readonly onResponse?: (call: Call) => void;
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
  latency: number;
  rate: WorkspacesEndpointOptions['rate'];
  readLag: number | (() => number);
  grantingGranted: string | undefined;
  revokingMissing: string | undefined;
  onCall: WorkspacesEndpointOptions['onCall'];
  onChange: WorkspacesEndpointOptions['onChange'];
  onResponse: WorkspacesEndpointOptions['onResponse'];

  readonly #clock: Clock;
  readonly #images = new Map<string, Image>();
  readonly #ownerAccount: string;
  readonly #closedAccounts = new Set<string>();
  #bucket?: { readonly rate: WorkspacesEndpointOptions['rate']; tokens: number; at: number };

  private constructor(options: WorkspacesEndpointOptions) {
    super();
    this.latency = options.latency ?? 0;
    this.rate = options.rate;
    this.readLag = options.readLag ?? 0;
    this.grantingGranted = options.grantingGranted;
    this.revokingMissing = options.revokingMissing;
    this.onCall = options.onCall;
    this.onChange = options.onChange;
    this.onResponse = options.onResponse;
    this.#clock = options.clock ?? realClock;
    this.#ownerAccount = options.ownerAccount ?? DEFAULT_ACCOUNT;
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
    this.#images.set(image.imageId, new Image(image.sharedWith, this.#clock.now()));
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

  /** Drops the permissions of an account on all images, and refuses to grant new ones. */
  closeAccount(accountId: string): void {
    this.#closedAccounts.add(accountId);
    for (const image of this.#images.values()) {
      image.change(accountId, false, this.#clock.now());
    }
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
      await this.#process(call, input ?? {}, response);
    } catch (error) {
      // Any other error comes from onCall.
      const { name, message, status } =
        error instanceof ServiceError ? error : new ServiceError('InternalFailure', `${error}`, 500);
      call.status = status;
      call.error = name;
      this.#respond(response, status, { __type: name, message, ...details(name, call.imageId) }, name);
    }
    this.onResponse?.(call);
  }

  #respond(response: ServerResponse, status: number, output: object, error?: string): void {
    respond(response, this.#clock, status, JSON.stringify(output), headersFor(error));
  }

  async #process(call: Call, input: Input, response: ServerResponse): Promise<void> {
    const fault = call.throttled ? undefined : await this.onCall?.(call);
    const wait = this.latency + (fault?.kind === 'delay' ? fault.ms : 0);
    if (wait > 0) {
      await this.#clock.sleep(wait);
    }
    if (call.throttled) {
      throw new ServiceError('ThrottlingException', 'Rate exceeded');
    }
    if (fault === undefined || fault.kind === 'delay') {
      const output = this.#execute(call, input);
      call.status = 200;
      this.#respond(response, 200, output);
      return;
    }
    let output = {};
    if (fault.after) {
      try {
        output = this.#execute(call, input);
      } catch {
        // The caller receives the fault instead.
      }
    }
    await this.#fail(fault, call, output, response);
  }

  async #fail(
    fault: Exclude<Fault, { kind: 'delay' }>,
    call: Call,
    output: object,
    response: ServerResponse,
  ): Promise<void> {
    switch (fault.kind) {
      case 'error':
        throw new ServiceError(fault.name, fault.message ?? 'Injected fault', fault.status);
      case 'foreign':
        call.status = fault.status;
        respond(response, this.#clock, fault.status, fault.body, { 'content-type': fault.contentType });
        return;
      case 'cut':
        response.destroy();
        return;
      default:
        call.status = 200;
        await respondPartly(response, this.#clock, 200, JSON.stringify(output), headersFor());
        if (fault.kind === 'stall') {
          await clientGone(response, this.#clock);
        }
        response.destroy();
    }
  }

  #execute(call: Call, input: Input): object {
    const operation = call.operation as Operation;
    validate(REQUESTS[operation], input);
    switch (operation) {
      case 'UpdateWorkspaceImagePermission':
        return this.#updatePermission(input as never, call);
      case 'DescribeWorkspaceImagePermissions':
        return this.#describePermissions(input as never);
      case 'DescribeWorkspaceImages':
        return this.#describeImages(input as never);
      case 'DeleteWorkspaceImage':
        return this.#deleteImage(input as never);
    }
  }

  #updatePermission(
    input: { ImageId: string; SharedAccountId: string; AllowCopyImage: boolean },
    call: Call,
  ): object {
    const { ImageId: imageId, SharedAccountId: accountId, AllowCopyImage: allow } = input;
    const image = this.#image(imageId);
    if (allow && accountId === this.#ownerAccount) {
      throw new ServiceError(
        'InvalidParameterValuesException',
        `The account ${accountId} owns the image ${imageId}, which cannot be shared with its owner.`,
      );
    }
    if (allow && this.#closedAccounts.has(accountId)) {
      throw new ServiceError('InvalidParameterValuesException', `The account ${accountId} is closed.`);
    }
    if (image.granted.has(accountId) === allow) {
      const error = allow ? this.grantingGranted : this.revokingMissing;
      if (error !== undefined) {
        throw new ServiceError(
          error,
          `The image ${imageId} is ${allow ? 'already' : 'not'} shared with ${accountId}.`,
        );
      }
      return {};
    }
    image.change(accountId, allow, this.#clock.now());
    this.onChange?.(call);
    return {};
  }

  #describePermissions(input: { ImageId: string; MaxResults?: number; NextToken?: string }): object {
    const { ImageId: imageId, MaxResults: max, NextToken: token } = input;
    const image = this.#image(imageId);
    const backwards = typeof this.readLag === 'function';
    const lag = typeof this.readLag === 'function' ? this.readLag() : this.readLag;
    const listed = image.listed(this.#clock.now() - lag, backwards);
    // By number, not by position: a change between two pages neither hides nor repeats an account.
    const after = lastIn(token, imageId);
    const rest = [...listed].filter(([, grant]) => grant > after);
    const page = rest.slice(0, max ?? PAGE);
    return {
      ImageId: imageId,
      ImagePermissions: page.map(([SharedAccountId]) => ({ SharedAccountId })),
      ...(page.length < rest.length && { NextToken: tokenFor(imageId, page[page.length - 1][1]) }),
    };
  }

  #describeImages(input: {
    ImageIds?: string[];
    ImageType?: 'OWNED' | 'SHARED';
    MaxResults?: number;
    NextToken?: string;
  }): object {
    const { ImageIds: ids, ImageType: type, MaxResults: max, NextToken: token } = input;
    // No other account shares images with this one.
    const listed = [...this.#images].filter(([id]) => type !== 'SHARED' && (ids?.includes(id) ?? true));
    const start = lastIn(token, 'images');
    const end = start + (max ?? PAGE);
    return {
      Images: listed.slice(start, end).map(([id, image]) => image.described(id, this.#ownerAccount)),
      ...(end < listed.length && { NextToken: tokenFor('images', end) }),
    };
  }

  #deleteImage({ ImageId: imageId }: { ImageId: string }): object {
    const image = this.#images.get(imageId);
    if (image === undefined) {
      // The service documents no other error for an image that does not exist.
      throw new ServiceError('AccessDeniedException', `The account does not own an image ${imageId}.`);
    }
    if (image.granted.size > 0) {
      throw new ServiceError(
        'InvalidResourceStateException',
        `The image ${imageId} is still shared. Unshare it before you delete it.`,
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
