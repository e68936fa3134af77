import * as z from 'zod';
import { AppError } from '../../lambdas/shared/app-error.ts';
import { tableConnections } from '../../lambdas/threads/sockets/adapters/table-connections.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { parseLogCursor, type LogCursor } from '../../lambdas/threads/domain/log-cursor.ts';
import type { Viewer } from '../../lambdas/threads/sockets/domain/socket.ts';
import type { ThreadPlace } from '../../lambdas/threads/domain/thread-ids.ts';
import { subscribedFrame } from '../../lambdas/threads/sockets/formats/socket-frames.ts';
import type { ConnectionPoster, Connections } from '../../lambdas/threads/sockets/ports/sockets.ts';
import type { RunTurnDeps } from '../../lambdas/threads/usecases/run-types.ts';
import { subscribe } from '../../lambdas/threads/sockets/usecases/subscribe.ts';
import type { SocketPorts } from '../../lambdas/threads/sockets/usecases/post-frames.ts';
import type { Fates } from './fates.ts';
import type { Actor, VirtualTime } from './virtual-time.ts';

/** Weakenings of the sockets that the invariants must catch. */
const SOCKET_MUTATIONS = ['live without a look', 'viewers read late', 'place not kept'] as const;
export type SocketMutation = (typeof SOCKET_MUTATIONS)[number];

export const isOfSockets = (mutation: string | null): boolean =>
  SOCKET_MUTATIONS.some((one) => one === mutation);

const frame = z.union([
  z.object({
    type: z.literal('events'),
    cursor: z.string(),
    events: z.array(z.object({ cursor: z.string(), event: z.unknown() })),
  }),
  z.object({ type: z.literal('subscribed'), cursor: z.string() }),
]);

/** What one tab came to, over all its connections. */
export interface Watched {
  readonly actor: Actor;
  /** Where it began; null: nobody has told it yet. */
  start: LogCursor | null;
  /** Accepted events: those that were not there already, by the rule of the protocol. */
  readonly events: { readonly place: LogCursor; readonly event: unknown }[];
  doubles: number;
  /** It was told of an end that it had not got, and subscribed again. */
  timesBehind: number;
  /** Something failed for it: a post, its connection, its own patience. */
  hasFaults: boolean;
  isSubscribed: boolean;
}

interface Tab extends Watched {
  readonly latest: Map<number, number>;
}

/** What a function has, and the sockets that it posts to. */
export type WatchedDeps = RunTurnDeps & { readonly sockets: SocketPorts };

export interface SocketWorld {
  readonly time: VirtualTime;
  readonly fates: Fates;
  readonly seen: Set<string>;
  /** Where the thread is. */
  readonly moment: () => string;
  readonly place: ThreadPlace;
  readonly actor: (name: string) => Actor;
  readonly deps: (actor: Actor) => WatchedDeps;
  readonly tables: (actor: Actor) => Tables;
  readonly isCalm: () => boolean;
  readonly mutation: string | null;
}

/** API Gateway and the tabs behind it: posts take time, some get lost on the way there or back, tabs come and go. */
export class SimulatedSockets {
  readonly watched: Watched[] = [];
  private readonly world: SocketWorld;
  private readonly open = new Map<string, Tab>();

  constructor(world: SocketWorld) {
    this.world = world;
  }

  connections(actor: Actor): Connections {
    const { time } = this.world;
    const stored = tableConnections(this.world.tables(actor));
    const inner: Connections = {
      ...stored,
      // A slow function: much may happen between its look at the thread and this.
      goLive: async (...args) => {
        if (time.random.chance(0.3)) await time.sleep(actor, time.random.below(3_000));
        return await stored.goLive(...args);
      },
    };
    switch (this.world.mutation) {
      case 'place not kept':
        return { ...inner, advance: async () => undefined };
      case 'viewers read late':
        return { ...inner, viewers: late(inner) };
      default:
        return inner;
    }
  }

  poster(actor: Actor): ConnectionPoster {
    const { time, fates } = this.world;
    const mayFail = (): boolean => !this.world.isCalm() && time.random.chance(0.03);
    return {
      post: async (connectionId, text) => {
        await fates.travel(actor, 'post');
        if (mayFail()) return 'failed';
        const tab = this.open.get(connectionId);
        if (tab === undefined) return 'gone';
        receive(tab, text);
        await fates.travel(actor, 'post');
        return mayFail() ? 'failed' : 'posted';
      },
      close: async (connectionId) => {
        await fates.travel(actor, 'post');
        this.open.delete(connectionId);
      },
    };
  }

  /** A tab that comes at any moment, from any place, is cut now and then, and stays to the end. */
  async tab(spawn: (work: Promise<unknown>) => void): Promise<void> {
    const { time, place, isCalm } = this.world;
    const { random } = time;
    const actor = this.world.actor('tab');
    const tab: Tab = {
      actor,
      start: null,
      events: [],
      doubles: 0,
      timesBehind: 0,
      hasFaults: !isCalm(),
      latest: new Map(),
      isSubscribed: false,
    };
    await time.sleep(actor, random.below(random.chance(0.7) ? 8_000 : 30_000));
    tab.start = await this.somePlace(actor);
    this.watched.push(tab);
    for (let number = 0; ; number++) {
      const id = `${actor.name} ${number}`;
      this.open.set(id, tab);
      const { connections } = this.world.deps(actor).sockets;
      await connections.open({
        connectionId: id,
        keyId: 'key_a',
        secretHash: 'hash',
        projectId: place.projectId,
        endUserId: place.endUserId,
        isAdmin: false,
        endsAtMs: time.nowMs + 7_200_000,
      });
      spawn(this.subscribe(tab, id));
      const staysMs = !isCalm() && random.chance(0.3) ? random.below(20_000) : Infinity;
      await this.stay(tab, id, time.nowMs + staysMs, spawn);
      this.open.delete(id);
      tab.hasFaults = true;
    }
  }

  /** Listens; subscribes again when an end is told that it has not got, and leaves when nothing tells it that it is subscribed. */
  private async stay(
    tab: Tab,
    id: string,
    untilMs: number,
    spawn: (work: Promise<unknown>) => void,
  ): Promise<void> {
    const { time } = this.world;
    while (time.nowMs < untilMs && this.open.has(id)) {
      await time.sleep(tab.actor, Math.min(15_000, untilMs - time.nowMs));
      if (!this.open.has(id) || time.nowMs >= untilMs) return;
      // Whoever was to subscribe it may come late: not to another connection.
      if (!tab.isSubscribed) return;
      if (await this.isBehind(tab)) {
        // What was under way may still come.
        await time.sleep(tab.actor, 8_000);
        if (!this.open.has(id) || !(await this.isBehind(tab))) continue;
        tab.timesBehind += 1;
        spawn(this.subscribe(tab, id));
      } else if (!this.world.isCalm() && time.random.chance(0.05)) {
        tab.hasFaults = true;
        spawn(this.subscribe(tab, id));
      }
    }
  }

  private async subscribe(tab: Tab, connectionId: string): Promise<void> {
    const { actor, deps, place, time } = this.world;
    tab.isSubscribed = false;
    this.world.seen.add(`came by socket: ${this.world.moment()}`);
    const handler = actor('subscribe');
    const all = deps(handler);
    const socket = await all.sockets.connections.get(connectionId);
    if (socket === null) return;
    const after = placeOf(tab);
    try {
      const reached = await subscribe(
        { ...all, ...all.sockets },
        { socket, place, after, nonce: `${handler.name} ${time.nowMs}` },
      );
      if (reached !== null) await this.answer(handler, connectionId, reached);
    } catch (error) {
      // The answer is an error frame; the tab tries again.
      if (!(error instanceof AppError)) throw error;
    }
  }

  /** A function's own answer, on its way to whoever asked: lost where the socket, or the function, is gone. */
  private async answer(handler: Actor, connectionId: string, reached: LogCursor): Promise<void> {
    await this.world.fates.travel(handler, 'post');
    const tab = this.open.get(connectionId);
    if (tab !== undefined) receive(tab, subscribedFrame(this.world.place.threadId, reached));
  }

  /** `run.ended {cursor}` of the fan-out, as the tab knows it sooner or later. */
  private async isBehind(tab: Tab): Promise<boolean> {
    const { store } = this.world.deps(tab.actor);
    const latest = await store.latestRuns(this.world.place);
    if (latest === null || latest.lastRun === 0 || latest.activeRun !== null) return false;
    const run = await store.run({ ...this.world.place, seq: latest.lastRun });
    const here = placeOf(tab);
    return here?.seq !== run?.seq || here?.index !== (run?.eventCount ?? 0) - 1;
  }

  /** Nowhere in particular, or any event that is stored. */
  private async somePlace(actor: Actor): Promise<LogCursor | null> {
    const { random } = this.world.time;
    if (random.chance(0.4)) return null;
    const deps = this.world.deps(actor);
    const latest = await deps.store.latestRuns(this.world.place);
    const seqs = [latest?.activeRun ?? 0, latest?.lastRun ?? 0].filter((seq) => seq !== 0);
    if (seqs.length === 0 || random.chance(0.2)) return { seq: 0, index: 0 };
    const seq = random.pick(seqs);
    const events = await deps.chunks.read({ ...this.world.place, seq }, -1);
    return events.length === 0 ? null : { seq, index: random.below(events.length) };
  }
}

/** A read that shows what was there a moment ago. */
const late = (inner: Connections): Connections['viewers'] => {
  let before: readonly Viewer[] = [];
  return async (threadId) => {
    const seen = before;
    before = await inner.viewers(threadId);
    return seen;
  };
};

const placeOf = (tab: Watched): LogCursor | null => tab.events.at(-1)?.place ?? tab.start;

/** The client's rule: of each run, what comes after the last event that it has. */
const receive = (tab: Tab, text: string): void => {
  const told = frame.parse(JSON.parse(text));
  if (told.type === 'subscribed') {
    tab.isSubscribed = true;
    if (tab.events.length === 0) tab.start ??= parseLogCursor(told.cursor);
    return;
  }
  for (const { cursor, event } of told.events) {
    const place = parseLogCursor(cursor);
    const last = tab.latest.get(place.seq) ?? (tab.start?.seq === place.seq ? tab.start.index : -1);
    if (place.index <= last) {
      tab.doubles += 1;
      continue;
    }
    tab.latest.set(place.seq, place.index);
    tab.events.push({ place, event });
  }
};
