import * as z from 'zod';
import type { BlockDelta, Block, StopReason, TurnEvent, TurnRequest } from '../../turn/turn.ts';
import { parseFrame, providerFailed } from '../frames/read-frame.ts';
import { toolNames, type ToolNames } from '../history/tool-names.ts';

/** What was told so far. Blocks that are not known are skipped, so ours have numbers of their own. */
export interface AnthropicStream {
  readonly names: ToolNames;
  /** `ending`: why the model stopped is told, the end is not. */
  readonly phase: 'before' | 'open' | 'ending' | 'stopped';
  /** The provider's number of each open block, and ours. */
  readonly open: ReadonlyMap<number, number>;
  readonly next: number;
}

const blockStart = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text: z.string().nullish() }),
  z.looseObject({
    type: z.literal('thinking'),
    thinking: z.string().nullish(),
    signature: z.string().nullish(),
  }),
  z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() }),
  z.looseObject({
    type: z.literal('tool_use'),
    id: z.string(),
    name: z.string(),
    input: z.json().nullish(),
  }),
]);
const blockDelta = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text_delta'), text: z.string() }),
  z.object({ type: z.literal('input_json_delta'), partial_json: z.string() }),
  z.object({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.object({ type: z.literal('signature_delta'), signature: z.string() }),
]);
const frame = z.looseObject({
  type: z.string(),
  index: z.int().nullish(),
  message: z.looseObject({ model: z.string() }).nullish(),
  content_block: z.unknown().optional(),
  delta: z.unknown().optional(),
  error: z.unknown().optional(),
});
const messageDelta = z.looseObject({ stop_reason: z.string().nullish() });

const STOPS: ReadonlyMap<string, StopReason> = new Map([
  ['end_turn', 'end_turn'],
  ['max_tokens', 'max_tokens'],
  ['model_context_window_exceeded', 'max_tokens'],
  ['stop_sequence', 'stop_sequence'],
  ['tool_use', 'tool_use'],
  ['pause_turn', 'pause_turn'],
  ['refusal', 'refusal'],
]);

export const anthropicStart = (request: TurnRequest): AnthropicStream => ({
  names: toolNames(request),
  phase: 'before',
  open: new Map(),
  next: 0,
});

/** https://platform.claude.com/docs/en/build-with-claude/streaming: events and blocks that are not known are skipped. */
export const anthropicStep = (
  state: AnthropicStream,
  _event: string | null,
  data: string,
): readonly [AnthropicStream, readonly TurnEvent[]] => {
  const told = parseFrame(frame, data);
  if (told.type === 'error') throw providerFailed(told.error);
  if (state.phase === 'stopped') return [state, []];
  if (told.type === 'message_start') {
    const message = { role: 'assistant' as const, model: told.message?.model ?? '' };
    return [{ ...state, phase: 'open' }, [{ type: 'message_start', message }]];
  }
  if (state.phase === 'before') return [state, []];
  switch (told.type) {
    case 'content_block_start':
      return opened(state, told.index ?? 0, told.content_block);
    case 'content_block_delta':
      return [state, extended(state, told.index ?? 0, told.delta)];
    case 'content_block_stop':
      return closed(state, told.index ?? 0);
    case 'message_delta': {
      const events = stopped(told.delta);
      return [events.length === 0 ? state : { ...state, phase: 'ending' }, events];
    }
    case 'message_stop': {
      const events = closings(state);
      return [
        { ...state, phase: 'stopped', open: new Map() },
        [...events, { type: 'message_stop' }],
      ];
    }
    default:
      return [state, []];
  }
};

export const anthropicEnd = (state: AnthropicStream): readonly TurnEvent[] => {
  if (state.phase === 'before' || state.phase === 'stopped') return [];
  const untold: readonly TurnEvent[] =
    state.phase === 'ending' ? [] : [{ type: 'message_delta', delta: { stop_reason: null } }];
  return [...closings(state), ...untold, { type: 'message_stop' }];
};

const opened = (
  state: AnthropicStream,
  index: number,
  content: unknown,
): readonly [AnthropicStream, readonly TurnEvent[]] => {
  const parsed = blockStart.safeParse(content);
  if (!parsed.success) return [state, []];
  const content_block = blockOf(parsed.data, state.names);
  return [
    { ...state, open: new Map(state.open).set(index, state.next), next: state.next + 1 },
    [{ type: 'content_block_start', index: state.next, content_block }],
  ];
};

const blockOf = (told: z.infer<typeof blockStart>, names: ToolNames): Block => {
  switch (told.type) {
    case 'text':
      return { type: 'text', text: told.text ?? '' };
    case 'thinking':
      return {
        type: 'thinking',
        thinking: told.thinking ?? '',
        ...(told.signature ? { signature: told.signature } : {}),
      };
    case 'redacted_thinking':
      return { type: 'redacted_thinking', data: told.data };
    case 'tool_use':
      return {
        type: 'tool_use',
        id: told.id,
        name: names.fromWire(told.name),
        input: told.input ?? {},
      };
  }
};

const extended = (state: AnthropicStream, index: number, told: unknown): readonly TurnEvent[] => {
  const ours = state.open.get(index);
  const parsed = blockDelta.safeParse(told);
  if (ours === undefined || !parsed.success || isEmpty(parsed.data)) return [];
  return [{ type: 'content_block_delta', index: ours, delta: parsed.data }];
};

const isEmpty = (delta: BlockDelta): boolean =>
  delta.type === 'input_json_delta'
    ? delta.partial_json === ''
    : delta.type === 'text_delta' && delta.text === '';

const closed = (
  state: AnthropicStream,
  index: number,
): readonly [AnthropicStream, readonly TurnEvent[]] => {
  const ours = state.open.get(index);
  if (ours === undefined) return [state, []];
  const open = new Map(state.open);
  open.delete(index);
  return [{ ...state, open }, [{ type: 'content_block_stop', index: ours }]];
};

const closings = ({ open }: AnthropicStream): readonly TurnEvent[] =>
  [...open.values()].map((index) => ({ type: 'content_block_stop', index }));

/** The usage of later deltas is no concern of the content: only a stop reason is passed on. */
const stopped = (told: unknown): readonly TurnEvent[] => {
  const parsed = messageDelta.safeParse(told);
  const reason = parsed.success ? parsed.data.stop_reason : null;
  if (!reason) return [];
  return [{ type: 'message_delta', delta: { stop_reason: STOPS.get(reason) ?? 'end_turn' } }];
};
