import type { IncomingHttpHeaders } from 'node:http';

/** A request to the endpoint. */
export interface Call {
  readonly operation: string;
  /** The account and the Region of the caller. */
  readonly account: string;
  readonly region: string;
  /** The image of the call. For a copy, the ID that it was given. */
  imageId?: string;
  /** The bundle of the call. For a new bundle, the ID that it was given. */
  bundleId?: string;
  /** The name of a copy or a bundle. */
  readonly name?: string;
  /** The image that is copied. */
  readonly sourceImageId?: string;
  /** The account that the image is shared with. */
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
