import * as z from 'zod';
import { queryNumber } from '../../../../http/query-number.ts';
import { itemKeyText } from '../../../../http/item-key-text.ts';
import {
  ALIAS_METADATA_BYTES_MAX,
  ALIAS_METADATA_ENTRIES_MAX,
  METADATA_CHARS_MAX,
  METADATA_ENTRIES_MAX,
  TITLE_CHARS_MAX,
} from '../../../domain/limits.ts';
import type { ThreadView } from './native-schemas.ts';
import type { Thread } from '../../../domain/thread.ts';
import { runIdOf } from '../../../domain/thread-ids.ts';

const title = z.string().min(1).max(TITLE_CHARS_MAX);
const metadataName = z.string().regex(/^[\w.-]{1,64}$/);
const metadataValue = z.string().max(METADATA_CHARS_MAX);
const fewEntries = (record: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(record).length <= METADATA_ENTRIES_MAX;
const TOO_MANY = `at most ${METADATA_ENTRIES_MAX} entries`;

export const createThreadBody = z.strictObject({
  title: title.nullish(),
  /** Written once by a cheap model, after the first complete answer, unless there is a title by then. */
  generate_title: z.boolean().optional(),
  metadata: z.record(metadataName, metadataValue).refine(fewEntries, TOO_MANY).optional(),
  /** With an admin key only: a child key is bound to its own end user. */
  end_user_id: itemKeyText.optional(),
});

export const patchThreadBody = z.strictObject({
  title: title.nullish(),
  metadata: z
    .record(metadataName, metadataValue.nullable())
    .refine(fewEntries, TOO_MANY)
    .optional(),
});

/** Clients of an alias name entries as they like, and keep more in them. */
const aliasName = z.string().min(1).max(64);
const aliasValue = z
  .string()
  .refine((value) => Buffer.byteLength(value) <= ALIAS_METADATA_BYTES_MAX, {
    error: `at most ${ALIAS_METADATA_BYTES_MAX} bytes`,
  });
const fewAliasEntries = (record: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(record).length <= ALIAS_METADATA_ENTRIES_MAX;
const TOO_MANY_OF_ALIAS = `at most ${ALIAS_METADATA_ENTRIES_MAX} entries`;
export const aliasCreateBody = createThreadBody.extend({
  metadata: z.record(aliasName, aliasValue).refine(fewAliasEntries, TOO_MANY_OF_ALIAS).optional(),
});
export const aliasPatchBody = patchThreadBody.extend({
  metadata: z
    .record(aliasName, aliasValue.nullable())
    .refine(fewAliasEntries, TOO_MANY_OF_ALIAS)
    .optional(),
});

export const forkThreadBody = z.strictObject({
  /** The last message that the fork has. */
  seq: z.int().min(1).max(9_999_999_999),
  /** The origin's, unless said otherwise. */
  title: title.nullish(),
  metadata: z.record(metadataName, metadataValue).refine(fewEntries, TOO_MANY).optional(),
  request_id: itemKeyText.optional(),
});

export const listThreadsQuery = z.looseObject({
  limit: queryNumber(1, 100).default(20),
  cursor: z.string().max(1_024).optional(),
  end_user_id: itemKeyText.optional(),
});
/** Clients of an alias ask for more at once. */
export const aliasListQuery = listThreadsQuery.extend({ limit: queryNumber(1, 200).default(20) });

/** A thread on the wire; times are epoch ms. */
export const threadView = (thread: Thread): ThreadView => ({
  id: thread.threadId,
  object: 'thread',
  title: thread.title,
  metadata: thread.metadata,
  end_user_id: thread.endUserId,
  last_seq: thread.lastSeq,
  active_run_id: thread.activeRun === null ? null : runIdOf(thread.threadId, thread.activeRun),
  waiting_runs: thread.queue.length,
  created_at: thread.createdAtMs,
  last_active_at: thread.lastActiveAtMs,
  ...(thread.forkedFrom === undefined
    ? {}
    : { forked_from: { thread_id: thread.forkedFrom.threadId, seq: thread.forkedFrom.seq } }),
});
