import { persist, SluiceError, type Persistence } from './connection.ts';
import type { Frame } from './types.ts';

/** Where a reader of one thread is; what it hears moves it on. */
export interface SocketPlace {
  readonly threadId: string;
  /** The thread's last cursor. */
  cursor?: string | undefined;
  /** An answer is being made: silence may mean that its producer died. */
  readonly isAtWork: () => boolean;
  /** Subscribes again, on the socket that is open. */
  again: () => void;
}

const SILENCE_MS = 15_000;
/** A socket that says nothing for ten minutes is closed; and one that is dead is to be found out. */
const IDLE_MS = 60_000;
/** A reader that is further behind comes back with its cursor. */
const FRAMES_MAX = 1_000;

/** What is reported of a thread, over as many sockets as it takes; each subscribes where the one before it came to. */
export const framesOf = (
  limits: Persistence,
  place: SocketPlace,
  open: () => Promise<WebSocket>,
): AsyncGenerator<Frame> =>
  persist(limits, async function* (heard) {
    for await (const frame of listen(await open(), place, limits.signal)) {
      if (frame.type === 'error' && frame.code !== 'cursor_invalid')
        throw new SluiceError(frame.code === 'not_found' ? 404 : 503, frame.code, frame.message);
      heard();
      yield frame;
    }
    return false;
  });

/** Subscribes, and again when an answer at work says nothing; ends with the socket. */
async function* listen(
  socket: WebSocket,
  place: SocketPlace,
  signal: AbortSignal | undefined,
): AsyncGenerator<Frame> {
  const frames: Frame[] = [];
  let isOver = signal?.aborted === true;
  let isAsked = true;
  let wake: (isHeard: boolean) => void = () => undefined;
  const end = (): void => {
    isOver = true;
    wake(true);
  };
  place.again = () => {
    if (socket.readyState !== socket.OPEN) return;
    const { threadId, cursor } = place;
    socket.send(JSON.stringify({ type: 'subscribe', thread_id: threadId, after: cursor }));
  };
  socket.addEventListener('open', () => place.again());
  socket.addEventListener('message', ({ data }) => {
    isAsked = false;
    const frame = JSON.parse(data);
    // One without a type is of API Gateway: what was asked took too long.
    frames.push({ type: 'error', code: 'timeout', ...frame });
    if (frames.length > FRAMES_MAX) end();
    wake(true);
  });
  socket.addEventListener('close', end);
  signal?.addEventListener('abort', end);
  try {
    for (;;) {
      for (let frame = frames.shift(); frame !== undefined; frame = frames.shift()) yield frame;
      if (isOver) return;
      let timer;
      const isHeard = await new Promise<boolean>((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, isAsked || place.isAtWork() ? SILENCE_MS : IDLE_MS, false);
      });
      clearTimeout(timer);
      if (isHeard) continue;
      if (isAsked) return;
      isAsked = true;
      if (place.isAtWork()) place.again();
      else socket.send('{"type":"ping"}');
    }
  } finally {
    signal?.removeEventListener('abort', end);
    socket.close();
  }
}
