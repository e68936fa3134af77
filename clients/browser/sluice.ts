/**
 * Threads of Sluice in a browser: send, resume, subscribe, stop. No dependencies; also runs in Node, Deno and Bun. Every
 * stream continues by itself when its connection breaks, from the last event that was seen: none is lost and none comes
 * twice.
 */

import {
  connect,
  eventsOf,
  insist,
  persist,
  SluiceError,
  until,
  type Persistence,
} from './connection.ts';
import { isEnd } from './fold.ts';
import type { Block, MessagePage, RunEvent, SeenEvent, ThreadEvent } from './types.ts';
import { watchThread, type Told } from './watch.ts';

export interface ClientOptions {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** An end user's child key, or what fetches one. */
  readonly key: string | (() => string | Promise<string>);
  readonly fetch?: typeof fetch;
  /** The first pause before a reconnect; it doubles to 10 s. */
  readonly backoffMs?: number;
  /** How many attempts in a row may bring nothing. */
  readonly triesMax?: number;
  /** A connection without a byte for so long is taken for dead. */
  readonly silenceMs?: number;
  /** null: no sockets, `subscribe` reads by HTTP alone. */
  readonly webSocket?: (new (url: string) => WebSocket) | null;
}

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Cursor of the last event that was seen. */
  readonly after?: string;
  /** Called when the run is known, before its first event. */
  readonly onRun?: (runId: string) => void;
}

export type SluiceClient = ReturnType<typeof sluiceClient>;

export const sluiceClient = (options: ClientOptions) => {
  const { backoffMs = 250, triesMax = 10, silenceMs = 45_000 } = options;
  const { webSocket = globalThis.WebSocket ?? null } = options;

  const request = async (
    path: string,
    { body, signal }: { readonly body?: object; readonly signal?: AbortSignal } = {},
  ): Promise<Response> => {
    const key = typeof options.key === 'string' ? options.key : await options.key();
    const response = await (options.fetch ?? fetch)(options.baseUrl + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...until(signal),
    });
    if (!response.ok) throw await refusal(response);
    return response;
  };

  const limitsOf = (signal: AbortSignal | undefined): Persistence => ({
    backoffMs,
    triesMax: () => triesMax,
    signal,
  });

  /** A run's events after a cursor to its end, over as many connections as it takes. */
  const stream = (
    begin: ((signal: AbortSignal) => Promise<Response>) | null,
    { signal, after, onRun }: StreamOptions,
    known = '',
  ): AsyncGenerator<SeenEvent> => {
    let runId = known;
    let cursor = after;
    let last: RunEvent | undefined;
    return persist(limitsOf(signal), async function* (heard) {
      const connection = connect(signal, silenceMs);
      try {
        const response = await (begin === null || runId !== ''
          ? request(`/v1/runs/${runId}/stream${query({ after: cursor })}`, connection)
          : begin(connection.signal));
        if (response.status === 204) return true;
        if (runId === '') {
          runId = response.headers.get('x-sluice-run-id') ?? '';
          onRun?.(runId);
        }
        for await (const { id, event } of eventsOf(response, connection.heard, runEvent)) {
          heard();
          cursor = id;
          last = event;
          yield { runId, cursor, event };
          if (isEnd(event)) return true;
        }
        // The run waits for somebody, and this reader has seen all that there is.
        return last?.type === 'run.requires_action';
      } finally {
        connection.close();
      }
    });
  };

  /** What happens to a thread from now on, over as many connections as it takes. */
  const eventsOfThread = (
    threadId: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ThreadEvent> => {
    let after: string | undefined;
    return persist(limitsOf(signal), async function* (heard) {
      const connection = connect(signal, silenceMs);
      try {
        const path = `/v1/threads/${threadId}/events${query({ after })}`;
        const response = await request(path, connection);
        for await (const { id, event } of eventsOf(response, connection.heard, threadEvent)) {
          heard();
          after = id;
          yield { ...event, id };
        }
        return false;
      } finally {
        connection.close();
      }
    });
  };

  /** A socket that opens with a ticket, which says where. */
  const openSocket =
    (socket: NonNullable<ClientOptions['webSocket']>, signal: AbortSignal | undefined) =>
    async (): Promise<WebSocket> => {
      const ticket = await request('/v1/realtime/tickets', { body: {}, ...until(signal) });
      return new socket((await json<{ readonly url: string }>(ticket)).url);
    };

  const messages = async (
    threadId: string,
    page: Readonly<Record<string, string | number | undefined>> = {},
    signal?: AbortSignal,
  ): Promise<MessagePage> =>
    await json(await request(`/v1/threads/${threadId}/messages${query(page)}`, until(signal)));

  /** A run from its first event, or after a cursor. */
  const read = (runId: string, wish: StreamOptions = {}): AsyncGenerator<SeenEvent> =>
    stream(null, wish, runId);

  return {
    messages,
    read,
    /** Posts a message and yields the answer. A connection that breaks never posts twice. */
    send: (threadId: string, body: object, wish: StreamOptions = {}): AsyncGenerator<SeenEvent> => {
      const once = { request_id: randomId(), ...body, stream: true };
      const path = `/v1/threads/${threadId}/messages`;
      return stream(async (signal) => await request(path, { body: once, signal }), wish);
    },
    /** The thread's running answer, after a reload; ends at once when nothing runs and nothing is left. */
    resume: (threadId: string, wish: StreamOptions = {}): AsyncGenerator<SeenEvent> =>
      stream(
        async (signal) =>
          await request(`/v1/threads/${threadId}/stream${query({ after: wish.after })}`, {
            signal,
          }),
        wish,
      ),
    /**
     * Everything after a seq, whoever asks for it, until the signal aborts: what is stored as rows, an answer that is
     * being made as events, and what happens to the thread. A reader that was away gets what it missed first.
     */
    subscribe: (
      threadId: string,
      afterSeq: number,
      { signal }: { readonly signal?: AbortSignal } = {},
    ): AsyncGenerator<Told> => {
      const limits = limitsOf(signal);
      return watchThread({
        threadId,
        afterSeq,
        limits,
        page: async (after_seq, limit) =>
          await insist(limits, async () => await messages(threadId, { after_seq, limit }, signal)),
        read: (runId, after) => read(runId, { ...at(after), ...until(signal) }),
        events: () => eventsOfThread(threadId, signal),
        open: webSocket === null ? null : openSocket(webSocket, signal),
      });
    },
    /** Stops a run from anywhere; what it said stays. */
    stop: async (runId: string): Promise<void> =>
      void (await request(`/v1/runs/${runId}/cancel`, { body: {} })),
    /** The result of a tool that runs here; then resume the run. */
    toolResult: async (
      threadId: string,
      toolUseId: string,
      body: { readonly content: string | readonly Block[]; readonly is_error?: boolean },
    ): Promise<void> =>
      void (await request(`/v1/threads/${threadId}/tool-results/${toolUseId}`, { body })),
  };
};

const refusal = async (response: Response): Promise<SluiceError> => {
  const text = await response.text();
  const retryAfterMs = 1_000 * (Number(response.headers.get('retry-after')) || 0);
  try {
    const { error } = JSON.parse(text);
    return new SluiceError(response.status, error.code, error.message, retryAfterMs);
  } catch {
    return new SluiceError(response.status, 'unknown', text, retryAfterMs);
  }
};

const runEvent = (data: string): RunEvent => JSON.parse(data);
const threadEvent = (data: string): ThreadEvent => JSON.parse(data);

const json = async <T>(response: Response): Promise<T> => await response.json();

const at = (after: string | undefined) => (after === undefined ? {} : { after });

const query = (fields: Readonly<Record<string, string | number | undefined>>): string => {
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
};

/** Also where `crypto.randomUUID` is not: on pages without TLS. */
const randomId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
