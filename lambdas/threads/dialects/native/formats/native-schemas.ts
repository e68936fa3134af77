import * as z from 'zod';
import type { DeepReadonly } from '../../../../shared/deep-readonly.ts';

export const time = z.int().describe('epoch ms, UTC');
export const micros = z.int().describe('micro-USD');
export const usage = z.record(z.string(), z.int()).describe('tokens by kind').nullable();

/** A thread on the wire. */
export const threadSchema = z
  .strictObject({
    id: z.string(),
    object: z.literal('thread'),
    title: z.string().nullable(),
    metadata: z.record(z.string(), z.string()),
    end_user_id: z.string().nullable(),
    last_seq: z.int(),
    active_run_id: z.string().nullable(),
    waiting_runs: z.int(),
    created_at: time,
    last_active_at: time,
    forked_from: z.strictObject({ thread_id: z.string(), seq: z.int() }).optional(),
  })
  .meta({ id: 'Thread' });
/** A fork that is not whole yet. */
export const copyingSchema = threadSchema
  .extend({ status: z.literal('copying'), request_id: z.string() })
  .meta({ id: 'CopyingThread' });
export type ThreadView = DeepReadonly<z.infer<typeof threadSchema>>;

/** A run on the wire. */
export const runSchema = z
  .strictObject({
    id: z.string(),
    object: z.literal('run'),
    thread_id: z.string(),
    seq: z.int(),
    status: z.string(),
    stop_reason: z.string().nullable(),
    model: z.string(),
    usage,
    cost_micros: micros,
    request_id: z.string(),
    created_at: time,
    ended_at: time.nullable(),
  })
  .meta({ id: 'Run' });
export type RunView = DeepReadonly<z.infer<typeof runSchema>>;
