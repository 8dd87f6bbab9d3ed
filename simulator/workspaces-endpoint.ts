import type { IncomingMessage, ServerResponse } from 'node:http';
import { imageIdProblems } from '../lib/workspaces/validation';
import { type Clock, realClock } from './clock';
import { parseObject } from './cloudformation/protocol';
import { DEFAULT_ACCOUNT } from './default-account';
import { clientGone, LoopbackServer, respond, respondPartly } from './loopback-server';
import type { Behavior } from './workspaces/behavior';
import type { Bundle, BundleIdentity, BundleState } from './workspaces/bundle';
import { Bundles } from './workspaces/bundles';
import type { Call, Fault } from './workspaces/call';
import { callerOf, DEFAULT_REGION } from './workspaces/caller';
import type { Image, ImageError, ImageIdentity, ImageState, OperatingSystem } from './workspaces/image';
import { Images } from './workspaces/images';
import { Operations } from './workspaces/operations';
import { details, headersFor, type Input, protocolError } from './workspaces/protocol';
import { ServiceError } from './workspaces/service-error';

export type { BundleState } from './workspaces/bundle';
export type { Call, Fault } from './workspaces/call';
export type { ImageError, ImageState } from './workspaces/image';

export interface ImageOptions {
  readonly imageId: string;
  /** The account that owns the image. @default - the endpoint's owner account */
  readonly account?: string;
  /** @default - the image exists in every Region */
  readonly region?: string;
  /** @default - the image ID */
  readonly name?: string;
  /** Milliseconds that the image stays PENDING. @default 0 */
  readonly pendingFor?: number;
  /** The error with which the image ends in the state ERROR. @default - the image is AVAILABLE */
  readonly error?: ImageError;
  readonly sharedWith?: readonly string[];
  /** @default WINDOWS */
  readonly operatingSystem?: OperatingSystem;
  /** The root volume of the image in GiB, which is the minimum of a bundle. @default 80 */
  readonly rootVolume?: number;
  /** The minimum of a bundle's user volume in GiB. @default 10 */
  readonly userVolume?: number;
}

export interface BundleOptions {
  readonly imageId: string;
  /** @default - a generated ID */
  readonly bundleId?: string;
  /** The account that owns the bundle. @default - that of the image */
  readonly account?: string;
  /** @default - that of the image, or us-east-1 if the image exists in every Region */
  readonly region?: string;
  /** @default - the bundle ID */
  readonly name?: string;
  /** @default STANDARD */
  readonly computeType?: string;
  /** In GiB. @default - the minimum of the image */
  readonly userVolume?: number;
  /** In GiB. @default - the minimum of the image */
  readonly rootVolume?: number;
}

/** An image as it is now, regardless of the read lag. */
export interface ExistingImage {
  readonly imageId: string;
  readonly name: string;
  readonly state: ImageState;
  readonly description?: string;
  readonly tags?: ImageIdentity['tags'];
  /** The image that this one is a copy of. */
  readonly sourceImageId?: string;
}

export interface LocatedImage extends ExistingImage {
  readonly account: string;
  /** Undefined if the image exists in every Region. */
  readonly region?: string;
}

/** A bundle as it is now, regardless of the read lag. */
export interface ExistingBundle
  extends Omit<BundleIdentity, 'account' | 'region' | 'operatingSystem' | 'createdAt'> {
  readonly imageId: string;
  readonly state: BundleState;
}

export interface LocatedBundle extends ExistingBundle {
  readonly account: string;
  readonly region: string;
}

export interface WorkspacesEndpointOptions extends Behavior {
  readonly images?: readonly ImageOptions[];
  /** The account of images and of callers whose access key does not contain one. @default - 123456789012 */
  readonly ownerAccount?: string;
  /** @default - a free port */
  readonly port?: number;
  readonly clock?: Clock;
  /** Milliseconds that a call takes. @default 0 */
  readonly latency?: number;
  /** A token bucket. Calls that exceed it fail with ThrottlingException. @default - no limit */
  readonly rate?: { readonly perSecond: number; readonly burst: number };
  /** Called before each call that is neither throttled nor malformed. */
  readonly onCall?: (call: Call) => Fault | undefined | Promise<Fault | undefined>;
  /** Called after a call has changed a permission. */
  readonly onChange?: (call: Call) => void;
  /** Called when the response is sent or the connection is closed. */
  readonly onResponse?: (call: Call) => void;
}

/**
 * Amazon WorkSpaces on loopback, reduced to sharing and copying images and to bundles, for all accounts and Regions: AWS JSON 1.1 over
 * HTTP. A request must be signed, but the signature is not verified: its access key contains the caller's account, and
 * its scope the Region.
 */
export class WorkspacesEndpoint extends LoopbackServer {
  static async start(options: WorkspacesEndpointOptions = {}): Promise<WorkspacesEndpoint> {
    const endpoint = new WorkspacesEndpoint(options);
    await endpoint.listen(options.port);
    return endpoint;
  }

  /** The calls in the order of their arrival. */
  readonly calls: Call[] = [];
  latency?: number;
  rate: WorkspacesEndpointOptions['rate'];
  readLag: Behavior['readLag'];
  grantingGranted: Behavior['grantingGranted'];
  revokingMissing: Behavior['revokingMissing'];
  copyTime: Behavior['copyTime'];
  copyingState: Behavior['copyingState'];
  copyError: Behavior['copyError'];
  imageQuota: Behavior['imageQuota'];
  sharedOnRequestOnly: Behavior['sharedOnRequestOnly'];
  unknownImage: Behavior['unknownImage'];
  bundleTime: Behavior['bundleTime'];
  bundleUpdateTime: Behavior['bundleUpdateTime'];
  updatingState: Behavior['updatingState'];
  bundleError: Behavior['bundleError'];
  bundleDeletionTime: Behavior['bundleDeletionTime'];
  queuesBundleDeletion: Behavior['queuesBundleDeletion'];
  bundleQuota: Behavior['bundleQuota'];
  unknownBundle: Behavior['unknownBundle'];
  shownVolume: Behavior['shownVolume'];
  onCall: WorkspacesEndpointOptions['onCall'];
  onChange: WorkspacesEndpointOptions['onChange'];
  onResponse: WorkspacesEndpointOptions['onResponse'];

  readonly #clock: Clock;
  readonly #images = new Images();
  readonly #bundles = new Bundles();
  readonly #operations: Operations;
  readonly #ownerAccount: string;
  #bucket?: { readonly rate: WorkspacesEndpointOptions['rate']; tokens: number; at: number };

  private constructor({ clock, ownerAccount, images, port: _, ...behavior }: WorkspacesEndpointOptions) {
    super();
    Object.assign(this, behavior);
    this.#clock = clock ?? realClock;
    this.#ownerAccount = ownerAccount ?? DEFAULT_ACCOUNT;
    this.#operations = new Operations(this.#images, this.#bundles, this, this.#clock, (call) =>
      this.onChange?.(call),
    );
    for (const image of images ?? []) {
      this.addImage(image);
    }
  }

  /** Adds an image, or replaces the one with the same ID. Reads show it and its permissions without a lag. */
  addImage(options: ImageOptions): void {
    const { imageId, account = this.#ownerAccount, region, name = imageId, sharedWith = [] } = options;
    const { operatingSystem = 'WINDOWS', rootVolume = 80, userVolume = 10 } = options;
    const minimum = { rootVolume, userVolume };
    const [problem] = imageIdProblems(imageId);
    if (problem !== undefined) {
      throw new Error(problem);
    }
    const now = this.#clock.now();
    const identity = { imageId, account, region, name, operatingSystem, minimum, createdAt: now };
    const image = this.#images.add(identity);
    if (options.pendingFor !== undefined || options.error !== undefined) {
      image.settle(now + (options.pendingFor ?? 0), options.error);
    }
    for (const accountId of sharedWith) {
      image.changePermission(accountId, true, Number.NEGATIVE_INFINITY);
    }
  }

  /** Deletes an image without a call, also one that the service would not delete. */
  removeImage(imageId: string): void {
    this.#images.find(imageId)?.delete(this.#clock.now());
  }

  /** Deletes an image as its owner, which fails while the image is shared. */
  deleteImage(imageId: string): void {
    const { account, region = '' } = this.#images.get(imageId).identity;
    this.#operations.deleteImage({ ImageId: imageId }, { account, region });
  }

  hasImage(imageId: string): boolean {
    return this.#images.find(imageId) !== undefined;
  }

  /** The images that an account owns in a Region, in the order of their creation. */
  imagesOf(account: string, region: string): ExistingImage[] {
    return this.#images.of(account, region).map((image) => this.#existing(image));
  }

  /** The images of all accounts and Regions, in the order of their creation. */
  allImages(): LocatedImage[] {
    return this.#images.all().map((image) => {
      const { account, region } = image.identity;
      return { account, region, ...this.#existing(image) };
    });
  }

  /** Puts an image in the state ERROR for good. */
  failImage(imageId: string, error: ImageError): void {
    this.#images.get(imageId).fail(this.#clock.now(), error);
  }

  /** The accounts that an image is shared with, regardless of the read lag. None if the image does not exist. */
  accounts(imageId: string): string[] {
    return [...(this.#images.find(imageId)?.granted ?? [])].sort();
  }

  /** Drops the permissions of an account on all images, and refuses to grant new ones. */
  closeAccount(accountId: string): void {
    this.#images.closeAccount(accountId, this.#clock.now());
  }

  /** Shares an image without a call, as another user could. */
  share(imageId: string, accountId: string): void {
    this.#images.get(imageId).changePermission(accountId, true, this.#clock.now());
  }

  /** Unshares an image without a call. */
  unshare(imageId: string, accountId: string): void {
    this.#images.get(imageId).changePermission(accountId, false, this.#clock.now());
  }

  /**
   * Adds a bundle, or replaces the one with the same ID. Reads show it without a lag.
   *
   * @returns the bundle ID
   */
  addBundle({ imageId, ...options }: BundleOptions): string {
    const { account, region = DEFAULT_REGION, minimum, operatingSystem } = this.#images.get(imageId).identity;
    const bundleId = options.bundleId ?? this.#bundles.nextId();
    const now = this.#clock.now();
    const defaults = { account, region, name: bundleId, computeType: 'STANDARD', ...minimum };
    const identity = { ...defaults, ...options, bundleId, operatingSystem, createdAt: now };
    this.#bundles.add(identity, Number.NEGATIVE_INFINITY).change(now, imageId, 'AVAILABLE');
    return bundleId;
  }

  /** Deletes a bundle without a call, also one that the service would not delete. */
  removeBundle(bundleId: string): void {
    const now = this.#clock.now();
    this.#bundles.get(bundleId, now).delete(now);
  }

  /** The bundles that an account owns in a Region, in the order of their creation. */
  bundlesOf(account: string, region: string): ExistingBundle[] {
    const now = this.#clock.now();
    const own = this.#bundles.all(now).filter((bundle) => bundle.isIn(account, region));
    return own.map((bundle) => this.#existingBundle(bundle));
  }

  /** The bundles of all accounts and Regions, in the order of their creation. */
  allBundles(): LocatedBundle[] {
    return this.#bundles.all(this.#clock.now()).map((bundle) => {
      const { account, region } = bundle.identity;
      return { account, region, ...this.#existingBundle(bundle) };
    });
  }

  /** Sets the number of WorkSpaces that use a bundle. */
  setWorkspaces(bundleId: string, count: number): void {
    const now = this.#clock.now();
    this.#bundles.get(bundleId, now).setWorkspaces(count, now);
  }

  /** Changes the image of a bundle without a call, as another user could. */
  setBundleImage(bundleId: string, imageId: string): void {
    const now = this.#clock.now();
    this.#bundles.get(bundleId, now).change(now, imageId, 'AVAILABLE');
  }

  #existingBundle(bundle: Bundle): ExistingBundle {
    const { bundleId, name, description, computeType, userVolume, rootVolume, tags } = bundle.identity;
    const { imageId, state } = bundle.at(this.#clock.now());
    return { bundleId, name, imageId, state, computeType, userVolume, rootVolume, description, tags };
  }

  #existing(image: Image): ExistingImage {
    const { imageId, name, description, tags, sourceImageId } = image.identity;
    return {
      imageId,
      name,
      state: image.stateAt(this.#clock.now()),
      ...(description !== undefined && { description }),
      ...(tags !== undefined && { tags }),
      ...(sourceImageId !== undefined && { sourceImageId }),
    };
  }

  protected async serve(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target'] ?? '').replace(/^WorkspacesService\./, '');
    const input = parseObject(body);
    const malformed = protocolError(request, operation, input);
    const throttled = malformed === undefined && !this.#takeToken();
    const text = (member: string) => {
      const value = input?.[member];
      return typeof value === 'string' ? value : undefined;
    };
    const call: Call = {
      operation,
      ...callerOf(request.headers, this.#ownerAccount),
      imageId: text('ImageId'),
      bundleId: text('BundleId'),
      name: text('Name') ?? text('BundleName'),
      sourceImageId: text('SourceImageId'),
      accountId: text('SharedAccountId'),
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
      this.#respond(response, status, { __type: name, message, ...details(name, call) }, name);
    }
    this.onResponse?.(call);
  }

  #respond(response: ServerResponse, status: number, output: object, error?: string): void {
    respond(response, this.#clock, status, JSON.stringify(output), headersFor(error));
  }

  async #process(call: Call, input: Input, response: ServerResponse): Promise<void> {
    const fault = call.throttled ? undefined : await this.onCall?.(call);
    const wait = (this.latency ?? 0) + (fault?.kind === 'delay' ? fault.ms : 0);
    if (wait > 0) {
      await this.#clock.sleep(wait);
    }
    if (call.throttled) {
      throw new ServiceError('ThrottlingException', 'Rate exceeded');
    }
    if (fault === undefined || fault.kind === 'delay') {
      const output = this.#operations.execute(call, input);
      call.status = 200;
      this.#respond(response, 200, output);
      return;
    }
    let output = {};
    if (fault.after) {
      try {
        output = this.#operations.execute(call, input);
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
