import type { AppError } from '../../../shared/app-error.ts';
import { formatLogCursor, type LogCursor } from '../../domain/log-cursor.ts';
import { FRAME_BYTES_MAX } from '../../domain/limits.ts';
import type { LoggedEvent } from '../../domain/run-event.ts';
import type { Run } from '../../domain/thread.ts';
import { runIdOf, type RunPlace } from '../../domain/thread-ids.ts';
import { nativeEvent } from '../../dialects/native/formats/native-stream.ts';

/** What one post carries of a run's log, and how many of the events it holds. */
export interface EventsFrame {
  readonly text: string;
  readonly count: number;
}

/**
 * As many of the events as one frame holds, in the words of the native stream; each is encoded once. An event that no
 * frame holds is named by where it is read.
 */
export const eventsFrame = (run: RunPlace, events: readonly LoggedEvent[]): EventsFrame => {
  const runId = runIdOf(run.threadId, run.seq);
  const head = { type: 'events', thread_id: run.threadId, run_id: runId };
  let bytes = 0;
  const entries: string[] = [];
  let cursor = '';
  for (const { index, event } of events) {
    const own = formatLogCursor({ seq: run.seq, index });
    const entry = JSON.stringify({ cursor: own, event: nativeEvent(run, event) });
    bytes += Buffer.byteLength(entry) + 1;
    if (bytes > FRAME_BYTES_MAX) break;
    entries.push(entry);
    cursor = own;
  }
  if (entries.length > 0) {
    const fields = JSON.stringify({ ...head, cursor }).slice(0, -1);
    return { text: `${fields},"events":[${entries.join(',')}]}`, count: entries.length };
  }
  const index = events[0]?.index ?? 0;
  const after = index === 0 ? '' : `?after=${formatLogCursor({ seq: run.seq, index: index - 1 })}`;
  const reference = `/v1/runs/${runId}/stream${after}`;
  const text = { ...head, cursor: formatLogCursor({ seq: run.seq, index }), reference };
  return { text: JSON.stringify(text), count: 1 };
};

export const subscribedFrame = (threadId: string, cursor: LogCursor): string =>
  JSON.stringify({ type: 'subscribed', thread_id: threadId, cursor: formatLogCursor(cursor) });

/** Another subscribe of the same socket to the thread came after this one, and is answered. */
export const replacedFrame = (threadId: string): string =>
  JSON.stringify({ type: 'replaced', thread_id: threadId });

export const unsubscribedFrame = (threadId: string): string =>
  JSON.stringify({ type: 'unsubscribed', thread_id: threadId });

export const pongFrame = (): string => JSON.stringify({ type: 'pong' });

/** A turn is written, or a run is asked to stop: what follows comes as events. */
export const acceptedFrame = (
  run: Pick<Run, 'threadId' | 'seq' | 'status'>,
  requestId: string | null,
): string =>
  JSON.stringify({
    type: 'accepted',
    ...(requestId === null ? {} : { request_id: requestId }),
    thread_id: run.threadId,
    run_id: runIdOf(run.threadId, run.seq),
    seq: run.seq,
    status: run.status,
  });

/** `echo` shows which message it is about. */
export const errorFrame = (error: AppError, echo: object): string =>
  JSON.stringify({
    type: 'error',
    code: error.code,
    message: error.publicMessage,
    ...error.facts,
    ...(error.retryAfterSeconds === null ? {} : { retry_after_seconds: error.retryAfterSeconds }),
    ...echo,
  });
