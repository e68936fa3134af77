import { inflateSync } from 'node:zlib';

/** Of one whose pages cannot be counted: few pages take less. */
const BYTES_A_PAGE = 50_000;
/**
 * What one document may take of the processor, before anybody has paid for it: streams of objects that are looked at, and
 * bytes that all of them unpack to. Deflate makes a thousand bytes of one.
 */
const STREAMS_MAX = 100;
const UNPACKED_BYTES_MAX = 4_000_000;

const PAGE = /\/Type\s*\/Page(?![A-Za-z])/g;
const OBJECTS = '/ObjStm';
/** How far after the name of its type the bytes of a stream begin. */
const HEAD_CHARS_MAX = 400;
const STREAM = /stream\r?\n/;
const STREAM_END = 'endstream';

/**
 * Pages of a PDF: its page objects, also those in compressed streams of objects; where there are none, or more than may be
 * looked at, by its length. Every byte of the document is read a fixed number of times.
 */
export const pagesOf = (base64: string): number => {
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('latin1');
  const packed = pagesInStreams(bytes, text);
  const counted = countIn(text) + packed.pages;
  if (counted > 0 && packed.isWhole) return counted;
  return Math.max(1, counted, Math.ceil(bytes.length / BYTES_A_PAGE));
};

const pagesInStreams = (
  bytes: Uint8Array,
  text: string,
): { readonly pages: number; readonly isWhole: boolean } => {
  let pages = 0;
  let left = UNPACKED_BYTES_MAX;
  let at = text.indexOf(OBJECTS);
  for (let streams = 0; at !== -1; streams++) {
    if (streams === STREAMS_MAX || left === 0) return { pages, isWhole: false };
    const found = STREAM.exec(text.slice(at, at + HEAD_CHARS_MAX));
    const from = at + (found === null ? OBJECTS.length : found.index + found[0].length);
    const to = text.indexOf(STREAM_END, from);
    // Nothing ends after it, so no stream of objects is whole there.
    if (to === -1) break;
    if (found !== null) {
      const unpacked = inflated(bytes.subarray(from, to), left);
      pages += countIn(unpacked.text);
      left -= Math.min(left, unpacked.bytes);
    }
    // The bytes of a stream are no place to look for another one.
    at = text.indexOf(OBJECTS, found === null ? from : to);
  }
  return { pages, isWhole: true };
};

const countIn = (text: string): number => text.match(PAGE)?.length ?? 0;

const inflated = (
  packed: Uint8Array,
  bytesMax: number,
): { readonly text: string; readonly bytes: number } => {
  try {
    const unpacked = inflateSync(packed, { maxOutputLength: bytesMax });
    return { text: unpacked.toString('latin1'), bytes: unpacked.length };
  } catch (error) {
    // In another coding or cut, which its length pays for; or larger than what is left, and then nothing is.
    const isLarger = error instanceof RangeError;
    return { text: '', bytes: isLarger ? bytesMax : packed.length };
  }
};
