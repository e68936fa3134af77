import {
  EVENTS_MISSED_MESSAGES,
  EVENTS_PAUSE_MAX_MS,
  EVENTS_PAUSE_MIN_MS,
} from '../domain/limits.ts';
import { isSameEventCursor, type EventCursor } from '../domain/event-cursor.ts';
import { eventsBetween, type ThreadMoment, type CursoredEvent } from '../domain/thread-event.ts';
import type { ThreadPlace } from '../domain/thread-ids.ts';
import type { ThreadChanges } from '../ports/events.ts';
import type { Timers } from '../../shared/deps.ts';

export interface ThreadEventsDeps {
  readonly changes: ThreadChanges;
  readonly timers: Timers;
}

export interface ThreadEventsInput {
  readonly place: ThreadPlace;
  /** null: from now on, beginning with the thread as it is. */
  readonly after: EventCursor | null;
  /** When the function must let go, epoch ms: the client comes back with its cursor. */
  readonly untilMs: number;
}

/** A thread's events after a cursor, as they happen; each once. Ends with the thread, or when the time is up. */
export async function* readThreadEvents(
  deps: ThreadEventsDeps,
  { place, after, untilMs }: ThreadEventsInput,
): AsyncGenerator<readonly CursoredEvent[]> {
  let cursor = after;
  let pauseMs = EVENTS_PAUSE_MIN_MS;
  for (;;) {
    const now = await deps.changes.now(place);
    if (now === null) return;
    if (cursor === null) yield [asItIs(now, false)];
    else if (!isSameEventCursor(cursor, now.at)) {
      const told = await newEvents(deps.changes, cursor, now);
      if (told.length > 0) yield told;
      pauseMs = EVENTS_PAUSE_MIN_MS;
    }
    cursor = now.at;
    if (now.thread.deletedAtMs !== null || deps.timers.nowMs() + pauseMs >= untilMs) return;
    await deps.timers.sleep(pauseMs);
    pauseMs = Math.min(EVENTS_PAUSE_MAX_MS, pauseMs * 1.5);
  }
}

/** What is new between a cursor and a moment, the same whoever asks; of very much only that it is much. */
export const newEvents = async (
  changes: ThreadChanges,
  from: EventCursor,
  to: ThreadMoment,
): Promise<readonly CursoredEvent[]> =>
  to.at.seq - from.seq > EVENTS_MISSED_MESSAGES
    ? [asItIs(to, true)]
    : eventsBetween(from, to, await changes.rows(to.thread, from, to));

const asItIs = ({ thread, at }: ThreadMoment, isMissed: boolean): CursoredEvent => ({
  event: { type: 'thread.updated', thread, isMissed },
  cursor: at,
});
