import { createParser } from 'eventsource-parser';

const SSE_FRAME_BYTES_MAX = 8_388_608;
const LF = 10;
const CR = 13;

/** One server-sent event: its exact bytes (with the blank line that ends it) and what it says. */
export interface SseFrame {
  readonly bytes: Uint8Array;
  readonly event: string | null;
  /** null: a comment or an empty frame. */
  readonly data: string | null;
}

/**
 * Cuts a byte stream into whole frames, wherever its chunks break: inside a character, a line or a line end.
 * Bytes after the last blank line come as a frame of their own, so that nothing is lost.
 */
export async function* sseFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<SseFrame> {
  let rest: Uint8Array = new Uint8Array(0);
  let searched = 0;
  for await (const chunk of source) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (rest.length > SSE_FRAME_BYTES_MAX) throw new Error('an event passes the limit of 8 MiB');
    for (;;) {
      const end = frameEnd(rest, Math.max(0, searched - 3));
      if (end === -1) break;
      yield parseFrame(rest.subarray(0, end));
      rest = rest.subarray(end);
      searched = 0;
    }
    searched = rest.length;
  }
  if (rest.length > 0) yield parseFrame(rest);
}

/** One frame as text, for events of our own. */
export const sseText = (event: string | null, data: unknown): string =>
  `${event === null ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;

/** Index behind the blank line (LF LF, CR LF CR LF or CR CR), -1 when it has not come yet. */
const frameEnd = (bytes: Uint8Array, from: number): number => {
  for (let index = from; index < bytes.length - 1; index++) {
    const first = bytes[index];
    const second = bytes[index + 1];
    if (first === LF && second === LF) return index + 2;
    if (first === LF && second === CR && bytes[index + 2] === LF) return index + 3;
    if (first === CR && second === CR) return index + 2;
  }
  return -1;
};

const parseFrame = (bytes: Uint8Array): SseFrame => {
  let frame: { event: string | null; data: string | null } = { event: null, data: null };
  const parser = createParser({
    onEvent: (message) => {
      frame = { event: message.event ?? null, data: message.data };
    },
  });
  parser.feed(`${Buffer.from(bytes).toString('utf8')}\n\n`);
  return { bytes, ...frame };
};
