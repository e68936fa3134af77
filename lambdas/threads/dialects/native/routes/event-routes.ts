import type { Context } from 'aws-lambda';
import type { Handler } from '../../../../http/door.ts';
import { foreignEventCursor, isBehind, parseEventCursor } from '../../../domain/event-cursor.ts';
import { EVENTS_STREAM_MS } from '../../../domain/limits.ts';
import { EVENTS_RETRY, threadEventFrames } from '../formats/thread-events.ts';
import {
  readThreadEvents,
  type ThreadEventsDeps,
  type ThreadEventsInput,
} from '../../../usecases/thread-events.ts';
import { askedCursor } from '../../../routes/asked-cursor.ts';
import { deadlineOf } from '../../../routes/deadline.ts';
import { callerOf, placeOf, threadMissing, type ReachDeps } from '../../../routes/reach.ts';

export interface EventRouteDeps extends ReachDeps, ThreadEventsDeps {
  /** `buffered`: the answer comes when there is something to report, and the client asks again. */
  readonly streaming: 'response' | 'buffered';
}

/** What happens to a thread, for every tab that shows it. */
export const eventRoutes = (deps: EventRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/threads/{thread_id}/events': async (request, context) => {
    const caller = await callerOf(deps, request);
    const after = askedCursor(request, parseEventCursor, isBehind);
    const place = await placeOf(deps, caller, request.params['thread_id'] ?? '');
    const now = await deps.changes.now(place);
    if (now === null || now.thread.deletedAtMs !== null) throw threadMissing();
    if (after !== null && !isBehind(after, now.at)) throw foreignEventCursor();
    return {
      status: 200,
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
        'x-sluice-thread-id': place.threadId,
      },
      body: frames(deps, { place, after, untilMs: untilMs(deps, context) }),
    };
  },
});

async function* frames(deps: EventRouteDeps, input: ThreadEventsInput): AsyncGenerator<Uint8Array> {
  yield Buffer.from(EVENTS_RETRY);
  for await (const told of readThreadEvents(deps, input)) {
    yield Buffer.from(threadEventFrames(input.place, told));
    if (deps.streaming === 'buffered') return;
  }
}

/** Nobody notifies a function that its client left: it lets go after a while, and one that is there comes back. */
const untilMs = (deps: EventRouteDeps, context: Context): number =>
  Math.min(deps.timers.nowMs() + EVENTS_STREAM_MS, deadlineOf(deps, context));
