import {
  type $Command,
  type ServiceInputTypes,
  type ServiceOutputTypes,
  WorkSpacesClient,
  type WorkSpacesClientConfig,
  type WorkSpacesClientResolvedConfig,
} from '@aws-sdk/client-workspaces';
import { CALL_TIMEOUT, within } from '../event/waiting';
import { ServiceError } from './service-errors';

/** Callbacks for each attempt of a call, including the retries of the SDK. */
export interface Attempts {
  /** Called right before an attempt is sent, after the SDK has waited for its turn. An error prevents the attempt. */
  beforeEach(): Promise<void>;
  /** Called after an attempt that the service has carried out, or still may. */
  uncertain?(isAnswered: boolean): void;
}

/** A client for all invocations in an execution environment, which reuse its connections and its learned request rate. */
export function newClient(config: WorkSpacesClientConfig = {}): WorkSpacesClient {
  const client = new WorkSpacesClient({
    ...config,
    // Adapts the rate of requests to throttling.
    retryMode: 'adaptive',
    // Closes a connection whose response stalls.
    requestHandler: { connectionTimeout: CALL_TIMEOUT, socketTimeout: CALL_TIMEOUT },
  });
  // Each attempt is limited as a whole. The timeouts of the SDK end with the headers, or start again with each part of
  // the body.
  client.middlewareStack.add((next) => (args) => within(CALL_TIMEOUT, next(args)), {
    step: 'deserialize',
    priority: 'high',
    name: 'attemptTimeout',
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      await refuseForeign(result.response as RawResponse);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'foreignResponse' },
  );
  return client;
}

/** A response as it arrives. */
interface RawResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: AsyncIterable<Uint8Array> | Uint8Array;
}

/** The SDK takes each response for JSON, and reports the page of a proxy as a syntax error. */
async function refuseForeign(response: RawResponse): Promise<void> {
  const { statusCode, headers, body } = response;
  const type = headers['content-type'] ?? 'json';
  if (type.includes('json')) {
    return;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
  }
  response.body = Buffer.concat(chunks);
  const text = response.body.toString();
  try {
    // Emulators can send JSON with another type.
    JSON.parse(text || '{}');
  } catch {
    const words = text.replace(/\s+/g, ' ').trim().slice(0, 100);
    throw Object.assign(new Error(`${type}: ${words}`), { $metadata: { httpStatusCode: statusCode } });
  }
}

/**
 * Calls an operation.
 *
 * @throws ServiceError, and what `beforeEach` throws
 */
export async function call<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
  client: WorkSpacesClient,
  command: $Command<Input, Output, WorkSpacesClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>,
  attempts?: Attempts,
): Promise<Output> {
  let prevented: unknown;
  if (attempts) {
    command.middlewareStack.add(
      (next) => async (args) => {
        await attempts.beforeEach().catch((error) => {
          prevented = error;
          throw error;
        });
        return next(args).catch((error) => {
          const { isRefusal, status } = new ServiceError(error);
          if (!isRefusal) {
            attempts.uncertain?.(status !== undefined);
          }
          throw error;
        });
      },
      { step: 'finalizeRequest', priority: 'low', name: 'attempts' },
    );
  }
  return client.send(command).catch((error) => {
    throw prevented ?? new ServiceError(error);
  });
}
