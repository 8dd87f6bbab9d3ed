import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isAccountId, isImageId } from '../../lib/workspaces/validation';
import type { Call } from './call';

/** The maximum and default size of a page. */
export const PAGE = 25;

export type Input = Readonly<Record<string, unknown>>;

/** The type of a request's member, the values that are allowed, and the error message for others. */
interface Member {
  readonly type: 'string' | 'boolean' | 'integer' | 'list';
  readonly required?: true;
  readonly allowed?: (value: never) => boolean;
  readonly rule?: string;
}

const IMAGE_ID: Member = {
  type: 'string',
  required: true,
  allowed: isImageId,
  rule: 'must match wsi-[0-9a-z]{9,63}',
};

const PAGINATION = {
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
export const REQUESTS = {
  CopyWorkspaceImage: {
    Name: {
      type: 'string',
      required: true,
      allowed: (name: string) => /^[a-zA-Z0-9_./()\\-]{1,64}$/.test(name),
      rule: 'must have 1 to 64 letters, digits and _./()\\-',
    },
    Description: {
      type: 'string',
      allowed: (description: string) => /^[a-zA-Z0-9_./() -]{1,256}$/.test(description),
      rule: 'must have 1 to 256 letters, digits, spaces and _./()-',
    },
    SourceImageId: IMAGE_ID,
    SourceRegion: {
      type: 'string',
      required: true,
      allowed: (region: string) => /^[-0-9a-z]{1,31}$/.test(region),
      rule: 'must have 1 to 31 lowercase letters, digits and hyphens',
    },
    Tags: {
      type: 'list',
      allowed: (tags: unknown[]) => tags.every(isTag),
      rule: 'must have keys of 1 to 127 characters and values of up to 255',
    },
  },
  UpdateWorkspaceImagePermission: {
    ImageId: IMAGE_ID,
    AllowCopyImage: { type: 'boolean', required: true },
    SharedAccountId: {
      type: 'string',
      required: true,
      allowed: isAccountId,
      rule: 'must have exactly 12 digits',
    },
  },
  DescribeWorkspaceImagePermissions: {
    ImageId: IMAGE_ID,
    ...PAGINATION,
  },
  DescribeWorkspaceImages: {
    ImageIds: {
      type: 'list',
      allowed: (ids: unknown[]) => ids.length >= 1 && ids.length <= PAGE && ids.every(isImageId),
      rule: `must be 1 to ${PAGE} image IDs, which match wsi-[0-9a-z]{9,63}`,
    },
    ImageType: {
      type: 'string',
      allowed: (type: string) => type === 'OWNED' || type === 'SHARED',
      rule: 'must be OWNED or SHARED',
    },
    ...PAGINATION,
  },
  DeleteWorkspaceImage: { ImageId: IMAGE_ID },
} satisfies Record<string, Record<string, Member>>;

function isTag(tag: unknown): boolean {
  const { Key, Value = '' } = (tag ?? {}) as Record<string, unknown>;
  const isText = (text: unknown, pattern: RegExp) => typeof text === 'string' && pattern.test(text);
  return isText(Key, /^.{1,127}$/s) && isText(Value, /^.{0,255}$/s);
}

export type Operation = keyof typeof REQUESTS;

/** An error response of the service. */
export class ServiceError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

export function headersFor(error?: string): Record<string, string> {
  return {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-RequestId': randomUUID(),
    ...(error !== undefined && { 'x-amzn-ErrorType': error }),
  };
}

/** Returns an error if a request does not follow the protocol. */
export function protocolError(
  { method, url, headers }: IncomingMessage,
  operation: string,
  input: Input | undefined,
): ServiceError | undefined {
  const unknown = (message: string, status?: number) =>
    new ServiceError('UnknownOperationException', message, status);
  if (method !== 'POST' || url !== '/') {
    return unknown('Requests must be sent with POST to /.', 404);
  }
  if (!headers.authorization) {
    return new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  if (!/^application\/x-amz-json-1\.1\b/.test(headers['content-type'] ?? '')) {
    return unknown('The content type must be application/x-amz-json-1.1.');
  }
  if (!Object.hasOwn(REQUESTS, operation) || headers['x-amz-target'] !== `WorkspacesService.${operation}`) {
    const targets = Object.keys(REQUESTS).map((name) => `WorkspacesService.${name}`);
    return unknown(`The endpoint supports the targets ${targets.join(', ')}.`);
  }
  return input === undefined
    ? new ServiceError('SerializationException', 'The body is not a JSON object.')
    : undefined;
}

export function validate(members: Readonly<Record<string, Member>>, input: Input): void {
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
export function details(error: string, { imageId, sourceImageId }: Call): object {
  switch (error) {
    case 'ResourceNotFoundException':
    case 'ResourceUnavailableException':
      return { ResourceId: sourceImageId ?? imageId };
    case 'OperationNotSupportedException':
      return { reason: 'The image cannot be shared.' };
    default:
      return {};
  }
}

function hasType(value: unknown, type: Member['type']): boolean {
  return type === 'integer'
    ? Number.isInteger(value)
    : type === 'list'
      ? Array.isArray(value)
      : typeof value === type;
}

/** A token names what is listed, and the number of the last entry of the page. */
export function tokenFor(listed: string, last: number): string {
  return Buffer.from(`${listed}/${last}`).toString('base64url');
}

/** The number of the last entry of the previous page. */
export function lastIn(token: string | null | undefined, listed: string): number {
  if (token == null) {
    return 0;
  }
  const last = Number(Buffer.from(token, 'base64url').toString().split('/')[1]);
  if (token !== tokenFor(listed, last)) {
    throw new ServiceError('ValidationException', 'NextToken is invalid.');
  }
  return last;
}
