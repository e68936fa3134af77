/** What both ways of reading have in common: attempts that continue after the last event, and when they are given up. */

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

export interface Persistence {
  /** The first pause before a reconnect; it doubles to 10 s. */
  readonly backoffMs: number;
  /** How many attempts in a row may bring nothing. */
  readonly triesMax: () => number;
  readonly signal: AbortSignal | undefined;
}

const BACKOFF_MAX_MS = 10_000;
/** A connection that held for so long was a good one, even if it said nothing. */
const GOOD_MS = 5_000;

/** Attempt after attempt until one returns true. Each says when it heard something. */
export async function* persist<T>(
  { backoffMs, triesMax, signal }: Persistence,
  attempt: (heard: () => void) => AsyncGenerator<T, boolean>,
): AsyncGenerator<T> {
  for (let tries = 0; ; tries++) {
    const openedMs = Date.now();
    let failure: unknown;
    try {
      if (yield* attempt(() => (tries = 0))) return;
    } catch (error) {
      if (error instanceof SluiceError && !isPassing(error.status)) throw error;
      failure = error;
    }
    signal?.throwIfAborted();
    if (Date.now() - openedMs > GOOD_MS) tries = 0;
    if (tries >= triesMax()) throw failure ?? new SluiceError(0, 'connection_lost', 'no answer');
    const backoff = Math.min(BACKOFF_MAX_MS, backoffMs * 2 ** tries) * (0.5 + Math.random() / 2);
    const retryAfterMs = failure instanceof SluiceError ? failure.retryAfterMs : 0;
    await pause(Math.max(backoff, retryAfterMs), signal);
  }
}

/** One answer, asked for until it comes. */
export const insist = async <T>(limits: Persistence, ask: () => Promise<T>): Promise<T> => {
  let answer: T | undefined;
  const asking = persist(limits, async function* () {
    yield await ask();
    return true;
  });
  for await (const one of asking) answer = one;
  if (answer === undefined) throw new SluiceError(0, 'connection_lost', 'no answer');
  return answer;
};

const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** A signal that also aborts when nothing was heard for so long. */
export const connect = (outer: AbortSignal | undefined, silenceMs: number) => {
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

/** Frames of a server-sent stream; one that was cut is as good as never sent, and a ping has no place in the log. */
export async function* eventsOf<T>(
  response: Response,
  heard: () => void,
  read: (data: string) => T,
): AsyncGenerator<{ readonly id: string; readonly event: T }> {
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
      const id = field(frame, 'id');
      if (id !== '') yield { id, event: read(field(frame, 'data')) };
    }
  }
}

const field = (frame: string, name: string): string =>
  frame
    .split(/\r?\n/)
    .flatMap((line) => (line.startsWith(`${name}:`) ? [line.slice(name.length + 1).trim()] : []))
    .join('\n');

export const until = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal });

export const pause = async (ms: number, signal: AbortSignal | undefined): Promise<void> =>
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
