import type { EventCursor } from '../domain/event-cursor.ts';
import type { ThreadMoment, ThreadRows } from '../domain/thread-event.ts';
import type { ThreadPlace } from '../domain/thread-ids.ts';

/** What happened to a thread, as its rows show it. Reads are strong. */
export interface ThreadChanges {
  /** The thread as it is now, a deleted one too, and where its events are; null: it never was, or is erased. */
  now(place: ThreadPlace): Promise<ThreadMoment | null>;
  /** The messages and runs that the events between a cursor and a moment speak of. */
  rows(place: ThreadPlace, from: EventCursor, to: ThreadMoment): Promise<ThreadRows>;
}
