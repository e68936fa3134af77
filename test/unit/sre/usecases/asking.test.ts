import { describe, expect, test } from 'vitest';
import { queueEvaluations } from '../../../../lambdas/sre/adapters/queue-evaluations.ts';
import { tableActiveTenants } from '../../../../lambdas/sre/adapters/table-active-tenants.ts';
import type { QueueMessage } from '../../../../lambdas/platform/queues.ts';
import {
  evaluationText,
  readEvaluation,
} from '../../../../lambdas/sre/formats/evaluation-message.ts';
import { summaryText } from '../../../../lambdas/sre/domain/summary-text.ts';
import { scoreBlocks } from '../../../../lambdas/sre/usecases/score-blocks.ts';
import { tick } from '../../../../lambdas/sre/usecases/tick.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import { entryAt, SHAPE, START_MS } from '../../../support/sre/entries.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MESSAGE_BYTES_MAX = 1_048_576;

const asking = () => {
  const sent: QueueMessage[] = [];
  const send = async (messages: readonly QueueMessage[]): Promise<void> => {
    sent.push(...messages);
    return await Promise.resolve();
  };
  return { sent, evaluations: queueEvaluations({ send, textOf: evaluationText }) };
};

describe('tick', () => {
  test('asks six times for each of 12,000 tenants, those that come first in the minute first', async () => {
    const tables = new MemoryTables();
    const tenants = tableActiveTenants({ tables, nowMs: () => START_MS });
    for (let tenant = 0; tenant < 12_000; tenant++)
      await tenants.seen(`tenant-${tenant}`, START_MS);
    const { sent, evaluations } = asking();
    await tick({
      tenants,
      evaluations,
      due: { due: async () => await Promise.resolve([]) },
      looks: { ask: async () => await Promise.resolve() },
      learning: { ask: async () => await Promise.resolve() },
      pollList: { due: async () => await Promise.resolve([]) },
      polls: { ask: async () => await Promise.resolve() },
      clock: { nowMs: () => START_MS },
    });
    const delays = sent.map(({ delaySeconds }) => delaySeconds);
    expect(delays).toEqual(delays.toSorted((left, right) => left - right));
    const byTenant = Map.groupBy(sent, ({ body }) => readEvaluation(body).tenant);
    expect(byTenant.size).toBe(12_000);
    for (const messages of byTenant.values())
      expect(messages.map(({ delaySeconds }) => delaySeconds)).toEqual([0, 10, 20, 30, 40, 50]);
  });
});

describe('hot blocks', () => {
  /** The largest summary that a block has. */
  const summary = summaryText([
    entryAt('shop', START_MS, {
      failing: 1,
      shapes: [{ ...SHAPE, text: 'out of memory "heap" '.repeat(2_900) }],
    }),
  ]);
  const arrived = (tenant: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      tenant,
      block: String(index).padStart(64, '0'),
      stampMs: START_MS + index,
      summary,
    }));

  test('of the largest summaries make a message that a queue takes, with the last ones in it', async () => {
    const { sent, evaluations } = asking();
    await scoreBlocks({ evaluations }, arrived('tenant', 30));
    const [message] = sent;
    expect(Buffer.byteLength(message?.body ?? '')).toBeLessThan(MESSAGE_BYTES_MAX);
    const { hot } = readEvaluation(message?.body ?? '');
    expect(hot.length).toBeGreaterThan(2);
    expect(hot.map(({ stampMs }) => stampMs - START_MS)).toEqual(
      Array.from({ length: hot.length }, (_, index) => 30 - hot.length + index),
    );
  });

  test('of several tenants are one message each', async () => {
    const { sent, evaluations } = asking();
    await scoreBlocks({ evaluations }, [...arrived('one', 2), ...arrived('two', 1)]);
    const asked = sent.map(({ body }) => readEvaluation(body));
    expect(asked.map(({ tenant, hot }) => [tenant, hot.length])).toEqual([
      ['one', 2],
      ['two', 1],
    ]);
  });
});
