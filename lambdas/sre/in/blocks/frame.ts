import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader, ByteWriter, CorruptBlock } from './bytes.ts';

/** Says what the bytes are before anybody decompresses them. */
const MAGIC = Buffer.from('SLB');
const VERSION = 1;
const HEAD_BYTES = 5;

export const BLOCK_KINDS = ['logs', 'traces', 'metrics'] as const;
export type BlockKind = (typeof BLOCK_KINDS)[number];

/** What a block may become when it is read: columns are smaller than the body that they came from. */
const PLAIN_BYTES_MAX = 64 * 1_048_576;

const LEVEL = 3;

/** `SLB`, version, kind, then one zstd frame with a checksum. */
export const sealed = (kind: BlockKind, writer: ByteWriter): Buffer => {
  const head = Buffer.from([...MAGIC, VERSION, BLOCK_KINDS.indexOf(kind)]);
  const params = {
    [constants.ZSTD_c_compressionLevel]: LEVEL,
    [constants.ZSTD_c_checksumFlag]: 1,
  };
  return Buffer.concat([head, zstdCompressSync(writer.done(), { params })]);
};

/** What these bytes hold; null: they are no block. */
export const kindOf = (bytes: Uint8Array): BlockKind | null =>
  isBlock(bytes) ? (BLOCK_KINDS[bytes[4] ?? -1] ?? null) : null;

const isBlock = (bytes: Uint8Array): boolean => MAGIC.every((byte, index) => bytes[index] === byte);

/**
 * What a block's frame says it holds without its compression; `sealed` gives all of it in one call, so the frame says so
 * (RFC 8878, 3.1.1.1). 0 for bytes that are no such frame: opening them throws.
 */
export const plainBytesOf = (bytes: Uint8Array): number => {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(HEAD_BYTES);
  const descriptor = frame[4];
  if (descriptor === undefined || frame.length < FRAME_HEAD_BYTES_MAX) return 0;
  const isSingle = (descriptor & 0x20) !== 0;
  // `sealed` uses no dictionary, so no id of one stands between.
  const place = isSingle ? 5 : 6;
  switch (descriptor >> 6) {
    case 0:
      return isSingle ? frame.readUInt8(place) : 0;
    case 1:
      return frame.readUInt16LE(place) + 256;
    case 2:
      return frame.readUInt32LE(place);
    default:
      return Number(frame.readBigUInt64LE(place));
  }
};

/** The magic number of zstd, the descriptor, and all that may follow. */
const FRAME_HEAD_BYTES_MAX = 14;

/** Throws `CorruptBlock` for bytes that `sealed` did not make of this kind. */
export const opened = (kind: BlockKind, bytes: Uint8Array): ByteReader => {
  if (!isBlock(bytes)) throw new CorruptBlock('these bytes are no block');
  if (bytes[3] !== VERSION) throw new CorruptBlock(`a block of version ${bytes[3]} cannot be read`);
  if (kindOf(bytes) !== kind) throw new CorruptBlock(`this block holds no ${kind}`);
  try {
    const plain = zstdDecompressSync(bytes.subarray(HEAD_BYTES), {
      maxOutputLength: PLAIN_BYTES_MAX,
    });
    return new ByteReader(plain);
  } catch (cause) {
    throw Object.assign(new CorruptBlock('a block cannot be decompressed'), { cause });
  }
};
