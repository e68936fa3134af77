import { formatEventCursor } from '../../../domain/event-cursor.ts';
import { formatLogCursor } from '../../../domain/log-cursor.ts';
import type { ThreadEvent, CursoredEvent } from '../../../domain/thread-event.ts';
import { messageIdOf, runIdOf, type ThreadPlace } from '../../../domain/thread-ids.ts';
import { lineOfJson } from '../../formats/line-of-json.ts';
import { threadView } from './thread-format.ts';

/** A client that lost its stream comes back after so long. */
export const EVENTS_RETRY = 'retry: 1000\n\n';

/** Server-sent events, each with the cursor to come back with. */
export const threadEventFrames = (place: ThreadPlace, told: readonly CursoredEvent[]): string =>
  told
    .map(({ event, cursor }) => {
      const data = lineOfJson(threadEventView(place, event));
      return `id: ${formatEventCursor(cursor)}\nevent: ${event.type}\ndata: ${data}\n\n`;
    })
    .join('');

/** The same for a socket: one frame an event, its `id` the same cursor. */
export const threadEventText = (place: ThreadPlace, { event, cursor }: CursoredEvent): string =>
  JSON.stringify({ ...threadEventView(place, event), id: formatEventCursor(cursor) });

const threadEventView = ({ threadId }: ThreadPlace, event: ThreadEvent): object => {
  const head = { type: event.type, thread_id: threadId };
  switch (event.type) {
    case 'message.created':
      return {
        ...head,
        seq: event.seq,
        message_id: messageIdOf(threadId, event.seq),
        role: event.role,
        status: event.status,
        run_id: event.isAnswer ? runIdOf(threadId, event.seq) : null,
        request_id: event.requestId,
        ...(event.supersedesFrom === null ? {} : { supersedes_from: event.supersedesFrom }),
        created_at: event.createdAtMs,
      };
    case 'run.started':
      return { ...head, run_id: runIdOf(threadId, event.seq), seq: event.seq };
    case 'run.ended':
      return {
        ...head,
        run_id: runIdOf(threadId, event.seq),
        seq: event.seq,
        status: event.status,
        stop_reason: event.stopReason,
        cursor: formatLogCursor(event.cursor),
      };
    case 'thread.updated':
      return {
        ...head,
        thread: threadView(event.thread),
        ...(event.thread.deletedAtMs === null ? {} : { deleted: true }),
        ...(event.isMissed ? { missed: true } : {}),
      };
  }
};
