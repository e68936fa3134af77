import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';

const image = z.object({
  tenant: z.object({ S: z.string() }),
  sk: z.object({ S: z.string() }),
  stored_bytes: z.object({ N: z.string() }),
  /** Absent: it is an object. */
  block: z.object({ B: z.base64() }).optional(),
});

/** A block of the Logs stream; `bytes` null: they are read by its key. */
export interface StoredBlock {
  readonly tenant: string;
  readonly hash: string;
  readonly bytes: Uint8Array | null;
}

/** Throws on another item. */
export const storedBlock = ({ dynamodb }: DynamoDBRecord): StoredBlock => {
  const { tenant, sk, stored_bytes: size, block } = image.parse(dynamodb?.NewImage);
  const isEmpty = size.N === '0';
  return {
    tenant: tenant.S,
    hash: sk.S,
    bytes: isEmpty ? new Uint8Array() : block === undefined ? null : Buffer.from(block.B, 'base64'),
  };
};
