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
