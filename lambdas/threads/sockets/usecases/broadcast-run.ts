import {
  DRAIN_MS,
  FORMER_LOOK_MS,
  FORMER_POSTER_MS,
  FRAME_PAUSE_MS,
  VIEWERS_LOOK_MS,
} from '../../domain/limits.ts';
import type { LogCursor } from '../../domain/log-cursor.ts';
import type { LoggedEvent, RunEvent } from '../../domain/run-event.ts';
import type { Viewer } from '../domain/socket.ts';
import type { Run } from '../../domain/thread.ts';
import type { RunAudience } from '../../ports/audience.ts';
import { eventsFrame, type EventsFrame } from '../formats/socket-frames.ts';
import { cutOff, postFrame, type PostDeps } from './post-frames.ts';
import { replayTo } from './replay.ts';
import { endOf, THREAD_START, type ChainDeps } from './thread-chain.ts';

export type BroadcastDeps = PostDeps & ChainDeps;

/** More than fits one frame, so that a frame is full when there is more to send. */
const EVENTS_A_FRAME_MAX = 500;
const LOOK_TRIES_MAX = 3;
/** How often it is looked whether everybody has what they should, while nothing else is to do. */
const SETTLE_MS = 50;

/** One viewer, as its producer knows it. */
interface Seat {
  viewer: Viewer;
  /** Index of the next event to post; null: whoever served it before may not be through yet. */
  next: number | null;
  nextFrameAtMs: number;
  isBusy: boolean;
  isLost: boolean;
}

/**
 * The producer as the poster of its run: it looks who watches the thread, and serves each from its own log, in order,
 * one post at a time, from where the viewer is. Nothing here is waited for by the run. While a former producer may
 * still be posting, a viewer that is behind waits for it: only two that post at once could double an event.
 */
export class Broadcast implements RunAudience {
  private readonly deps: BroadcastDeps;
  private readonly run: Run;
  private readonly log: RunEvent[];
  /** Events that former producers stored, and showed to their viewers. */
  private readonly formerCount: number;
  private readonly formerUntilMs: number;
  private readonly seats = new Map<string, Seat>();
  private readonly stop = new AbortController();
  private readonly hurry = new AbortController();
  private ending: Promise<void> | null = null;
  private previousEnd: LogCursor | null = null;
  /** The latest frame: viewers in step get the same one, so that it is encoded once. */
  private latest: { readonly first: number; readonly count: number; frame: EventsFrame } | null =
    null;

  constructor(deps: BroadcastDeps, run: Run, stored: readonly RunEvent[]) {
    this.deps = deps;
    this.run = run;
    this.log = [...stored];
    this.formerCount = stored.length;
    this.formerUntilMs = deps.timers.nowMs() + FORMER_POSTER_MS;
    void this.watch();
  }

  /** Events that are stored: never before. */
  show(events: readonly LoggedEvent[]): void {
    this.log.push(...events.map(({ event }) => event));
    for (const seat of this.seats.values()) void this.serve(seat);
  }

  /** The run ended, waits, or is handed over: everybody gets the rest, within a bounded time. */
  async end(): Promise<void> {
    this.ending ??= this.drain().catch((error: unknown) => {
      this.deps.report('viewers not served', error);
    });
    await this.ending;
  }

  /** Somebody else has the run. */
  abort(): void {
    this.stop.abort();
    this.hurry.abort();
    for (const seat of this.seats.values()) seat.isLost = true;
  }

  private async watch(): Promise<void> {
    while (!this.hurry.signal.aborted) {
      await this.look();
      const isAnyBehind = [...this.seats.values()].some(({ next }) => next === null);
      const pauseMs = isAnyBehind ? FORMER_LOOK_MS : VIEWERS_LOOK_MS;
      await this.deps.timers.sleep(pauseMs, this.hurry.signal);
    }
  }

  /** Who watches now; true: it is known. */
  private async look(): Promise<boolean> {
    try {
      const viewers = await this.deps.connections.viewers(this.run.threadId);
      const live = viewers.filter(({ state }) => state === 'live');
      const known = new Map(live.map((viewer) => [viewer.connectionId, viewer]));
      for (const [id, seat] of this.seats)
        if (known.get(id)?.subscription !== seat.viewer.subscription) this.leave(id, seat);
      await Promise.all(live.map(async (viewer) => await this.seat(viewer)));
      return true;
    } catch (error) {
      this.deps.report('viewers not read', error);
      return false;
    }
  }

  private leave(connectionId: string, seat: Seat): void {
    seat.isLost = true;
    this.seats.delete(connectionId);
  }

  private async seat(viewer: Viewer): Promise<void> {
    if (viewer.endsAtMs <= this.deps.timers.nowMs()) {
      const seat = this.seats.get(viewer.connectionId);
      if (seat !== undefined) this.leave(viewer.connectionId, seat);
      await cutOff(this.deps, viewer.connectionId);
      return;
    }
    if (this.isSeated(viewer)) return;
    const next = await this.nextOf(viewer);
    // Two looks may be under way at once.
    if (this.stop.signal.aborted || this.isSeated(viewer)) return;
    const seat = this.seats.get(viewer.connectionId) ?? {
      viewer,
      next,
      nextFrameAtMs: 0,
      isBusy: false,
      isLost: false,
    };
    if (seat.isBusy) return;
    this.seats.set(viewer.connectionId, seat);
    seat.viewer = viewer;
    seat.next = next;
    void this.serve(seat);
  }

  private isSeated({ connectionId }: Viewer): boolean {
    const seat = this.seats.get(connectionId);
    return seat !== undefined && seat.next !== null;
  }

  /** null: after what former producers had to post. */
  private async nextOf({ cursor }: Viewer): Promise<number | null> {
    const isOfRun = cursor.seq === this.run.seq;
    if (!isOfRun && !(await this.isAtPreviousEnd(cursor))) return null;
    const next = isOfRun ? cursor.index + 1 : 0;
    return next < this.formerCount ? null : next;
  }

  private async isAtPreviousEnd(cursor: LogCursor): Promise<boolean> {
    const seq = this.run.previousRun ?? 0;
    if (cursor.seq !== seq) return false;
    if (seq === 0) return true;
    if (this.previousEnd === null) {
      const run = await this.deps.store.run({ ...this.run, seq });
      this.previousEnd = run === null ? THREAD_START : endOf(run);
    }
    return cursor.index === this.previousEnd.index;
  }

  /** One at a time for each viewer; those of others never wait for it. */
  private async serve(seat: Seat): Promise<void> {
    if (seat.isBusy) return;
    seat.isBusy = true;
    try {
      if (seat.next === null && this.deps.timers.nowMs() >= this.formerUntilMs)
        await this.catchUp(seat);
      while (this.isBehind(seat)) await this.postNext(seat);
    } catch (error) {
      this.deps.report('viewer not served', error);
    } finally {
      seat.isBusy = false;
    }
  }

  private isBehind(seat: Seat): seat is Seat & { readonly next: number } {
    return !seat.isLost && seat.next !== null && seat.next < this.log.length;
  }

  /** Whoever served it before is dead: the runs before this one come from their logs. */
  private async catchUp(seat: Seat): Promise<void> {
    const { cursor, connectionId } = seat.viewer;
    if (cursor.seq === this.run.seq) {
      seat.next = cursor.index + 1;
      return;
    }
    const reached = await replayTo(this.deps, this.run, seat.viewer, this.run.previousRun ?? 0);
    if (reached === null) this.leave(connectionId, seat);
    else seat.next = 0;
  }

  private async postNext(seat: Seat & { readonly next: number }): Promise<void> {
    const { timers } = this.deps;
    const waitMs = seat.nextFrameAtMs - timers.nowMs();
    if (waitMs > 0) await timers.sleep(waitMs, this.hurry.signal);
    if (seat.isLost) return;
    const first: number = seat.next;
    const frame = this.frameFrom(first);
    const isAll = first + frame.count >= this.log.length;
    seat.nextFrameAtMs = isAll ? timers.nowMs() + FRAME_PAUSE_MS : 0;
    const isThere = await postFrame(this.deps, seat.viewer.connectionId, frame.text);
    if (isThere) Object.assign(seat, { next: first + frame.count });
    else this.leave(seat.viewer.connectionId, seat);
  }

  private frameFrom(first: number): EventsFrame {
    const { latest, log } = this;
    if (latest?.first === first && latest.count === log.length) return latest.frame;
    const events = log.slice(first, first + EVENTS_A_FRAME_MAX);
    const frame = eventsFrame(
      this.run,
      events.map((event, offset) => ({ index: first + offset, event })),
    );
    this.latest = { first, count: log.length, frame };
    return frame;
  }

  /** A last look after the end: whoever went live before it is seen now. */
  private async drain(): Promise<void> {
    const { timers } = this.deps;
    this.hurry.abort();
    const untilMs = timers.nowMs() + DRAIN_MS;
    for (let tries = 0; tries < LOOK_TRIES_MAX && !(await this.look()); tries++)
      await timers.sleep(SETTLE_MS);
    await Promise.all(
      [...this.seats.values()].map(async (seat) => await this.settle(seat, untilMs)),
    );
    this.stop.abort();
  }

  private async settle(seat: Seat, untilMs: number): Promise<void> {
    const { timers } = this.deps;
    for (;;) {
      if (seat.isLost) return;
      if (seat.next !== null && seat.next >= this.log.length) break;
      const isLate =
        timers.nowMs() >= Math.max(untilMs, seat.next === null ? this.formerUntilMs + DRAIN_MS : 0);
      if (isLate) {
        this.leave(seat.viewer.connectionId, seat);
        await cutOff(this.deps, seat.viewer.connectionId);
        return;
      }
      if (seat.next === null) await this.look();
      void this.serve(seat);
      await timers.sleep(SETTLE_MS);
    }
    const cursor = { seq: this.run.seq, index: this.log.length - 1 };
    if (cursor.index >= 0) await this.deps.connections.advance(seat.viewer, cursor);
  }
}
