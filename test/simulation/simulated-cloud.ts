import { AppError } from '../../lambdas/shared/app-error.ts';
import { tableConnections } from '../../lambdas/threads/sockets/adapters/table-connections.ts';
import { tableChunkLog } from '../../lambdas/threads/adapters/table-chunk-log.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import { chunkKey } from '../../lambdas/threads/adapters/threads/thread-keys.ts';
import type { RunPlace, ThreadPlace } from '../../lambdas/threads/domain/thread-ids.ts';
import type { ChunkLog } from '../../lambdas/threads/ports/chunks.ts';
import type { Connections } from '../../lambdas/threads/sockets/ports/sockets.ts';
import { runClaimed } from '../../lambdas/threads/usecases/run-claimed.ts';
import { socketAudience } from '../../lambdas/threads/sockets/usecases/socket-audience.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import type { Viewed } from './check-thread.ts';
import { Fates, type Mood } from './fates.ts';
import { noticed } from './noticed-tables.ts';
import { seeded, type Seeded } from './seeded.ts';
import {
  simulatedModel,
  SimulatedMoney,
  simulatedTools,
  type SimulatedWorld,
} from './simulated-model.ts';
import { isOfSockets, SimulatedSockets, type WatchedDeps } from './simulated-sockets.ts';
import {
  isOfWaits,
  splitMessages,
  unreliable,
  weakened,
  type ThreadMutation,
} from './unreliable-tables.ts';
import { VirtualTime, type Actor } from './virtual-time.ts';
import type { Metrics, Timers } from '../../lambdas/shared/deps.ts';

export const START_MS = Date.UTC(2026, 10, 24);
export const PLACE: ThreadPlace = {
  projectId: 'p',
  endUserId: 'ada',
  threadId: 'thread_00000000000000000000',
};
/** Few calls take so long. */
const CALL_MS_MAX = 30_000;
/** In most worlds now and then somebody dies. */
const MOODS: readonly Mood[] = [
  ...Array.from({ length: 8 }, () => 'usual' as const),
  'restless',
  'spared',
];
/** In some all writers come at once. */
const CROWDED_SHARE = 0.1;
const CALLS_SHARE = 0.3;
const WAITING_CALLS_SHARE = 0.8;
const WAIT_SEEDS = 0x5bd1_e995;
/** Nobody watches, and nobody asks a table for it. */
const NOBODY: Connections = {
  ...tableConnections(new MemoryTables()),
  viewers: async () => [],
};

/** In how many worlds tabs watch, and calls wait for somebody. */
export interface Shares {
  readonly tabs: number;
  readonly waits: number;
}

/** One simulated cloud: functions that die and sleep, over tables in memory. */
export class Cloud {
  readonly random: Seeded;
  readonly time: VirtualTime;
  readonly tables = new MemoryTables();
  readonly money = new SimulatedMoney();
  readonly world: SimulatedWorld;
  readonly viewed: Viewed[] = [];
  readonly failures: unknown[] = [];
  /** What the run went through. */
  readonly seen = new Set<string>();
  readonly fates: Fates;
  readonly isCrowded: boolean;
  private readonly ended = new Set<string>();
  readonly sockets: SimulatedSockets;
  /** Tabs that watch the thread; in most worlds none, for what they need costs time. */
  readonly tabCount: number;
  /** In some worlds calls wait for somebody, who may never come. Its own seeds leave the other worlds as they are. */
  readonly waits: { readonly random: Seeded; readonly isAnswered: boolean } | null;
  private readonly mutation: ThreadMutation | null;
  isCalm: boolean;

  constructor(
    seed: number,
    mutation: ThreadMutation | null,
    { tabs: tabsShare, waits: waitsShare }: Shares,
  ) {
    this.random = seeded(seed);
    this.mutation = mutation;
    this.time = new VirtualTime(this.random, START_MS);
    const { time, random, money, seen } = this;
    const mood = moodOf(mutation) ?? random.pick(MOODS);
    const isCrowded = random.chance(isOfCrowds(mutation) ? 1 : CROWDED_SHARE);
    this.isCrowded = isCrowded;
    const fates = new Fates({ time, isCalm: () => this.isCalm, mood, isCrowded, seen });
    this.fates = fates;
    this.tabCount = random.chance(isOfSockets(mutation) ? 1 : tabsShare) ? 1 + random.below(3) : 0;
    const ofWaits = seeded(seed ^ WAIT_SEEDS);
    this.waits =
      this.tabCount === 0 && ofWaits.chance(isOfWaits(mutation) ? 1 : waitsShare)
        ? { random: ofWaits, isAnswered: ofWaits.chance(0.5) }
        : null;
    const callsShare = this.waits === null ? CALLS_SHARE : WAITING_CALLS_SHARE;
    this.world = { time, random, money, fates, requests: [], actors: [], callsShare };
    // In half of them nothing fails, so that what the protocol needs no second try for is seen.
    this.isCalm = this.tabCount > 0 && random.chance(0.5);
    this.sockets = new SimulatedSockets({
      time,
      fates,
      seen,
      moment: () => this.moment(),
      place: PLACE,
      actor: (name) => this.actor(name),
      deps: (actor) => this.deps(actor),
      tables: (actor) => this.tablesOf(actor),
      isCalm: () => this.isCalm,
      mutation,
    });
  }

  actor(name: string): Actor {
    const skewMs = this.random.below(4_000) - 2_000;
    const { actors } = this.world;
    const actor = {
      name: `${name} ${actors.length}`,
      skewMs,
      isDead: false,
      wasPaused: false,
      frozenUntilMs: 0,
    };
    actors.push(actor);
    return actor;
  }

  /** Starts a function; what it throws beyond its contract fails the run. */
  spawn(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!(error instanceof AppError)) this.failures.push(error);
    });
  }

  deps(actor: Actor): WatchedDeps {
    const timers: Timers = {
      nowMs: () => this.time.nowMs + actor.skewMs,
      sleep: async (ms, signal) => await this.fates.pass(actor, 'timer', ms, signal),
    };
    const tables = this.tablesOf(actor);
    const chunks = this.logOf(tableChunkLog({ tables, timers }));
    const store = tableThreadStore({
      tables,
      timers,
      random: () => this.random.below(1_000) / 1_000,
    });
    const sockets = {
      connections: this.tabCount === 0 ? NOBODY : this.sockets.connections(actor),
      poster: this.sockets.poster(actor),
    };
    const report = (): void => undefined;
    return {
      store,
      chunks,
      model: simulatedModel(this.world, actor),
      tools: simulatedTools(
        this.world,
        actor,
        this.waits && {
          ...this.waits,
          toolAnswer: async (run, id) => await store.toolAnswer(run, id),
        },
      ),
      timers,
      callMsMax: CALL_MS_MAX,
      sockets,
      audience: socketAudience({ ...sockets, store, chunks, timers, report }),
      starter: {
        start: async (run) => {
          await this.fates.travel(actor, 'start');
          this.start(run);
          await this.fates.travel(actor, 'start');
        },
        startTitle: async () => undefined,
        startFork: async () => undefined,
      },
      metrics: { record: (...told) => this.count(actor, ...told) },
      report,
    };
  }

  /** Where the thread is. */
  private moment(): string {
    const meta = [...this.tables.items.threads.values()].find(({ sk }) => sk === 'META');
    if ((meta?.['active_run'] ?? null) === null)
      return meta?.['last_run'] === undefined ? 'nothing ran yet' : 'all is over';
    const { pk } = chunkKey({ ...PLACE, seq: Number(meta?.['active_run']) }, 0);
    const chunks = [...this.tables.items.chunks.values()].filter((chunk) => chunk['pk'] === pk);
    return chunks.length === 0 ? 'before the first event' : 'in mid-answer';
  }

  private logOf(chunks: ChunkLog): ChunkLog {
    if (this.mutation === 'show before the put') return eager(chunks, 1);
    return this.mutation === 'two puts in flight' ? eager(chunks, 2) : chunks;
  }

  /** A crash may lose a figure; nothing tells one twice. */
  private count(
    actor: Actor,
    ...[{ turns, takeovers }, about]: Parameters<Metrics['record']>
  ): void {
    const [who = ''] = actor.name.split(' ');
    if (takeovers !== undefined) this.seen.add(`${about?.by?.['reason'] ?? ''}, by: ${who}`);
    const runId = about?.facts?.['run_id'] ?? '';
    // A run that waits is counted each time it does.
    if (turns === undefined || about?.by?.['reason'] === 'requires_action') return;
    if (this.ended.has(runId)) this.failures.push(new Error(`${runId} was counted twice`));
    this.ended.add(runId);
  }

  private tablesOf(actor: Actor): Tables {
    const inner = this.mutation === null ? this.tables : weakened(this.tables, this.mutation);
    const tables = unreliable(noticed(inner, this.seen), actor, this.fates);
    return this.mutation === 'message outside the end' ? splitMessages(tables) : tables;
  }

  /** An asynchronous invocation: at least once, at some time; now and then it is lost, and the sweep repeats it. */
  private start(run: RunPlace): void {
    const copies = this.random.chance(0.1) ? 0 : this.random.chance(0.1) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const actor = this.actor('claimed');
      this.spawn(
        (async () => {
          await this.time.sleep(actor, this.random.below(500));
          const leftMs = this.random.chance(0.2) ? 12_000 + this.random.below(60_000) : 890_000;
          const deadlineMs = this.time.nowMs + leftMs;
          await runClaimed(this.deps(actor), { run, nonce: actor.name, deadlineMs });
        })(),
      );
    }
  }
}

/** A log that says `stored` before it is, with so many puts in flight. */
const eager = (log: ChunkLog, putsMax: number): ChunkLog => {
  const puts: Promise<unknown>[] = [];
  return {
    ...log,
    append: async (...args) => {
      while (puts.length >= putsMax) await puts[0];
      const put: Promise<unknown> = log
        .append(...args)
        .catch(() => undefined)
        .finally(() => puts.splice(puts.indexOf(put), 1));
      puts.push(put);
      return 'stored';
    },
  };
};

const isOfCrowds = (mutation: ThreadMutation | null): boolean =>
  mutation === 'no sequence clause' || isOfWaits(mutation);

/** The worlds in which a fault shows. */
const moodOf = (mutation: ThreadMutation | null): Mood | null => {
  switch (mutation) {
    case 'lease without fence':
      return 'restless';
    case 'no nonce':
      return 'spared';
    default:
      return null;
  }
};
