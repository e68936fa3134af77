import * as fc from 'fast-check';
import type { Block, TurnEvent } from '../../lambdas/inference/turn/turn.ts';
import { NO_TOKENS, storedCounts } from '../../lambdas/ledger/domain/usage.ts';
import type {
  LoggedEvent,
  RunEvent,
  TerminalType,
} from '../../lambdas/threads/domain/run-event.ts';
import type { Dialect, DialectRun } from '../../lambdas/threads/domain/dialect.ts';

export const RUN: DialectRun = {
  projectId: 'p',
  endUserId: 'u',
  threadId: 'thread_0123',
  seq: 2,
  model: 'claude-opus-5',
  createdAtMs: 1_700_000_000_000,
  clientTools: ['look'],
  echo: {},
};

export const bracketStart: TurnEvent = {
  type: 'message_start',
  message: { role: 'assistant', model: 'claude-opus-5' },
};
export const bracketEnd = (stop_reason: 'end_turn' | 'tool_use'): readonly TurnEvent[] => [
  { type: 'message_delta', delta: { stop_reason } },
  { type: 'message_stop' },
];

/** A block told in pieces. */
export const told = (
  index: number,
  block: Extract<Block, { type: 'text' | 'thinking' | 'tool_use' }>,
  pieces: readonly string[],
): readonly TurnEvent[] => [
  { type: 'content_block_start', index, content_block: block },
  ...pieces.map((piece): TurnEvent => {
    const delta =
      block.type === 'text'
        ? ({ type: 'text_delta', text: piece } as const)
        : block.type === 'thinking'
          ? ({ type: 'thinking_delta', thinking: piece } as const)
          : ({ type: 'input_json_delta', partial_json: piece } as const);
    return { type: 'content_block_delta', index, delta };
  }),
  { type: 'content_block_stop', index },
];
export const toolUse = (id: string) =>
  ({ type: 'tool_use', id, name: 'server/weather', input: {} }) as const;
export const toolResult = (
  id: string,
  content: string,
  isError = false,
): RunEvent & { readonly type: 'tool_result' } => ({
  type: 'tool_result',
  name: 'server/weather',
  block: { type: 'tool_result', tool_use_id: id, content, ...(isError ? { is_error: true } : {}) },
  status: isError ? 'failed' : 'completed',
  latency_ms: 5,
  attempts: 1,
});
/** A call that a person refused. */
export const deniedResult = (id: string): RunEvent => ({
  ...toolResult(id, 'A person refused this call.', true),
  status: 'denied',
});
export const terminal = (type: TerminalType): RunEvent => ({
  type,
  stop_reason: type === 'run.completed' ? 'end_turn' : type === 'run.failed' ? 'error' : null,
  usage: storedCounts({ ...NO_TOKENS, input: 3, cacheRead: 4, output: 5, reasoning: 2 }),
  cost_micros: 7,
  ...(type === 'run.failed' ? { error: { code: 'provider_error', message: 'It broke.' } } : {}),
});

export const logged = (events: readonly RunEvent[]): readonly LoggedEvent[] =>
  events.map((event, index) => ({ index, event }));

/** Every frame of a run in a dialect. */
export const framesOf = <S>(dialect: Dialect<S>, events: readonly RunEvent[], run = RUN) => {
  let state = dialect.start(run);
  return logged(events).flatMap((event) => {
    const [next, frames] = dialect.step(state, event);
    state = next;
    return frames;
  });
};

const pieces = fc.array(fc.string({ minLength: 1, maxLength: 5, unit: 'grapheme' }), {
  maxLength: 4,
});
/** What is unusual of a turn: its thought is sealed, or its words refuse. */
const moods = fc.constantFrom('plain', 'plain', 'sealed', 'refuses');
const thoughtOf = (isSealed: boolean, words: readonly string[]): readonly TurnEvent[] =>
  isSealed
    ? [
        {
          type: 'content_block_start',
          index: 0,
          content_block: { type: 'redacted_thinking', data: 'c2VhbGVk' },
        },
        { type: 'content_block_stop', index: 0 },
      ]
    : told(0, { type: 'thinking', thinking: '' }, words);
const turnOf = (
  turn: number,
  calls: number,
  words: readonly string[],
  mood: string,
): readonly TurnEvent[] => [
  bracketStart,
  ...thoughtOf(mood === 'sealed', words),
  ...told(1, { type: 'text', text: '', ...(mood === 'refuses' ? { refuses: true } : {}) }, words),
  ...Array.from({ length: calls }, (_, call) =>
    told(2 + call, toolUse(`call_${turn}_${call}`), ['{"city":', '"Bonn"}']),
  ).flat(),
  ...bracketEnd(calls > 0 ? 'tool_use' : 'end_turn'),
];

/** One turn of a loop: perhaps cut and told anew, then the results of its calls, perhaps after a wait. */
const round = (turn: number, isPlain: boolean): fc.Arbitrary<readonly RunEvent[]> =>
  fc
    .record({
      calls: fc.integer({ min: 0, max: 3 }),
      words: pieces,
      mood: moods,
      cut: isPlain ? fc.constant(null) : fc.option(fc.nat(), { freq: 2 }),
      waits: isPlain ? fc.constant(null) : fc.constantFrom(null, 'result', 'yes', 'no'),
      fails: fc.boolean(),
    })
    .map(({ calls, words, mood, cut, waits, fails }) => {
      const whole = turnOf(turn, calls, words, mood);
      const voided: readonly RunEvent[] =
        cut === null
          ? []
          : [
              ...whole.slice(0, 1 + (cut % (whole.length - 1))),
              { type: 'run.resumed', epoch: turn + 2, restart: true },
            ];
      const ids = Array.from({ length: calls }, (_, call) => `call_${turn}_${call}`);
      const wait: readonly RunEvent[] =
        waits !== null && calls > 0
          ? [
              {
                type: 'run.requires_action',
                tool_use_ids: ids,
                ...(waits === 'result' ? {} : { approval_ids: ids }),
              },
            ]
          : [];
      const result = (id: string): RunEvent =>
        waits === 'no' ? deniedResult(id) : toolResult(id, 'sunny', fails);
      return [...voided, ...whole, ...wait, ...ids.map(result)];
    });

const runsOf = (isPlain: boolean): fc.Arbitrary<readonly RunEvent[]> =>
  fc
    .record({
      rounds: fc.tuple(round(0, isPlain), round(1, isPlain), round(2, isPlain)),
      last: pieces,
      mood: moods,
      cut: fc.option(fc.nat(), { freq: 2 }),
      end: fc.constantFrom<TerminalType>(
        'run.completed',
        'run.incomplete',
        'run.interrupted',
        'run.cancelled',
        'run.failed',
      ),
    })
    .map(({ rounds, last, mood, cut, end }) => {
      const events: readonly RunEvent[] = [...rounds.flat(), ...turnOf(3, 0, last, mood)];
      const kept = cut === null ? events : events.slice(0, cut % (events.length + 1));
      return [...kept, terminal(cut === null || end !== 'run.completed' ? end : 'run.interrupted')];
    });

/** Runs of four turns, ended in every way, cut anywhere, taken over and waiting between. */
export const runs = runsOf(false);
/** The same, told once and without a wait. */
export const plainRuns = runsOf(true);
