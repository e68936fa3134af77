import { createHash } from 'node:crypto';
import { blockTelemetry } from '../../../lambdas/sre/adapters/block-telemetry.ts';
import { tableBaselineStore } from '../../../lambdas/sre/adapters/table-baseline-store.ts';
import { tableBlockStore } from '../../../lambdas/sre/adapters/table-block-store.ts';
import type { Deploy } from '../../../lambdas/sre/correlate/deploys.ts';
import { anomalyId, type Anomaly, type AnomalyKind } from '../../../lambdas/sre/domain/anomaly.ts';
import type { SignalKind } from '../../../lambdas/sre/domain/batch.ts';
import type { Cause } from '../../../lambdas/sre/domain/cause.ts';
import type { MetricMinute } from '../../../lambdas/sre/domain/metric-minute.ts';
import { encodeLogBlock } from '../../../lambdas/sre/in/blocks/log-block.ts';
import { encodeMetricBlock } from '../../../lambdas/sre/in/blocks/metric-block.ts';
import { openTelemetry } from '../../../lambdas/sre/in/blocks/open-telemetry.ts';
import { encodeSpanBlock } from '../../../lambdas/sre/in/blocks/span-block.ts';
import type { BlockStore } from '../../../lambdas/sre/ports/blocks.ts';
import { correlate } from '../../../lambdas/sre/usecases/correlate.ts';
import { learn, type LearnDeps } from '../../../lambdas/sre/usecases/learn-calls.ts';
import { MemoryTables } from '../memory-tables.ts';
import { traffic, type Telling, type WorldOptions } from './call-world.ts';
import { sourceOf, START_MS } from './entries.ts';

export const MINUTE_MS = 60_000;
/** Senders send every so often. */
const SEND_MS = 20_000;

/** Blocks and baselines as deployed, over tables in memory. */
export class CausesRoom {
  readonly tables = new MemoryTables();
  readonly blocks: BlockStore;
  readonly deps: LearnDeps;
  private readonly objects = new Map<string, Uint8Array>();

  constructor() {
    const { tables, objects } = this;
    this.blocks = tableBlockStore({
      tables,
      keptDays: 3,
      objects: {
        put: async (name, bytes) => {
          objects.set(name, bytes);
          await Promise.resolve();
        },
        get: async (name) => await Promise.resolve(objects.get(name) ?? null),
      },
    });
    this.deps = {
      telemetry: blockTelemetry({ blocks: this.blocks, open: openTelemetry }),
      baselines: tableBaselineStore({ tables }),
    };
  }

  /** Traffic of a world, stored as its senders send it. */
  async play(
    tenant: string,
    world: WorldOptions,
    { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  ): Promise<void> {
    for (let atMs = fromMs; atMs < toMs; atMs += SEND_MS)
      await this.send(
        tenant,
        traffic(world, { fromMs: atMs, toMs: Math.min(toMs, atMs + SEND_MS) }),
        atMs + SEND_MS,
      );
  }

  async send(tenant: string, { spans, lines }: Telling, stampMs: number): Promise<void> {
    const logs = lines.map(({ record }) => record);
    if (logs.length > 0) await this.put(tenant, 'logs', encodeLogBlock(logs), logs.length, stampMs);
    if (spans.length > 0)
      await this.put(tenant, 'traces', encodeSpanBlock(spans), spans.length, stampMs);
  }

  async sendMetrics(
    tenant: string,
    minutes: readonly MetricMinute[],
    stampMs: number,
  ): Promise<void> {
    await this.put(tenant, 'metrics', encodeMetricBlock(minutes), minutes.length, stampMs);
  }

  /** Minutes as usual from `START_MS` on, each learned; returns when they end. */
  async learnMinutes(tenant: string, world: WorldOptions, minutes = 12): Promise<number> {
    const endMs = START_MS + minutes * MINUTE_MS;
    await this.play(tenant, world, { fromMs: START_MS, toMs: endMs });
    for (let atMs = START_MS; atMs < endMs; atMs += MINUTE_MS) await this.learn(tenant, atMs);
    return endMs;
  }

  async learn(tenant: string, atMs: number): Promise<void> {
    await learn(this.deps, { tenant, minute: atMs / MINUTE_MS });
  }

  async correlate(
    tenant: string,
    anomalies: readonly Anomaly[],
    nowMs: number,
    deploys: readonly Deploy[] = [],
  ): Promise<Cause> {
    return await correlate(this.deps, { tenant, anomalies, nowMs, deploys });
  }

  private async put(
    tenant: string,
    kind: SignalKind,
    block: Uint8Array,
    records: number,
    stampMs: number,
  ): Promise<void> {
    const hash = createHash('sha256').update(tenant).update(block).digest('hex');
    await this.blocks.put({
      tenant,
      stampMs,
      batch: {
        kind,
        hash,
        bytes: block.length,
        records,
        rejected: 0,
        message: '',
        block,
        summary: [],
        fromMs: stampMs,
        toMs: stampMs,
      },
    });
  }
}

export const anomalyOf = (
  service: string,
  openedMs: number,
  change: Partial<Anomaly> & { readonly kind?: AnomalyKind } = {},
): Anomaly => {
  const { kind = 'failures', source = sourceOf(service) } = change;
  return {
    id: anomalyId('tenant', source, kind, Math.floor(openedMs / 10_000)),
    revision: 1,
    tenant: 'tenant',
    kind,
    source,
    path: 'windowed',
    openedMs,
    foundMs: openedMs + 10_000,
    endedMs: null,
    band: 'high',
    score: {
      version: 1,
      parts: [],
      adjustment: { name: 'none', points: 0 },
      score: 700,
      band: 'high',
    },
    why: `${source.service} fails.`,
    facts: {},
    template: null,
    samples: [],
    others: [],
    ...change,
  };
};
