import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { encodeItem } from '../../../lambdas/platform/aws/attribute-values.ts';
import type { SendMessages } from '../../../lambdas/platform/queues.ts';
import type { Item, Tables } from '../../../lambdas/platform/tables/tables.ts';
import { queueEvaluations } from '../../../lambdas/sre/adapters/queue-evaluations.ts';
import { tableActiveTenants } from '../../../lambdas/sre/adapters/table-active-tenants.ts';
import { tableBlockStore } from '../../../lambdas/sre/adapters/table-block-store.ts';
import { tableIngestUsage } from '../../../lambdas/sre/adapters/table-ingest-usage.ts';
import { tableSummaryLog } from '../../../lambdas/sre/adapters/table-summary-log.ts';
import { tableTemplateBook } from '../../../lambdas/sre/adapters/table-template-book.ts';
import { tableWindowStore } from '../../../lambdas/sre/adapters/table-window-store.ts';
import { arrivedBlock } from '../../../lambdas/sre/formats/arrived-block.ts';
import { evaluationText, readEvaluation } from '../../../lambdas/sre/formats/evaluation-message.ts';
import type { BlockStore } from '../../../lambdas/sre/ports/blocks.ts';
import { evaluate, type Evaluated } from '../../../lambdas/sre/usecases/evaluate.ts';
import { ingest } from '../../../lambdas/sre/usecases/ingest.ts';
import { scoreBlocks } from '../../../lambdas/sre/usecases/score-blocks.ts';
import { tick } from '../../../lambdas/sre/usecases/tick.ts';
import { MemoryTables } from '../memory-tables.ts';
import { logsRequest, text } from '../otlp/encode.ts';
import { jsonInput, nanos, readFresh } from '../otlp/read-logs.ts';
import { usualSettings } from './entries.ts';

export interface Line {
  readonly severity: number;
  readonly text: string;
}

const inserted = z.array(z.custom<DynamoDBRecord>());

/** From a sender's request to what is found in it, each step by its use case over one table in memory. */
export class TelemetryLine {
  readonly tables = new MemoryTables();
  readonly blocks: BlockStore;
  private readonly objects = new Map<string, Uint8Array>();
  private readonly streamed = new Set<Item>();
  private readonly nowMs: number;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
    this.blocks = tableBlockStore({
      tables: this.tables,
      objects: {
        put: async (name, bytes) => await Promise.resolve(void this.objects.set(name, bytes)),
        get: async (name) => await Promise.resolve(this.objects.get(name) ?? null),
      },
      keptDays: 9,
    });
  }

  /** As `ingest`: it returns when the request is acknowledged. */
  async ingest(tenant: string, lines: readonly Line[]): Promise<void> {
    const records = lines.map((line) => ({
      timeUnixNano: nanos(this.nowMs),
      severityNumber: line.severity,
      body: text(line.text),
    }));
    const batch = readFresh(jsonInput(logsRequest(records)), this.nowMs);
    await ingest(
      {
        blocks: this.blocks,
        usage: tableIngestUsage({ tables: this.tables }),
        masks: { of: async () => await Promise.resolve(null) },
        tenants: this.tenants(),
        clock: this.clock,
        metrics: { record: () => undefined },
      },
      {
        key: { keyId: `key_${tenant}`, projectId: tenant, ingestBytesADay: 1e12 },
        read: () => batch,
      },
    );
  }

  /** Blocks that came since the last time, as the stream shows them. */
  stream(): readonly DynamoDBRecord[] {
    const fresh = [...this.tables.items.logs.values()].filter(
      (item) => item['tenant'] !== undefined && !this.streamed.has(item),
    );
    for (const item of fresh) this.streamed.add(item);
    return inserted.parse(
      fresh.map((item) => ({ eventName: 'INSERT', dynamodb: { NewImage: encodeItem(item) } })),
    );
  }

  /** As `score-logs`: one batch of the stream; the mapping lets hot blocks through. */
  async score(records: readonly DynamoDBRecord[], send: SendMessages): Promise<void> {
    const hot = records.filter(({ dynamodb }) => dynamodb?.NewImage?.['hot']?.N === '1');
    await scoreBlocks(this.asking(send), hot.map(arrivedBlock));
  }

  /** As `tick`. */
  async tick(send: SendMessages): Promise<void> {
    const nothing = async () => await Promise.resolve([]);
    const nobody = { ask: async () => await Promise.resolve() };
    await tick({
      ...this.asking(send),
      tenants: this.tenants(),
      due: { due: nothing },
      looks: nobody,
      learning: nobody,
      pollList: { due: nothing },
      polls: nobody,
      clock: this.clock,
    });
  }

  /** As `evaluate` does one message. */
  async evaluate(body: string, tables: Tables = this.tables): Promise<Evaluated> {
    return await evaluate(
      {
        log: tableSummaryLog({ tables }),
        windows: tableWindowStore({ tables }),
        clock: this.clock,
        settings: async () => await Promise.resolve(usualSettings),
        templates: tableTemplateBook({ tables, nowMs: this.clock.nowMs }),
      },
      readEvaluation(body),
    );
  }

  private readonly clock = { nowMs: () => this.nowMs };

  private tenants() {
    return tableActiveTenants({ tables: this.tables, nowMs: this.clock.nowMs });
  }

  private asking(send: SendMessages) {
    return { evaluations: queueEvaluations({ send, textOf: evaluationText }) };
  }
}
