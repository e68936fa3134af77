import * as z from 'zod';
import { encodeItem, type WireItem } from '../../../lambdas/platform/aws/attribute-values.ts';
import { anomalyItemOf } from '../../../lambdas/sre/adapters/anomaly-items.ts';
import { tableAnomalyBook } from '../../../lambdas/sre/adapters/table-anomaly-book.ts';
import { tableDeliveryStore } from '../../../lambdas/sre/adapters/table-delivery-store.ts';
import { tableDestinationBook } from '../../../lambdas/sre/adapters/table-destination-book.ts';
import { tableDiagnosisSettings } from '../../../lambdas/sre/adapters/table-diagnosis-settings.ts';
import { tableDueList } from '../../../lambdas/sre/adapters/table-due-list.ts';
import { tableHealthBook } from '../../../lambdas/sre/adapters/table-health-book.ts';
import { tableIncidentStore } from '../../../lambdas/sre/adapters/table-incident-store.ts';
import { tableSilenceBook } from '../../../lambdas/sre/adapters/table-silence-book.ts';
import { WEBHOOK } from '../../../lambdas/sre/destinations/webhook/webhook.ts';
import type { Anomaly } from '../../../lambdas/sre/domain/anomaly.ts';
import type { Cause } from '../../../lambdas/sre/domain/cause.ts';
import type { Source } from '../../../lambdas/sre/domain/log-record.ts';
import { sreChange } from '../../../lambdas/sre/formats/sre-change.ts';
import type { Looks } from '../../../lambdas/sre/ports/incidents.ts';
import { announce } from '../../../lambdas/sre/usecases/announce.ts';
import { correlateIncidents } from '../../../lambdas/sre/usecases/correlate-incidents.ts';
import { deliverTicket } from '../../../lambdas/sre/usecases/deliver-ticket.ts';
import { fileTickets } from '../../../lambdas/sre/usecases/file-tickets.ts';
import { MemoryTables } from '../memory-tables.ts';
import { destinationOf, ticketOfIncident } from './delivered.ts';
import { START_MS } from './entries.ts';

const WORKER_MS = 60_000;
const STEPS_MAX = 200_000;

const posted = z.looseObject({
  type: z.string(),
  ticket_id: z.string(),
  ticket: z.looseObject({ incident_id: z.string(), title: z.string(), state: z.string() }),
});
type Posted = z.infer<typeof posted> & { readonly tenant: string };

interface StreamRecord {
  readonly NewImage: WireItem;
  readonly OldImage?: WireItem;
}

/**
 * From an anomaly in the table to what a webhook is sent: stream, `announce`, `correlate`, `file-tickets` and `deliver`, each
 * by its own use case over one table in memory, and messages in the order of their times.
 */
export class WholePath {
  readonly tables = new MemoryTables();
  readonly sent: Posted[] = [];
  nowMs = START_MS + 60_000;
  /** What correlation finds; null: nothing. */
  causeOf: (() => Cause) | null = null;
  edges: readonly (readonly [Source, Source])[] = [];
  private readonly stream: StreamRecord[] = [];
  private readonly streamed = new Map<string, object>();
  private readonly messages: { readonly atMs: number; readonly run: () => Promise<void> }[] = [];
  private attempts = 0;

  /** A project with one webhook. */
  async project(tenant: string): Promise<void> {
    await tableDestinationBook({ tables: this.tables, destinationsMax: 50 }).create(
      destinationOf({
        id: `dst_${tenant.replaceAll(/\W/g, '')}`,
        tenant,
        kind: 'webhook',
        settings: { url: `https://desk.example/${encodeURIComponent(tenant)}` },
      }),
    );
  }

  /** As `evaluate` writes them. */
  find(anomalies: readonly Anomaly[]): void {
    for (const anomaly of anomalies) this.tables.place('sre', anomalyItemOf(anomaly));
  }

  /** All that follows, until nothing does for ten minutes. */
  async settle(): Promise<void> {
    const untilMs = this.nowMs + 600_000;
    await this.pass(this.changes());
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      const next = this.messages.reduce<(typeof this.messages)[number] | null>(
        (first, one) => (first === null || one.atMs < first.atMs ? one : first),
        null,
      );
      if (next === null || next.atMs > untilMs) return;
      this.messages.splice(this.messages.indexOf(next), 1);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      await next.run();
      await this.pass(this.changes());
    }
    throw new Error('it comes to no end');
  }

  /** The stream again from its first record. */
  async replay(): Promise<void> {
    await this.pass(this.stream.slice());
    await this.settle();
  }

  ticketsOf(tenant: string): readonly Posted[] {
    return this.sent.filter((one) => one.tenant === tenant && one.type === 'ticket.opened');
  }

  /** What is new in the table, as the mapping lets it through. */
  private changes(): readonly StreamRecord[] {
    const fresh: StreamRecord[] = [];
    for (const [name, item] of this.tables.items.sre) {
      const before = this.streamed.get(name);
      if (before === item || (item['anomaly'] ?? item['news']) === undefined) continue;
      this.streamed.set(name, item);
      fresh.push({
        NewImage: encodeItem(item),
        ...(before === undefined ? {} : { OldImage: encodeItem({ ...before, pk: '', sk: '' }) }),
      });
    }
    this.stream.push(...fresh);
    return fresh;
  }

  private async pass(records: readonly StreamRecord[]): Promise<void> {
    const nothing = { send: async () => await Promise.resolve() };
    await announce(
      {
        looks: this.looks,
        news: {
          changed: async (changes) => {
            for (const change of changes) this.later(0, async () => await this.file(change));
            await Promise.resolve();
          },
        },
        diagnoses: nothing,
        settings: tableDiagnosisSettings({ tables: this.tables }),
        remediations: nothing,
        tellUsage: nothing.send,
      },
      records.flatMap((dynamodb) => sreChange({ dynamodb }) ?? []),
    );
  }

  private later(afterMs: number, run: () => Promise<void>): void {
    this.messages.push({ atMs: this.nowMs + afterMs, run });
  }

  private get timers() {
    return { nowMs: () => this.nowMs, sleep: async () => await Promise.resolve() };
  }

  private readonly looks: Looks = {
    ask: async (looks) => {
      for (const look of looks)
        this.later(look.delaySeconds * 1_000, async () => await this.correlate(look));
      await Promise.resolve();
    },
  };

  private async correlate(look: Parameters<typeof correlateIncidents>[1]): Promise<void> {
    const { tables, timers, causeOf, edges } = this;
    await correlateIncidents(
      {
        anomalies: tableAnomalyBook({ tables }),
        incidents: tableIncidentStore({ tables }),
        silences: tableSilenceBook({ tables }),
        graph: { edges: async () => await Promise.resolve(edges) },
        due: tableDueList({ tables }),
        timers,
        causeOf: causeOf === null ? null : async () => await Promise.resolve(causeOf()),
        looks: this.looks,
        windows: { load: async () => await Promise.resolve(new Map()) },
        metrics: { record: () => undefined },
      },
      look,
    );
  }

  private async file(change: Parameters<typeof fileTickets>[1]): Promise<void> {
    const { tables, timers } = this;
    await fileTickets(
      {
        incidents: tableIncidentStore({ tables }),
        destinations: tableDestinationBook({ tables, destinationsMax: 50 }),
        deliveries: tableDeliveryStore({ tables }),
        ownersOf: async () => await Promise.resolve([]),
        queue: this.deliveries,
        clock: timers,
      },
      change,
    );
  }

  private readonly deliveries: Parameters<typeof fileTickets>[0]['queue'] = {
    send: async (tasks, afterMs) => {
      for (const task of tasks) this.later(afterMs, async () => await this.deliver(task));
      await Promise.resolve();
    },
  };

  private async deliver(task: Parameters<typeof deliverTicket>[1]['task']): Promise<void> {
    const { tables, timers } = this;
    await deliverTicket(
      {
        deliveries: tableDeliveryStore({ tables }),
        destinations: tableDestinationBook({ tables, destinationsMax: 50 }),
        health: tableHealthBook({ tables }),
        incidents: tableIncidentStore({ tables }),
        render: async (incident) => await Promise.resolve(ticketOfIncident(incident)),
        wireOf: async (destination) =>
          await Promise.resolve(
            WEBHOOK.ticket({
              destination,
              secrets: { signing_secret: 'whsec_of_the_desk' },
              nowMs: timers.nowMs,
              send: async ({ body }) => {
                const said = posted.parse(JSON.parse(typeof body === 'string' ? body : ''));
                this.sent.push({ ...said, tenant: destination.tenant });
                return await Promise.resolve({
                  kind: 'answered',
                  status: 200,
                  headers: {},
                  text: '{}',
                });
              },
            }),
          ),
        queue: this.deliveries,
        polls: { touch: async () => await Promise.resolve() },
        takeEvents: async () => await Promise.resolve(0),
        news: { note: async () => await Promise.resolve() },
        clock: timers,
        metrics: { record: () => undefined },
        report: (_message, error) => {
          throw error;
        },
        newAttemptId: () => `attempt-${(this.attempts += 1)}`,
        random: () => 0.5,
      },
      { task, untilMs: this.nowMs + WORKER_MS },
    );
  }
}
