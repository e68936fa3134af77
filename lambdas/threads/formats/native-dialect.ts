import { formatLogCursor } from '../domain/log-cursor.ts';
import { endsStream, type LoggedEvent, type RunEvent } from '../domain/run-event.ts';
import { lineOfJson, type Dialect, type DialectRun } from './dialect.ts';

export interface NativeState {
  readonly run: DialectRun;
  /** Brackets that have begun. */
  readonly turns: number;
}

/** A live sign that the official SDKs skip as an event of its own; it has no cursor. */
export const NATIVE_PING = 'event: ping\ndata: {"type":"ping"}\n\n';

/**
 * Events as Anthropic streams them, one bracket a model turn, with the run's own events between: one frame an event, its
 * ordinal the event's index, its `id` the cursor to resume after.
 */
export const nativeDialect: Dialect<NativeState> = {
  version: 'native.v1',
  start: (run) => ({ run, turns: 0 }),
  step: (state, { index, event }) => {
    const id = formatLogCursor({ seq: state.run.seq, index });
    const data = lineOfJson(wireEvent(state, event));
    return [
      event.type === 'message_start' ? { ...state, turns: state.turns + 1 } : state,
      [
        {
          ordinal: index,
          text: `id: ${id}\nevent: ${event.type}\ndata: ${data}\n\n`,
          ends: endsStream(event),
        },
      ],
    ];
  },
};

/** A socket's frame holds the same event as the stream's. */
export const nativeEvent = (state: NativeState, logged: LoggedEvent): object =>
  wireEvent(state, logged.event);

/** The fields that the official SDKs put a message together from. Tokens and cost are told once, by the last event. */
const wireEvent = ({ run, turns }: NativeState, event: RunEvent): object => {
  if (event.type === 'message_start')
    return {
      type: event.type,
      message: {
        id: `${run.messageId}_${turns}`,
        type: 'message',
        role: event.message.role,
        model: event.message.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: NO_USAGE,
      },
    };
  if (event.type === 'message_delta')
    return {
      type: event.type,
      delta: { stop_reason: event.delta.stop_reason, stop_sequence: null },
      usage: { output_tokens: 0 },
    };
  return event;
};

const NO_USAGE = { input_tokens: 0, output_tokens: 0 };
