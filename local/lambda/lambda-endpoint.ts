import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { AsyncInvoker } from './async-invoker.ts';
import { EVENT_BYTES_MAX, type FunctionHost } from './function-host.ts';
import { jsonError, startEndpoint, type Answer, type Endpoint } from '../http/http-endpoint.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/API_Invoke.html: 6 MB when the caller waits, 1 MB when it does not. */
const ASYNC_EVENT_BYTES_MAX = 1_048_576;

export interface LambdaDeps {
  readonly functions: ReadonlyMap<string, Pick<FunctionHost, 'invoke'>>;
  readonly queue: Pick<AsyncInvoker, 'enqueue'>;
  /** Names that the template gives, to ids. */
  readonly names?: ReadonlyMap<string, string>;
}

/** `Invoke` of Lambda on its own wire, waiting or not. Everything else is refused. */
export const startLambdaEndpoint = async (deps: LambdaDeps): Promise<Endpoint> =>
  await startEndpoint(async (request) => await answerTo(deps, request));

const PATH = /^\/2015-03-31\/functions\/([^/?]+)\/invocations$/;

const answerTo = async (deps: LambdaDeps, request: IncomingMessage): Promise<Answer> => {
  const named = PATH.exec(request.url ?? '')?.[1];
  const refused = named === undefined ? `${request.method} ${request.url}` : refusedHeader(request);
  if (named === undefined || refused !== null) {
    console.error(`lambda: not implemented: ${refused}`);
    return jsonError(501, 'NotImplemented', `The local runtime does not implement ${refused}.`);
  }
  const name = functionIdOf(decodeURIComponent(named));
  const functionId = deps.names?.get(name) ?? name;
  const host = deps.functions.get(functionId);
  const body = await buffer(request);
  if (host === undefined)
    return jsonError(404, 'ResourceNotFoundException', `Function not found: ${functionId}`);
  const isAsync = request.headers['x-amz-invocation-type'] === 'Event';
  const bytesMax = isAsync ? ASYNC_EVENT_BYTES_MAX : EVENT_BYTES_MAX;
  if (body.length > bytesMax)
    return jsonError(413, 'RequestTooLargeException', `${body.length} bytes pass ${bytesMax}.`);
  const event = parsed(body);
  if (event === NO_JSON)
    return jsonError(400, 'InvalidRequestContentException', 'Could not parse request body.');
  if (!isAsync) return await invoked(host, event);
  await deps.queue.enqueue(functionId, event);
  return { status: 202 };
};

const refusedHeader = (request: IncomingMessage): string | null => {
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type !== 'Event' && type !== 'RequestResponse') return `the invocation type ${String(type)}`;
  if ((request.headers['x-amz-log-type'] ?? 'None') !== 'None') return 'the log tail';
  return request.headers['x-amz-client-context'] === undefined ? null : 'the client context';
};

/** From a name, an ARN or a partial ARN; of the qualifiers there is only `$LATEST`. */
const functionIdOf = (name: string): string =>
  name
    .replace(/:\$LATEST$/, '')
    .split(':')
    .at(-1) ?? '';

const NO_JSON = Symbol('no JSON');

const parsed = (body: Buffer): unknown => {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch {
    return NO_JSON;
  }
};

/** A failure of the function is an answer with a header, as on Lambda. */
const invoked = async (host: Pick<FunctionHost, 'invoke'>, event: unknown): Promise<Answer> => {
  const headers = { 'content-type': 'application/json', 'x-amz-executed-version': '$LATEST' };
  try {
    const result: unknown = await host.invoke(event);
    return { status: 200, headers, body: JSON.stringify(result) ?? 'null' };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return {
      status: 200,
      headers: { ...headers, 'x-amz-function-error': 'Unhandled' },
      body: JSON.stringify({ errorType: name, errorMessage: message, trace: [] }),
    };
  }
};
