import type { QueueMessage } from '../../lambdas/platform/queues.ts';
import { queueEvaluations } from '../../lambdas/sre/adapters/queue-evaluations.ts';
import { tableActiveTenants } from '../../lambdas/sre/adapters/table-active-tenants.ts';
import {
  tableBlockStore,
  type BlockObjects,
} from '../../lambdas/sre/adapters/table-block-store.ts';
import { tableIngestUsage } from '../../lambdas/sre/adapters/table-ingest-usage.ts';
import { tableSummaryLog } from '../../lambdas/sre/adapters/table-summary-log.ts';
import { tableTemplateBook } from '../../lambdas/sre/adapters/table-template-book.ts';
import { tableWindowStore } from '../../lambdas/sre/adapters/table-window-store.ts';
import type { Batch } from '../../lambdas/sre/domain/batch.ts';
import { summaryText } from '../../lambdas/sre/domain/summary-text.ts';
import { evaluationText, readEvaluation } from '../../lambdas/sre/formats/evaluation-message.ts';
import { evaluateTenant } from '../../lambdas/sre/usecases/evaluate-tenant.ts';
import { ingest } from '../../lambdas/sre/usecases/ingest.ts';
import { scoreBlocks } from '../../lambdas/sre/usecases/score-blocks.ts';
import { tick } from '../../lambdas/sre/usecases/tick.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import { usualSettings } from '../support/sre/entries.ts';
import { ARRIVAL_MS, jsonInput, nanos, readFresh } from '../support/otlp/read-logs.ts';
import { text } from '../support/otlp/encode.ts';
import { tablesOf, type Step } from './mortal.ts';
import type { Seeded } from './seeded.ts';

export const TENANT = 'project_mortal';
const KEY = { keyId: 'key_mortal', projectId: TENANT, ingestBytesADay: 1e12 };
const HOUR_MS = 3_600_000;
const metrics = { record: () => undefined };
const clock = { nowMs: () => ARRIVAL_MS + 5_000 };

/** Where telemetry goes: the tables, a bucket, a queue that gives again what nobody deleted. */
export class TelemetryWorld {
  readonly memory = new MemoryTables();
  readonly objects = new Map<string, Uint8Array>();
  readonly queue: QueueMessage[] = [];
  readonly batch: Batch;

  constructor(batch: Batch) {
    this.batch = batch;
  }

  /** As `ingest`: it returns when the batch is acknowledged. */
  async ingest(step: Step, objects: BlockObjects = this.bucket(step)): Promise<void> {
    const tables = tablesOf(this.memory, step);
    const deps = {
      blocks: tableBlockStore({ tables, objects, keptDays: 9 }),
      usage: tableIngestUsage({ tables }),
      masks: { of: async () => await Promise.resolve(null) },
      tenants: tableActiveTenants({ tables, nowMs: () => ARRIVAL_MS }),
      clock: { nowMs: () => ARRIVAL_MS },
      metrics,
    };
    await ingest(deps, { key: KEY, read: () => this.batch });
  }

  /** As `score-logs`: the stream gives what was stored, and again until it returns. */
  async scoreLogs(step: Step): Promise<void> {
    const { hash, summary } = this.batch;
    const arrived = {
      tenant: TENANT,
      block: hash,
      stampMs: ARRIVAL_MS,
      summary: summaryText(summary),
    };
    await scoreBlocks({ evaluations: this.evaluations(step) }, [arrived]);
  }

  /** As `tick`. */
  async tick(step: Step): Promise<void> {
    const tables = tablesOf(this.memory, step);
    await tick({
      tenants: tableActiveTenants({ tables, nowMs: () => ARRIVAL_MS }),
      evaluations: this.evaluations(step),
      due: { due: async () => await Promise.resolve([]) },
      looks: { ask: async () => await Promise.resolve() },
      learning: { ask: async () => await Promise.resolve() },
      pollList: { due: async () => await Promise.resolve([]) },
      polls: { ask: async () => await Promise.resolve() },
      clock,
    });
  }

  /** As `evaluate` behind its queue: each message until it is done, then it is deleted. */
  async evaluate(step: Step, deletesFirst = false): Promise<void> {
    for (let next = this.queue[0]; next !== undefined; next = this.queue[0]) {
      if (deletesFirst) this.queue.shift();
      const tables = tablesOf(this.memory, step);
      const deps = {
        log: tableSummaryLog({ tables }),
        windows: tableWindowStore({ tables }),
        clock,
        metrics,
        settings: async () => await Promise.resolve(usualSettings),
        templates: tableTemplateBook({ tables, nowMs: clock.nowMs }),
      };
      await evaluateTenant(deps, { ...readEvaluation(next.body), untilMs: clock.nowMs() + 1 });
      if (!deletesFirst) this.queue.shift();
    }
  }

  bucket(step: Step): BlockObjects {
    return {
      put: async (name, bytes) =>
        await step(async () => {
          this.objects.set(name, bytes);
          return await Promise.resolve();
        }),
      get: async (name) =>
        await step(async () => await Promise.resolve(this.objects.get(name) ?? null)),
    };
  }

  private evaluations(step: Step) {
    return queueEvaluations({
      send: async (messages) =>
        await step(async () => {
          this.queue.push(...messages);
          return await Promise.resolve();
        }),
      textOf: evaluationText,
    });
  }
}

/** A batch with one line that is told at once: small or too large for its item, of one service or some, in time or late. */
export const randomBatch = (random: Seeded): Batch => {
  const lines = random.pick([1, 8, 600]);
  const services = 1 + random.below(3);
  const lateMs = random.pick([0, 2 * HOUR_MS]);
  const word = (): string => random.below(1e9).toString(36);
  const request = {
    resourceLogs: Array.from({ length: services }, (_, service) => ({
      resource: { attributes: [{ key: 'service.name', value: text(`service-${service}`) }] },
      scopeLogs: [
        {
          logRecords: [
            {
              timeUnixNano: nanos(ARRIVAL_MS - 1_000),
              severityNumber: 21,
              body: text(`fatal error: out of memory in ${word()}`),
            },
            ...Array.from({ length: lines }, (_unused, line) => ({
              timeUnixNano: nanos(ARRIVAL_MS - lateMs - line),
              severityNumber: 9,
              body: text(`${word()} ${word()} ${word()} ${word()}`),
            })),
          ],
        },
      ],
    })),
  };
  return readFresh(jsonInput(request));
};
