import * as z from 'zod';
import type { ThreadPlace } from '../../domain/thread-ids.ts';
import type { TurnRecord } from '../../domain/thread.ts';
import type { Item } from '../../../platform/tables/tables.ts';
import { requestKey } from './thread-keys.ts';

const recordItem = z.object({
  request_id: z.string(),
  body_hash: z.string(),
  seq: z.number(),
  run_seq: z.number().nullable(),
  ttl: z.number(),
});

export const itemOfRecord = (place: ThreadPlace, record: TurnRecord): Item => ({
  ...requestKey(place, record.requestId),
  request_id: record.requestId,
  body_hash: record.bodyHash,
  seq: record.seq,
  run_seq: record.runSeq,
  ttl: Math.ceil(record.expiresAtMs / 1_000),
});

export const recordOf = (item: Item): TurnRecord => {
  const stored = recordItem.parse(item);
  return {
    requestId: stored.request_id,
    bodyHash: stored.body_hash,
    seq: stored.seq,
    runSeq: stored.run_seq,
    expiresAtMs: stored.ttl * 1_000,
  };
};
