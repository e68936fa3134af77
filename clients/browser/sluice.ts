/**
 * Threads of Sluice in a browser: send, resume, subscribe, follow, stop. No dependencies; also runs in Node, Deno and
 * Bun. Every stream goes on by itself when its connection breaks, from the last event that was seen: none is lost and
 * none comes twice.
 */

import type { Block, Message, MessagePage, RunEnded, RunEvent, SeenEvent } from './types.ts';

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
}

export interface StreamOptions {
  readonly signal?: AbortSignal;
  /** Cursor of the last event that was seen. */
  readonly after?: string;
  /** Called when the run is known, before its first event. */
  readonly onRun?: (runId: string) => void;
}

/** A refusal, or a connection that could not be made again: then `status` is 0. */
export class SluiceError extends Error {
  override readonly name = 'SluiceError';
  readonly status: number;
  readonly code: string;
  /** 0: the server did not say. */
  readonly retryAfterMs: number;

  constructor(status: number, code: string, message: string, retryAfterMs = 0) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

const BACKOFF_MAX_MS = 10_000;
/** A connection that held for so long was a good one, even if it said nothing. */
const GOOD_MS = 5_000;

/** The run is over. */
export const isEnd = (event: RunEvent): event is RunEnded =>
  /^run\.(completed|incomplete|interrupted|cancelled|failed)$/.test(event.type);

export type SluiceClient = ReturnType<typeof sluiceClient>;

export const sluiceClient = (options: ClientOptions) => {
  const { backoffMs = 250, triesMax = 10, silenceMs = 45_000 } = options;

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

  /** A run's events after a cursor to its end, over as many connections as it takes. */
  async function* stream(
    begin: ((signal: AbortSignal) => Promise<Response>) | null,
    { signal, after, onRun }: StreamOptions,
    known = '',
  ): AsyncGenerator<SeenEvent> {
    let runId = known;
    let cursor = after;
    let last: RunEvent | undefined;
    for (let tries = 0; ; tries++) {
      const openedMs = Date.now();
      const connection = connect(signal, silenceMs);
      let failure: unknown;
      try {
        const response = await (begin === null || runId !== ''
          ? request(`/v1/runs/${runId}/stream${query({ after: cursor })}`, connection)
          : begin(connection.signal));
        if (response.status === 204) return;
        if (runId === '') {
          runId = response.headers.get('x-sluice-run-id') ?? '';
          onRun?.(runId);
        }
        for await (const { id, event } of eventsOf(response, connection.heard)) {
          tries = 0;
          cursor = id;
          last = event;
          yield { runId, cursor, event };
          if (isEnd(event)) return;
        }
        // The run waits for somebody, and this reader has seen all that there is.
        if (last?.type === 'run.requires_action') return;
      } catch (error) {
        if (error instanceof SluiceError && !isPassing(error.status)) throw error;
        failure = error;
      } finally {
        connection.close();
      }
      signal?.throwIfAborted();
      if (Date.now() - openedMs > GOOD_MS) tries = 0;
      if (tries >= triesMax) throw failure ?? new SluiceError(0, 'connection_lost', 'no answer');
      const backoff = Math.min(BACKOFF_MAX_MS, backoffMs * 2 ** tries) * (0.5 + Math.random() / 2);
      await pause(Math.max(backoff, retryAfterMs(failure)), signal);
    }
  }

  const messages = async (
    threadId: string,
    page: Readonly<Record<string, string | number | undefined>> = {},
    signal?: AbortSignal,
  ): Promise<MessagePage> =>
    await json(await request(`/v1/threads/${threadId}/messages${query(page)}`, until(signal)));

  /** A run from its first event, or after a cursor. */
  const subscribe = (runId: string, wish: StreamOptions = {}): AsyncGenerator<SeenEvent> =>
    stream(null, wish, runId);

  /** A run to its very end, also over the times when it waits for somebody. */
  async function* whole(
    runId: string,
    pollMs: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<SeenEvent> {
    let after: string | undefined;
    for (;;) {
      for await (const seen of subscribe(runId, { ...at(after), ...until(signal) })) {
        after = seen.cursor;
        yield seen;
        if (isEnd(seen.event)) return;
      }
      await pause(pollMs, signal);
    }
  }

  return {
    messages,
    subscribe,
    /** Posts a message and tells the answer. A connection that breaks never posts twice. */
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
     * Every message behind a seq: people's as rows, answers as events, whoever asks for them; without end, until the
     * signal aborts. A reader that was away and is behind gets what it missed first.
     */
    async *follow(
      threadId: string,
      afterSeq: number,
      { signal, pollMs = 2_000 }: { readonly signal?: AbortSignal; readonly pollMs?: number } = {},
    ): AsyncGenerator<SeenEvent | Message> {
      for (let seq = afterSeq; ;) {
        const { data } = await messages(threadId, { after_seq: seq }, signal);
        for (const row of data) {
          if (row.run_id === null) yield row;
          else yield* whole(row.run_id, pollMs, signal);
          seq = row.seq;
        }
        if (data.length === 0) await pause(pollMs, signal);
      }
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

/** Frames of a server-sent stream; one that was cut is as good as never sent, and a ping has no place in the log. */
async function* eventsOf(
  response: Response,
  heard: () => void,
): AsyncGenerator<{ readonly id: string; readonly event: RunEvent }> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    heard();
    const { done = true, value } = (await reader?.read()) ?? {};
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const frames = text.split(/\r?\n\r?\n/);
    text = frames.pop() ?? '';
    for (const frame of frames) {
      const event: unknown = JSON.parse(field(frame, 'data') || 'null');
      const id = field(frame, 'id');
      if (id !== '' && isEvent(event)) yield { id, event };
    }
  }
}

const field = (frame: string, name: string): string =>
  frame
    .split(/\r?\n/)
    .flatMap((line) => (line.startsWith(`${name}:`) ? [line.slice(name.length + 1).trim()] : []))
    .join('\n');

const isEvent = (value: unknown): value is RunEvent =>
  typeof value === 'object' && value !== null && 'type' in value;

/** A signal that also aborts when nothing was heard for so long. */
const connect = (outer: AbortSignal | undefined, silenceMs: number) => {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const abort = (): void => controller.abort(outer?.reason);
  outer?.addEventListener('abort', abort);
  let timer = setTimeout(abort, silenceMs);
  return {
    signal: controller.signal,
    heard: (): void => {
      clearTimeout(timer);
      timer = setTimeout(abort, silenceMs);
    },
    close: (): void => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', abort);
      controller.abort();
    },
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

const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

const retryAfterMs = (failure: unknown): number =>
  failure instanceof SluiceError ? failure.retryAfterMs : 0;

const json = async <T>(response: Response): Promise<T> => await response.json();

const at = (after: string | undefined) => (after === undefined ? {} : { after });
const until = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal });

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

const pause = async (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  await new Promise((resolve, reject) => {
    const stopped = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stopped);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stopped, { once: true });
  });
