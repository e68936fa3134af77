import { AppError } from '../../../shared/app-error.ts';
import type { Frame } from '../wire.ts';

const FRAME_BYTES_MAX = 8_388_608;
const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;
const [D, A, T] = [100, 97, 116];
const BOM = '\uFEFF';
const BOM_BYTE = 0xef;
const DATA = /^data(?:$|: ?)/;

/** What an event says, of its data and of all its bytes. */
export type ReadEvent<F> = (data: string, event: Buffer) => F;

/** Cuts bytes into frames as they come; the frames' bytes are all bytes that came. */
export interface FrameCutter<F> {
  push(bytes: Uint8Array): readonly Frame<F>[];
  end(): readonly Frame<F>[];
}

/**
 * Cuts a stream of server-sent events into frames, wherever its chunks break: inside a character, a line or a line end.
 * A frame is an event with the blank line that ends it; bytes after the last one are a frame of their own, so that
 * nothing is lost. `read` gets the data of an event, unless it is blank, and the event's bytes; `readRest` what an event
 * without its blank line at the end has. Throws when an event passes 8 MiB.
 * Rules: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export const sseCutter = <F>(
  read: ReadEvent<F>,
  readRest: ReadEvent<F | null> = read,
): FrameCutter<F> => {
  let rest: Buffer = NOTHING;
  return {
    push: (chunk) => {
      const searched = rest.length;
      rest = searched === 0 ? bufferOf(chunk) : Buffer.concat([rest, chunk]);
      if (rest.length > FRAME_BYTES_MAX)
        throw new AppError({
          code: 'provider_stream_malformed',
          publicMessage: 'The provider sent an event that passes the limit of 8 MiB.',
        });
      const hasCr = rest.includes(CR);
      const frames: Frame<F>[] = [];
      const start =
        hasCr || searched > 0
          ? cutFrames(rest, searched, hasCr, read, frames)
          : cutPlainFrames(rest, read, frames);
      rest = start === rest.length ? NOTHING : rest.subarray(start);
      return frames;
    },
    end: () =>
      rest.length === 0 ? [] : [{ ...frameOf(rest, rest.includes(CR), readRest), isRest: true }],
  };
};

const NOTHING = Buffer.alloc(0);

/** Adds the frames of bytes whose first `searched` have no end of one; returns where the bytes after the last begin. */
const cutFrames = <F>(
  bytes: Buffer,
  searched: number,
  hasCr: boolean,
  read: ReadEvent<F>,
  frames: Frame<F>[],
): number => {
  let start = 0;
  let end = frameEnd(bytes, Math.max(0, searched - 3), hasCr);
  while (end !== -1) {
    frames.push(frameOf(bytes.subarray(start, end), hasCr, read));
    start = end;
    end = frameEnd(bytes, start, hasCr);
  }
  return start;
};

/** The same where a chunk begins with a frame and every line ends with LF, which is nearly everywhere: in one search. */
const cutPlainFrames = <F>(bytes: Buffer, read: ReadEvent<F>, frames: Frame<F>[]): number => {
  let start = 0;
  let line = bytes[0] === BOM_BYTE ? 3 : 0;
  let data = '';
  let isNext = false;
  for (let end = bytes.indexOf(LF, line); end !== -1; end = bytes.indexOf(LF, line)) {
    if (isData(bytes, line, end)) {
      data = isNext ? `${data}\n${dataIn(bytes, line, end)}` : dataIn(bytes, line, end);
      isNext = true;
    }
    line = end + 1;
    if (bytes[line] !== LF) continue;
    line += 1;
    const event = bytes.subarray(start, line);
    frames.push({ bytes: event, value: isBlank(data) ? null : read(data, event) });
    start = line;
    data = '';
    isNext = false;
  }
  return start;
};

const isBlank = (data: string): boolean => data === '' || data.trim() === '';

const frameOf = <F>(bytes: Buffer, hasCr: boolean, read: ReadEvent<F | null>): Frame<F> => {
  const data = dataOf(bytes, hasCr);
  return { bytes, value: data === null ? null : read(data, bytes) };
};

/** The name that an event has beside its data; '': none. */
export const eventName = (event: Buffer): string =>
  /(?:^|[\r\n])event: ?([^\r\n]*)/.exec(event.toString('utf8'))?.[1]?.trim() ?? '';

/** One frame as text, for events of our own. */
export const sseText = (event: string | null, data: unknown): string =>
  `${event === null ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Index after the blank line (LF LF, CR LF CR LF or CR CR), -1 when it has not come yet. */
const frameEnd = (bytes: Buffer, from: number, hasCr: boolean): number => {
  if (hasCr) return anyFrameEnd(bytes, from);
  for (let line = bytes.indexOf(LF, from); line !== -1; line = bytes.indexOf(LF, line + 1))
    if (bytes[line + 1] === LF) return line + 2;
  return -1;
};

const anyFrameEnd = (bytes: Buffer, from: number): number => {
  for (let index = from; index < bytes.length - 1; index++) {
    const first = bytes[index];
    if (first !== LF && first !== CR) continue;
    const second = bytes[index + 1];
    if (first === second) return index + 2;
    if (first === LF && second === CR && bytes[index + 2] === LF) return index + 3;
  }
  return -1;
};

/** The data of a frame; null: it has none, or only blanks. */
const dataOf = (bytes: Buffer, hasCr: boolean): string | null => {
  const data = hasCr ? dataOfText(bytes.toString('utf8')) : dataOfLines(bytes);
  return isBlank(data) ? null : data;
};

/** What a line says after `data:` and one blank. */
const dataIn = (bytes: Buffer, start: number, end: number): string =>
  bytes.toString('utf8', Math.min(start + (bytes[start + 5] === SPACE ? 6 : 5), end), end);

/** Where every line ends with LF: no more is decoded than is read. */
const dataOfLines = (bytes: Buffer): string => {
  let data = '';
  let isNext = false;
  for (let start = bytes[0] === BOM_BYTE ? 3 : 0; start < bytes.length;) {
    const found = bytes.indexOf(LF, start);
    const end = found === -1 ? bytes.length : found;
    if (isData(bytes, start, end)) {
      const line = dataIn(bytes, start, end);
      data = isNext ? `${data}\n${line}` : line;
      isNext = true;
    }
    start = end + 1;
  }
  return data;
};

/** Does the line begin with the field `data`? */
const isData = (bytes: Buffer, start: number, end: number): boolean =>
  bytes[start] === D &&
  bytes[start + 1] === A &&
  bytes[start + 2] === T &&
  bytes[start + 3] === A &&
  (start + 4 === end || bytes[start + 4] === COLON);

const dataOfText = (text: string): string =>
  (text.startsWith(BOM) ? text.slice(1) : text)
    .split(/\r\n|\n|\r/)
    .filter((line) => DATA.test(line))
    .map((line) => line.replace(DATA, ''))
    .join('\n');
