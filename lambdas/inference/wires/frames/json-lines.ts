import { AppError } from '../../../shared/app-error.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import type { Frame } from '../wire.ts';
import { firstByteAt } from './blanks.ts';
import type { Unreadable } from './json-frame.ts';
import type { FrameCutter, ReadEvent } from './sse.ts';

const BODY_BYTES_MAX = 33_554_432;
const LF = 10;

/** Has an answer of this content type a line of JSON for each chunk? No standard names the type. */
export const isJsonLines = (type: string): boolean =>
  /^application\/(?:x-)?(?:ndjson|jsonl|json-?lines)\b/i.test(type);

/**
 * An answer that begins as JSON does: one body, or a line for each chunk, as some servers answer who asked for a stream.
 * It is lines where something follows a first line that is JSON by itself.
 */
export const jsonCutter = <F extends { readonly type: string }>(
  read: ReadEvent<F | Unreadable>,
  readBody: (body: Uint8Array) => F,
): FrameCutter<F | Unreadable> => {
  let lines: FrameCutter<F | Unreadable> | null = null;
  let pieces: Uint8Array[] = [];
  let length = 0;
  let isBody = false;
  let hasLine = false;
  return {
    push: (piece) => {
      if (lines !== null) return lines.push(piece);
      length += piece.length;
      if (length > BODY_BYTES_MAX) throw tooLong();
      hasLine ||= piece.includes(LF, pieces.length === 0 ? firstByteAt(piece) : 0);
      pieces.push(piece);
      if (isBody || !hasLine) return [];
      const bytes = Buffer.concat(pieces);
      pieces = [bytes];
      const end = bytes.indexOf(LF, firstByteAt(bytes));
      if (firstByteAt(bytes.subarray(end)) === bytes.length - end) return [];
      isBody = read(utf8Text(bytes.subarray(0, end)), bytes.subarray(0, end)).type === 'unreadable';
      if (isBody) return [];
      lines = lineCutter(read);
      return lines.push(bytes);
    },
    end: () => {
      if (lines !== null) return lines.end();
      const bytes = Buffer.concat(pieces);
      return [{ bytes, value: readOrNone(bytes, readBody), isRest: true }];
    },
  };
};

/** A frame is a line with its end; half a line at the end of all is one that says nothing. */
const lineCutter = <F extends { readonly type: string }>(
  read: ReadEvent<F | Unreadable>,
): FrameCutter<F | Unreadable> => {
  let rest = Buffer.alloc(0);
  const frameOf = (bytes: Buffer): Frame<F | Unreadable> => {
    const line = utf8Text(bytes);
    return { bytes, value: line.trim() === '' ? null : read(line, bytes) };
  };
  return {
    push: (piece) => {
      const searched = rest.length;
      rest = Buffer.concat([rest, piece]);
      const frames: Frame<F | Unreadable>[] = [];
      let start = 0;
      for (let end = rest.indexOf(LF, searched); end !== -1; end = rest.indexOf(LF, start)) {
        frames.push(frameOf(rest.subarray(start, end + 1)));
        start = end + 1;
      }
      rest = rest.subarray(start);
      if (rest.length > BODY_BYTES_MAX) throw tooLong();
      return frames;
    },
    end: () => {
      if (rest.length === 0) return [];
      const { bytes, value } = frameOf(rest);
      return [{ bytes, value: value?.type === 'unreadable' ? null : value, isRest: true }];
    },
  };
};

const tooLong = (): AppError =>
  new AppError({ code: 'provider_error', publicMessage: 'The answer passes 32 MiB.' });

const readOrNone = <F>(bytes: Uint8Array, readBody: (body: Uint8Array) => F): F | Unreadable => {
  try {
    return readBody(bytes);
  } catch (cause) {
    return { type: 'unreadable', cause, output: utf8Text(bytes) };
  }
};
