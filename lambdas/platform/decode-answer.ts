import { pipeline, type Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';

/** What comes is given at once, and what a cut left of it too: a stream is read while it is written. */
const ZLIB = { finishFlush: constants.Z_SYNC_FLUSH };
const BROTLI = { finishFlush: constants.BROTLI_OPERATION_FLUSH };

const ZSTD = { finishFlush: constants.ZSTD_e_flush };

const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', () => createGunzip(ZLIB)],
  ['x-gzip', () => createGunzip(ZLIB)],
  ['deflate', () => createInflate(ZLIB)],
  ['br', () => createBrotliDecompress(BROTLI)],
  ['zstd', () => createZstdDecompress(ZSTD)],
]);

/**
 * The bytes of an answer under its `content-encoding`, though `identity` was asked for: some relays code whatever they
 * send. Its reader limits what it accepts. null: of a coding that nobody here reads.
 */
export const decodeAnswer = (
  body: AsyncIterable<Uint8Array>,
  contentEncoding: string,
): AsyncIterable<Uint8Array> | null => {
  let decoded = body;
  for (const word of contentEncoding.toLowerCase().split(',').toReversed()) {
    const coding = word.trim();
    if (coding === '' || coding === 'identity') continue;
    const decoder = DECODERS.get(coding)?.();
    if (decoder === undefined) return null;
    // A failure of either end comes out of the reading.
    pipeline(decoded, decoder, () => undefined);
    decoded = decoder;
  }
  return decoded;
};
