import { AppError } from '../../shared/app-error.ts';
import {
  CHUNK_BYTES_MAX,
  CHUNK_EVENTS_MAX,
  FIRST_SECOND_MS,
  FIRST_WINDOW_MS,
  LATER_WINDOW_MS,
  PENDING_BYTES_MAX,
  ROW_BYTES_MAX,
} from '../domain/limits.ts';
import { mergeInto } from '../domain/merge-deltas.ts';
import type { LoggedEvent, RunEvent } from '../domain/run-event.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import type { ChunkLog, RunWriter } from '../ports/chunks.ts';
import type { Timers } from '../../shared/deps.ts';

export interface RunLogDeps {
  readonly chunks: ChunkLog;
  readonly timers: Timers;
}

export interface RunLogOptions {
  readonly run: RunPlace;
  readonly writer: RunWriter;
  readonly startedAtMs: number;
  /** Events that are stored already; the next one follows them. */
  readonly stored: readonly RunEvent[];
  /** Called after each put: durable before visible. */
  readonly onStored: (events: readonly LoggedEvent[]) => void;
}

/** Another producer has the run: stop, write nothing more. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/**
 * The producer's end of a run's log. Puts begin a short window apart at least, and what comes sooner gathers; a delta
 * that nothing came before goes at once. One put is in flight at a time, so the log has no holes; viewers see an event only when it is stored. `push` waits only for the store, never for a viewer.
 */
export class RunLog {
  /** Every event that is stored. */
  readonly events: RunEvent[];
  private readonly deps: RunLogDeps;
  private readonly options: RunLogOptions;
  private pending: RunEvent[] = [];
  private pendingBytes = 0;
  private flushing: Promise<void> | null = null;
  private isTimed = false;
  private isHurried = false;
  private putAtMs = Number.NEGATIVE_INFINITY;
  private failure: unknown = null;

  constructor(deps: RunLogDeps, options: RunLogOptions) {
    this.deps = deps;
    this.options = options;
    this.events = [...options.stored];
  }

  /** Index of the next event that is not stored. */
  get nextIndex(): number {
    return this.events.length;
  }

  async push(event: RunEvent): Promise<void> {
    this.throwFailure();
    const isFirstDelta =
      event.type === 'content_block_delta' &&
      !this.events.some(({ type }) => type === 'content_block_delta') &&
      !this.pending.some(({ type }) => type === 'content_block_delta');
    this.pendingBytes += mergeInto(this.pending, event);
    const isEdge = event.type !== 'content_block_delta' || isFirstDelta;
    if (isEdge || this.pendingBytes >= CHUNK_BYTES_MAX) this.hurry();
    else this.startWindow();
    while (this.pendingBytes > PENDING_BYTES_MAX && this.flushing !== null) await this.flushing;
    this.throwFailure();
  }

  /** Everything pushed is stored when this resolves. */
  async flush(): Promise<void> {
    while (this.pending.length > 0 || this.flushing !== null) {
      this.startFlush();
      await this.flushing;
      this.throwFailure();
    }
  }

  /** What is not stored yet, for the transaction that ends the run. */
  async takePending(): Promise<readonly RunEvent[]> {
    while (this.flushing !== null) await this.flushing;
    while (this.pending.length >= CHUNK_EVENTS_MAX) await this.flush();
    this.throwFailure();
    return this.pending.splice(0);
  }

  /** Events that the ending transaction stored. */
  showEnd(firstIndex: number, events: readonly RunEvent[]): void {
    this.options.onStored(events.map((event, offset) => ({ index: firstIndex + offset, event })));
  }

  private startWindow(): void {
    if (this.isTimed || this.flushing !== null) return;
    const nowMs = this.deps.timers.nowMs();
    const isEarly = nowMs - this.options.startedAtMs < FIRST_SECOND_MS;
    const restMs = this.putAtMs + (isEarly ? FIRST_WINDOW_MS : LATER_WINDOW_MS) - nowMs;
    if (restMs <= 0) return this.hurry();
    this.isTimed = true;
    void this.flushAfter(restMs);
  }

  /** Puts what waits as soon as no other put is in flight, together with what comes in the same moment. */
  private hurry(): void {
    if (this.isHurried) return;
    this.isHurried = true;
    if (this.flushing === null) void this.flushSoon();
  }

  private async flushSoon(): Promise<void> {
    await this.deps.timers.sleep(0);
    // A put that began meanwhile looks again when it ends.
    if (this.flushing !== null) return;
    this.isHurried = false;
    this.startFlush();
  }

  private async flushAfter(windowMs: number): Promise<void> {
    await this.deps.timers.sleep(windowMs);
    this.isTimed = false;
    this.startFlush();
  }

  private startFlush(): void {
    if (this.flushing !== null || this.pending.length === 0 || this.failure !== null) return;
    this.putAtMs = this.deps.timers.nowMs();
    this.isHurried = false;
    this.flushing = this.put().finally(() => {
      this.flushing = null;
      // What came meanwhile is sent at once when it is in a hurry, else it waits for its own window.
      const isHurried = this.isHurried;
      this.isHurried = false;
      if (isHurried) this.startFlush();
      else if (this.pending.length > 0) this.startWindow();
    });
  }

  private async put(): Promise<void> {
    const events = this.pending.splice(0, this.isLarge() ? this.fitting() : CHUNK_EVENTS_MAX);
    this.pendingBytes = this.pending.length === 0 ? 0 : this.pendingBytes;
    const firstIndex = this.nextIndex;
    try {
      const { run, writer } = this.options;
      const outcome = await this.deps.chunks.append(run, writer, { firstIndex, events });
      if (outcome === 'fenced') {
        this.failure = new FencedError('the run has another producer');
        return;
      }
      this.events.push(...events);
      this.options.onStored(events.map((event, offset) => ({ index: firstIndex + offset, event })));
    } catch (error) {
      this.failure = error instanceof AppError ? error : new FencedError(String(error));
    }
  }

  /** A character is three bytes of UTF-8 at most. */
  private isLarge(): boolean {
    return this.pendingBytes * 3 > ROW_BYTES_MAX;
  }

  /** How many events one item holds: one at least. */
  private fitting(): number {
    let bytes = 0;
    const beyond = this.pending.findIndex((event, place) => {
      bytes += Buffer.byteLength(JSON.stringify(event));
      return place > 0 && bytes > ROW_BYTES_MAX;
    });
    return Math.min(CHUNK_EVENTS_MAX, beyond === -1 ? this.pending.length : beyond);
  }

  private throwFailure(): void {
    if (this.failure !== null) throw this.failure;
  }
}
