import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const HEAD_BYTES = 5;

/** Opens a block below its checksum, so that a test can change what is inside. */
export const zstdBlock = {
  open: (block: Uint8Array): { readonly head: Uint8Array; readonly plain: Uint8Array } => ({
    head: block.subarray(0, HEAD_BYTES),
    plain: zstdDecompressSync(block.subarray(HEAD_BYTES)),
  }),
  seal: (head: Uint8Array, plain: Uint8Array): Buffer =>
    Buffer.concat([head, zstdCompressSync(plain)]),
};
