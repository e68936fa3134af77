import { proxyEvent } from '../../local/http/proxy-event.ts';

/** One call as API Gateway hands it to a function. */
export interface Call {
  readonly method: string;
  readonly resource: string;
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** What another service than API Gateway hands to a function. */
export interface RawEvent {
  readonly event: object;
}

export const eventOf = (call: Call, secret: string, isStreamed: boolean): object =>
  proxyEvent({
    method: call.method,
    url: new URL(`http://127.0.0.1${call.path}`),
    route: { method: call.method, resource: call.resource, functionId: '', isStreamed },
    params: call.params ?? {},
    headers: [
      ['authorization', `Bearer ${secret}`],
      ['content-type', 'application/json'],
    ],
    body: {
      body: call.body === undefined ? null : JSON.stringify(call.body),
      isBase64Encoded: false,
    },
    requestId: 'bench',
    nowMs: Date.now(),
  });

export const repeat = <T>(count: number, of: T): readonly T[] =>
  Array.from({ length: count }, () => of);

export const route = (method: string, resource: string, body?: object): Call => ({
  method,
  resource,
  path: resource,
  ...(body === undefined ? {} : { body }),
});

/** A chat completion; the upstream answers it at once. */
export const chatBody = (isStream: boolean): object => ({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'Say twenty words about nothing in particular.' }],
  max_tokens: 100,
  ...(isStream ? { stream: true } : {}),
});

/** The body of a turn whose answer has so many tokens, one every so many milliseconds. */
export const turnBody = (tokens: number, everyMs: number, how = ''): object => ({
  model: 'gpt-4o-mini',
  max_tokens: 4_000,
  stream: true,
  content: `tokens=${tokens} every=${everyMs}${how}`,
});

export const turnCall = (thread: string, tokens: number, everyMs: number, how = ''): Call => ({
  method: 'POST',
  resource: '/v1/threads/{thread_id}/messages',
  path: `/v1/threads/${thread}/messages`,
  params: { thread_id: thread },
  body: turnBody(tokens, everyMs, how),
});
