import { VIEWERS_AT_ONCE } from '../../domain/limits.ts';
import type { EventCursor } from '../../domain/event-cursor.ts';
import type { ThreadMoment } from '../../domain/thread-event.ts';
import { threadEventText } from '../../dialects/native/formats/thread-events.ts';
import type { ThreadChanges } from '../../ports/events.ts';
import { postFrame, type PostDeps } from './post-frames.ts';
import { newEvents } from '../../usecases/thread-events.ts';

export interface FanOutDeps extends PostDeps {
  readonly changes: ThreadChanges;
}

/**
 * Notifies every socket that watches a thread of what a write did to it. Sent twice, a client knows it by its id; a socket
 * that cannot be reached is cut, and its client comes back. Returns how many sockets there were.
 */
export const fanOut = async (
  deps: FanOutDeps,
  { from, to }: { readonly from: EventCursor; readonly to: ThreadMoment },
): Promise<number> => {
  const viewers = await deps.connections.viewers(to.thread.threadId);
  const nowMs = deps.timers.nowMs();
  const open = viewers.filter(({ endsAtMs }) => endsAtMs > nowMs);
  if (open.length === 0) return 0;
  const told = await newEvents(deps.changes, from, to);
  const texts = told.map((event) => threadEventText(to.thread, event));
  for (let first = 0; first < open.length; first += VIEWERS_AT_ONCE)
    await Promise.all(
      open.slice(first, first + VIEWERS_AT_ONCE).map(async ({ connectionId }) => {
        for (const text of texts) if (!(await postFrame(deps, connectionId, text))) return;
      }),
    );
  return open.length;
};
