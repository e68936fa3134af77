import type { Frame, ParsedCall } from '../wire.ts';
import { firstByteAt } from './blanks.ts';
import type { Unreadable } from './json-frame.ts';
import { isJsonLines, jsonCutter } from './json-lines.ts';
import { sseCutter, type FrameCutter, type ReadEvent } from './sse.ts';

/** What comes first of an event: a comment or a field, after blanks and a byte order mark. */
const EVENTS = /^\uFEFF?\s*(?::|(?:data|event|id|retry)[ \t]*(?::|$|[\r\n]))/;
const SNIFFED_BYTES = 64;
/** `{` and `[`. */
const OPENINGS: ReadonlySet<number> = new Set([91, 123]);

/**
 * Content types mislead: relays send events as plain text, and one body to who asked for events. Who asked for events and
 * is promised them, or lines of JSON, waits for nothing; every other answer is what its first bytes are.
 */
export const isStreamAnswer = (
  { isStream }: Pick<ParsedCall, 'isStream'>,
  type: string,
  first: Uint8Array | null,
): boolean | null => {
  if (isStream && (type.startsWith('text/event-stream') || isJsonLines(type))) return true;
  return first === null ? null : EVENTS.test(startOf(first));
};

const startOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(0, SNIFFED_BYTES)).toString('utf8');

/** Does it begin as JSON does, so that a model may have said it? */
export const isJsonStart = (bytes: Uint8Array): boolean =>
  OPENINGS.has(bytes[firstByteAt(bytes)] ?? 0);

/** Bytes after the blanks that distinguish an event from anything else. */
export const TELLING_BYTES = 6;

/**
 * The first bytes of an answer, so many of them after the blanks where they come, and the whole of it to read again; a
 * failure comes with the reading.
 */
export const peek = async (
  body: AsyncIterable<Uint8Array>,
  bytes: number,
): Promise<{ readonly first: Uint8Array; readonly body: AsyncIterable<Uint8Array> }> => {
  const source = body[Symbol.asyncIterator]();
  const seen: Uint8Array[] = [];
  let first: Uint8Array = Buffer.alloc(0);
  try {
    while (first.length < firstByteAt(first) + bytes) {
      const next = await source.next();
      if (next.done === true) break;
      seen.push(next.value);
      first = Buffer.concat(seen);
    }
  } catch (error) {
    return { first, body: failing(seen, error) };
  }
  return { first, body: whole(seen, source) };
};

async function* whole(
  seen: readonly Uint8Array[],
  source: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* seen;
    yield* { [Symbol.asyncIterator]: () => source };
  } finally {
    await source.return?.();
  }
}

async function* failing(seen: readonly Uint8Array[], error: unknown): AsyncGenerator<Uint8Array> {
  yield* seen;
  throw error;
}

/**
 * The frames of an answer to a streamed call: of server-sent events, of lines of JSON, or all of its one body. What `read` or
 * `readBody` cannot read is a frame that says so; half an event at the end is none.
 */
export async function* answerFrames<F extends { readonly type: string }>(
  answer: AsyncIterable<Uint8Array>,
  read: ReadEvent<F | Unreadable>,
  readBody: (body: Uint8Array) => F,
): AsyncGenerator<readonly Frame<F | Unreadable>[]> {
  let cutter: FrameCutter<F | Unreadable> | null = null;
  let blanks: Uint8Array = NOTHING;
  try {
    for await (const chunk of answer) {
      if (cutter !== null) {
        const frames = cutter.push(chunk);
        if (frames.length > 0) yield frames;
        continue;
      }
      blanks = blanks.length === 0 ? chunk : Buffer.concat([blanks, chunk]);
      if (firstByteAt(blanks) === blanks.length) continue;
      cutter = isJsonStart(blanks) ? jsonCutter(read, readBody) : eventCutter(read);
      const frames = cutter.push(blanks);
      if (frames.length > 0) yield frames;
    }
  } catch (error) {
    // Who bills what began sees what came of it.
    const left = cutter?.end() ?? [];
    if (left.length > 0) yield left;
    throw error;
  }
  const left = cutter === null ? restOf(blanks) : cutter.end();
  if (left.length > 0) yield left;
}

const NOTHING = new Uint8Array();

const restOf = (bytes: Uint8Array): readonly Frame<never>[] =>
  bytes.length === 0 ? [] : [{ bytes, value: null, isRest: true }];

const eventCutter = <F extends { readonly type: string }>(
  read: ReadEvent<F | Unreadable>,
): FrameCutter<F | Unreadable> =>
  sseCutter(read, (data, event) => {
    const frame = read(data, event);
    return frame.type === 'unreadable' ? null : frame;
  });
