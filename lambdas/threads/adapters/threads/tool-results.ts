import * as z from 'zod';
import type { ToolResultBlock } from '../../../inference/turn/turn.ts';
import { decisionOf, type ToolAnswer } from '../../domain/tool-answer.ts';
import { LEASE_MS, REQUEST_TTL_MS } from '../../domain/limits.ts';
import type { Run } from '../../domain/thread.ts';
import type { RunPlace } from '../../domain/thread-ids.ts';
import type { Tables } from '../../../platform/tables/tables.ts';
import { sweepShard } from './thread-items.ts';
import { resultKey, runKey } from './thread-keys.ts';

const resultBlock = z.custom<ToolResultBlock>(
  (value) =>
    typeof value === 'object' && value !== null && 'type' in value && value.type === 'tool_result',
);
const answerItem = z.union([
  z
    .object({ approved: z.boolean(), reason: z.string().optional() })
    .transform(({ approved, reason }) => decisionOf(approved, reason)),
  z.object({ block: z.string() }).transform(({ block }) => ({
    kind: 'result' as const,
    block: resultBlock.parse(JSON.parse(block)),
  })),
]);

export const readToolAnswer = async (
  tables: Tables,
  run: RunPlace,
  toolUseId: string,
): Promise<ToolAnswer | null> => {
  const item = await tables.get('threads', resultKey(run, toolUseId));
  return item === null ? null : answerItem.parse(item);
};

/** The first answer to a call counts; it is taken only while the run waits. */
export const putToolAnswer = async (
  tables: Tables,
  run: RunPlace,
  toolUseId: string,
  answer: ToolAnswer,
  nowMs: number,
): Promise<'stored' | 'exists' | 'not_waiting'> => {
  const key = resultKey(run, toolUseId);
  const outcome = await tables.transact([
    {
      kind: 'update',
      table: 'threads',
      key: runKey(run),
      condition: '#status = :waiting',
      // Whoever answers may die before it wakes the run.
      update: 'SET sweep_at = :now',
      names: { '#status': 'status' },
      values: { ':waiting': 'requires_action', ':now': nowMs },
    },
    {
      kind: 'put',
      table: 'threads',
      key,
      condition: 'attribute_not_exists(pk)',
      item: {
        ...key,
        ...(answer.kind === 'decided'
          ? {
              approved: answer.isApproved,
              ...(answer.reason === undefined ? {} : { reason: answer.reason }),
            }
          : { block: JSON.stringify(answer.block) }),
        ttl: Math.ceil((nowMs + REQUEST_TTL_MS) / 1_000),
      },
    },
  ]);
  if (outcome.kind === 'written') return 'stored';
  if ((await readToolAnswer(tables, run, toolUseId)) !== null) return 'exists';
  return 'not_waiting';
};

/** A run that waited is nobody's again: whoever is asked to starts it, at the latest the sweep. */
export const wakeRun = async (tables: Tables, run: Run, nowMs: number): Promise<boolean> => {
  const outcome = await tables.write({
    kind: 'update',
    table: 'threads',
    key: runKey(run),
    condition: '#status = :waiting AND epoch = :epoch',
    update:
      'SET #status = :active, writer = :nobody, lease_until = :lease, starts = :zero, sweep_shard = :shard, sweep_at = :lease',
    names: { '#status': 'status' },
    values: {
      ':waiting': 'requires_action',
      ':epoch': run.epoch,
      ':active': 'active',
      ':nobody': null,
      ':lease': nowMs + LEASE_MS,
      ':zero': 0,
      ':shard': sweepShard(run.threadId),
    },
  });
  return outcome.kind === 'written';
};
