import { busSpendEvents } from '../../lambdas/ledger/adapters/bus-spend-events.ts';
import { dynamoProjectSpending } from '../../lambdas/ledger/adapters/dynamo-project-spending.ts';
import { changedCapOf } from '../../lambdas/ledger/adapters/dynamo-project-settings.ts';
import { keyChangeOf } from '../../lambdas/ledger/adapters/stream-change.ts';
import type { LedgerChange } from '../../lambdas/ledger/domain/key-change.ts';
import type { ProjectShard } from '../../lambdas/ledger/domain/project-cap.ts';
import type { ProjectSpending, SpendEvent } from '../../lambdas/ledger/ports/spend-events.ts';
import { rollUpUsage } from '../../lambdas/ledger/usecases/roll-up-usage.ts';
import type { Tables, Write } from '../../lambdas/platform/tables/tables.ts';
import type { MemoryTables } from '../support/memory-tables.ts';
import { memoryUsageStore } from '../support/memory-usage-store.ts';
import { budgetBooks } from './budget-books.ts';
import { must } from './scheduler.ts';
import type { Seeded } from './seeded.ts';

const PASSED = ['settle', 'expire', 'admin'];
const BATCH_MAX = 5;
/** Of batches that come again though they were done. */
const AGAIN_SHARE = 0.1;
type Warned = Extract<SpendEvent, { kind: 'ProjectCapWarned' }>;

/** What one function instance works with. */
export interface Teller {
  readonly tables: Tables;
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Whoever is at the bus may die there. */
  readonly turn: () => Promise<void>;
}

/**
 * The Keys stream of a run and whoever rolls it up while the run goes on: each record is delivered until somebody who did
 * not die has done it, and sometimes again. Checks of each warning that it is true, and told once.
 */
export class ProjectTellers {
  /** The weakened counters are read once and for all. */
  isForgetful = false;
  private readonly memory: MemoryTables;
  private readonly random: Seeded;
  private readonly seen: Set<unknown>;
  private readonly books = budgetBooks();
  private readonly open = new Set<LedgerChange>();
  private streamed = 0;
  private readonly looks = new Map<string, readonly ProjectShard[]>();
  /** By the id of the event: until when its teller had claimed it, and whether it is said for good. */
  private readonly told = new Map<string, { event: Warned; untilMs: number; isSaid: boolean }>();

  constructor(memory: MemoryTables, random: Seeded, seen: Set<unknown>) {
    this.memory = memory;
    this.random = random;
    this.seen = seen;
  }

  /** What a step of storage left behind. */
  note(writes: readonly Write[]): void {
    const { stream, items } = this.memory;
    for (const { before, after } of stream.slice(this.streamed))
      if (before !== null && after['sk'] === 'STATE' && PASSED.includes(String(after['write'])))
        this.open.add({ kind: 'key', ...keyChangeOf(before, after) });
    this.streamed = stream.length;
    for (const write of writes) {
      const projectId = write.kind === 'put' ? changedCapOf(write.item) : null;
      if (projectId !== null) this.open.add({ kind: 'project_cap', projectId, budget: null });
    }
    this.books.note(items.keys);
  }

  /** One invocation. */
  async rollUp(teller: Teller): Promise<void> {
    if (this.open.size === 0) return;
    const from = this.random.below(this.open.size);
    const batch = [...this.open].slice(from, from + 1 + this.random.below(BATCH_MAX));
    const { failed } = await rollUpUsage(this.depsOf(teller), batch);
    if (this.random.chance(AGAIN_SHARE)) return;
    for (const change of batch.slice(0, failed?.index ?? batch.length)) this.open.delete(change);
  }

  /** Everything is delivered, to whom nothing happens. */
  async finish(teller: Teller): Promise<void> {
    for (const change of this.open) {
      const { failed } = await rollUpUsage(this.depsOf(teller), [change]);
      if (failed !== null) throw failed.error;
    }
    this.check(teller.nowMs());
  }

  private depsOf({ tables, nowMs, pause, turn }: Teller) {
    let untilMs = 0;
    let event: SpendEvent | null = null;
    let latest = '';
    return {
      usage: memoryUsageStore(),
      projects: this.isForgetful ? this.firstLook(tables) : dynamoProjectSpending(tables),
      clock: { nowMs },
      pause,
      spendEvents: busSpendEvents({
        tables: {
          ...tables,
          update: async (update) => {
            const outcome = await tables.update(update);
            if (outcome.kind === 'refused') return outcome;
            if (update.values?.[':until'] !== undefined) untilMs = Number(update.values[':until']);
            const told = this.told.get(latest);
            if (update.values?.[':told'] === 1 && event !== null && told !== undefined)
              told.isSaid = true;
            return outcome;
          },
        },
        publish: async (published, id) => {
          await turn();
          event = published;
          latest = id;
          if (published.kind === 'ProjectCapWarned') this.publish(published, id, untilMs, nowMs());
          await turn();
        },
        clock: { nowMs },
      }),
    };
  }

  private firstLook(tables: Tables): { shards: ShardsOf } {
    const spending = dynamoProjectSpending(tables);
    return {
      shards: async (projectId) => {
        const look = this.looks.get(projectId) ?? (await spending.shards(projectId));
        this.looks.set(projectId, look);
        return look;
      },
    };
  }

  private publish(event: Warned, id: string, untilMs: number, nowMs: number): void {
    const { epoch, window, threshold, capNanoUsd } = event;
    must(
      this.books.spent(epoch, window) >= threshold * capNanoUsd,
      'a project is told of a share that is not spent',
    );
    const before = this.told.get(id);
    if (before !== undefined)
      must(!before.isSaid && nowMs >= before.untilMs, 'a project is told of the same share again');
    for (const { event: earlier } of this.told.values())
      if (
        earlier.epoch === epoch &&
        earlier.window === window &&
        earlier.threshold === threshold &&
        earlier.capNanoUsd !== capNanoUsd
      ) {
        must(window === 'lifetime', 'a project is told of the same share twice in a window');
        must(capNanoUsd > earlier.capNanoUsd, 'a project is told of a share again of a lower cap');
        must(
          this.books.spentAtChange(capNanoUsd) < threshold * capNanoUsd,
          'a project is told again of a share that it never left',
        );
        this.seen.add('told of a higher cap');
      }
    if (this.books.isOver(window)) this.seen.add('told after its window');
    this.seen.add('project told');
    this.told.set(id, { event, untilMs, isSaid: false });
  }

  /** What is spent when everything was delivered is told. */
  private check(nowMs: number): void {
    for (const { epoch, window, threshold, capNanoUsd, isCrossedAnew } of this.books.due(nowMs)) {
      const caps = [...this.told.values()]
        .map(({ event }) => event)
        .filter((event) => event.epoch === epoch && event.window === window)
        .filter((event) => event.threshold === threshold)
        .map((event) => event.capNanoUsd);
      must(caps.length > 0, 'a share of a project is spent and not told');
      if (window === 'lifetime' && isCrossedAnew)
        must(Math.max(...caps) >= capNanoUsd, 'a share of a raised cap is spent and not told');
    }
  }
}

type ShardsOf = ProjectSpending['shards'];
