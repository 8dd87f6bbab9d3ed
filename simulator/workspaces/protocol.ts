import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { computeTypeProblems, isAccountId, isBundleId, isImageId } from '../../lib/workspaces/validation';
import type { Call } from './call';
import { PAGE } from './pages';
import { ServiceError } from './service-error';

export type Input = Readonly<Record<string, unknown>>;

/** The type of a request's member, the values that are allowed, and the error message for others. */
interface Member {
  readonly type: 'string' | 'boolean' | 'integer' | 'list' | 'object';
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

const BUNDLE_ID: Member = {
  type: 'string',
  required: true,
  allowed: isBundleId,
  rule: 'must match wsb-[0-9a-z]{8,63}',
};

const NAME: Member = {
  type: 'string',
  required: true,
  allowed: (name: string) => /^[a-zA-Z0-9_./()\\-]{1,64}$/.test(name),
  rule: 'must have 1 to 64 letters, digits and _./()\\-',
};

const TAGS: Member = {
  type: 'list',
  allowed: (tags: unknown[]) => tags.every(isTag),
  rule: 'must have keys of 1 to 127 characters and values of up to 255',
};

const STORAGE: Member = {
  type: 'object',
  allowed: ({ Capacity }: { Capacity?: unknown }) => typeof Capacity === 'string' && /^\d+$/.test(Capacity),
  rule: 'must have a Capacity that is a string of digits',
};

const NEXT_TOKEN: Member = {
  type: 'string',
  allowed: (value: string) => value.length >= 1 && value.length <= 2048,
  rule: 'must have 1 to 2048 characters',
};

const PAGINATION = {
  MaxResults: {
    type: 'integer',
    allowed: (value: number) => value >= 1 && value <= PAGE,
    rule: `must be between 1 and ${PAGE}`,
  },
  NextToken: NEXT_TOKEN,
} satisfies Record<string, Member>;

/** @see https://docs.aws.amazon.com/workspaces/latest/api/API_Operations.html */
export const REQUESTS = {
  CopyWorkspaceImage: {
    Name: NAME,
    Description: description(256),
    SourceImageId: IMAGE_ID,
    SourceRegion: {
      type: 'string',
      required: true,
      allowed: (region: string) => /^[-0-9a-z]{1,31}$/.test(region),
      rule: 'must have 1 to 31 lowercase letters, digits and hyphens',
    },
    Tags: TAGS,
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
    ImageIds: idList(isImageId, 'image IDs, which match wsi-[0-9a-z]{9,63}'),
    ImageType: {
      type: 'string',
      allowed: (type: string) => type === 'OWNED' || type === 'SHARED',
      rule: 'must be OWNED or SHARED',
    },
    ...PAGINATION,
  },
  DeleteWorkspaceImage: { ImageId: IMAGE_ID },
  CreateWorkspaceBundle: {
    BundleName: NAME,
    BundleDescription: { ...description(255), required: true },
    ImageId: IMAGE_ID,
    ComputeType: {
      type: 'object',
      required: true,
      allowed: ({ Name }: { Name?: unknown }) => computeTypeProblems(Name).length === 0,
      rule: 'must have a Name such as STANDARD',
    },
    UserStorage: { ...STORAGE, required: true },
    RootStorage: STORAGE,
    Tags: TAGS,
  },
  // The service's model does not require these IDs, but nothing can be done without them.
  UpdateWorkspaceBundle: { BundleId: BUNDLE_ID, ImageId: IMAGE_ID },
  DescribeWorkspaceBundles: {
    BundleIds: idList(isBundleId, 'bundle IDs, which match wsb-[0-9a-z]{8,63}'),
    Owner: {
      type: 'string',
      allowed: (owner: string) => owner === 'AMAZON' || isAccountId(owner),
      rule: 'must be AMAZON or an account ID',
    },
    NextToken: NEXT_TOKEN,
  },
  DeleteWorkspaceBundle: { BundleId: BUNDLE_ID },
} satisfies Record<string, Record<string, Member>>;

function description(length: number): Member {
  const pattern = new RegExp(`^[a-zA-Z0-9_./() -]{1,${length}}$`);
  return {
    type: 'string',
    allowed: (value: string) => pattern.test(value),
    rule: `must have 1 to ${length} letters, digits, spaces and _./()-`,
  };
}

function idList(isId: (id: unknown) => boolean, what: string): Member {
  return {
    type: 'list',
    allowed: (ids: unknown[]) => ids.length >= 1 && ids.length <= PAGE && ids.every(isId),
    rule: `must be 1 to ${PAGE} ${what}`,
  };
}

function isTag(tag: unknown): boolean {
  const { Key, Value = '' } = (tag ?? {}) as Record<string, unknown>;
  const isText = (text: unknown, pattern: RegExp) => typeof text === 'string' && pattern.test(text);
  return isText(Key, /^.{1,127}$/s) && isText(Value, /^.{0,255}$/s);
}

export type Operation = keyof typeof REQUESTS;

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
export function details(error: string, { bundleId, imageId, sourceImageId }: Call): object {
  switch (error) {
    case 'ResourceNotFoundException':
    case 'ResourceUnavailableException':
      return { ResourceId: sourceImageId ?? bundleId ?? imageId };
    case 'OperationNotSupportedException':
      return { reason: 'The image does not support it.' };
    default:
      return {};
  }
}

function hasType(value: unknown, type: Member['type']): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'list':
      return Array.isArray(value);
    default:
      return typeof value === type && !Array.isArray(value);
  }
}
