import { formatLogCursor } from '../../../domain/log-cursor.ts';
import type { LoggedEvent, RunEvent } from '../../../domain/run-event.ts';
import { messageIdOf, runIdOf, type RunPlace } from '../../../domain/thread-ids.ts';
import { lineOfJson } from '../../formats/line-of-json.ts';

/**
 * The native stream: each event of the log is one server-sent event, its `id` the cursor to come back with. A model's
 * turn is Anthropic's own bracket of events; what Sluice adds has names of its own.
 */
export const nativeFrames = (run: RunPlace, events: readonly LoggedEvent[]): string =>
  events
    .map(({ index, event }) => {
      const data = lineOfJson(nativeEvent(run, event));
      const id = formatLogCursor({ seq: run.seq, index });
      return `id: ${id}\nevent: ${event.type}\ndata: ${data}\n\n`;
    })
    .join('');

/** What a silent native stream says, as Anthropic's does: no event of the log, so it has no place to come back to. */
export const NATIVE_PING = 'event: ping\ndata: {"type":"ping"}\n\n';

/** What the native dialect shows of an event. */
export const nativeEvent = (run: RunPlace, event: RunEvent): object => {
  switch (event.type) {
    case 'message_start':
      return {
        type: event.type,
        message: {
          id: messageIdOf(run.threadId, run.seq),
          type: 'message',
          role: event.message.role,
          model: event.message.model,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 0, output_tokens: 0 },
        },
      };
    case 'message_delta':
      return { ...event, usage: event.usage ?? { output_tokens: 0 } };
    case 'tool_result':
    case 'run.requires_action':
    case 'run.resumed':
    case 'run.completed':
    case 'run.incomplete':
    case 'run.interrupted':
    case 'run.cancelled':
    case 'run.failed':
      return {
        ...event,
        thread_id: run.threadId,
        run_id: runIdOf(run.threadId, run.seq),
        seq: run.seq,
      };
    default:
      return event;
  }
};
