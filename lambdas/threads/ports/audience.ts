import type { LoggedEvent, RunEvent } from '../domain/run-event.ts';
import type { ThreadPlace } from '../domain/thread-ids.ts';
import type { Run } from '../domain/thread.ts';

/** Those who watch one run while its producer is at work. Nothing here throws or is waited for by the run's output. */
export interface RunAudience {
  /** Events that are stored: never before. */
  show(events: readonly LoggedEvent[]): void;
  /** The run ended, waits, or is handed over: everybody gets the rest, within a bounded time. */
  end(): Promise<void>;
  /** Another producer has the run: nobody gets anything more from this one. */
  abort(): void;
}

/** Those who watch threads, whatever way they are reached. */
export interface Audience {
  /** A producer begins its work on a run; `stored`: the events that earlier producers stored. */
  follow(run: Run, stored: readonly RunEvent[]): RunAudience;
  /**
   * A run ended that had no producer. Should its thread be idle now, its viewers get from here what they miss; a thread
   * at work has a producer that serves them. Never throws.
   */
  serveIdleThread(place: ThreadPlace): Promise<void>;
}
