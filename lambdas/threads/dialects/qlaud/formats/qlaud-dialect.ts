import {
  endsStream,
  isTerminal,
  type RunEvent,
  type TerminalEvent,
} from '../../../domain/run-event.ts';
import { versionOf, type Dialect, type DialectRun } from '../../../domain/dialect.ts';
import { lineOfJson } from '../../formats/line-of-json.ts';
import { nativeFrames } from '../../native/formats/native-stream.ts';
import { qlaudSeq } from './qlaud-rows.ts';

/** An event of that API. */
type Alias = { readonly type: `qlaud.${string}` } & Readonly<Record<string, unknown>>;
type Rendered = readonly [QlaudState, readonly Alias[]];
type ToolResultEvent = Extract<RunEvent, { readonly type: 'tool_result' }>;

export interface QlaudState {
  readonly run: DialectRun;
  readonly isDoneAfterError: boolean;
  /** Model turns that have begun. */
  readonly iterations: number;
  /** Rows of history so far: each model turn, each batch of results. */
  readonly steps: number;
  /** A bracket is open, and a restart would void it. */
  readonly isOpen: boolean;
  readonly isInResults: boolean;
  /** Calls of the turn at hand that nobody was asked to run yet, by their ids. */
  readonly calls: ReadonlyMap<string, string>;
}

/**
 * The native stream with the events that clients of the qlaud API read, each right before the native event that it goes
 * with. They have no `id`: who is cut between the two gets them again.
 * https://docs.qlaud.ai/api-reference/threads, https://docs.qlaud.ai/concepts/api-surfaces
 */
const dialectOf = (version: string, isDoneAfterError: boolean): Dialect<QlaudState> => ({
  version,
  start: (run) => ({
    run,
    isDoneAfterError,
    iterations: 0,
    steps: 0,
    isOpen: false,
    isInResults: false,
    calls: new Map(),
  }),
  step: (state, logged) => {
    const [next, aliases] = render(state, logged.event);
    const text = [
      ...aliases.map((alias) => `event: ${alias.type}\ndata: ${lineOfJson(alias)}\n\n`),
      nativeFrames(state.run, [logged]),
    ].join('');
    return [next, [{ ordinal: logged.index, text, ends: endsStream(logged.event) }]];
  },
});
/** The first version ended a run that failed with its error alone. */
const firstQlaudDialect = dialectOf('qlaud.v1', false);
export const qlaudDialect = dialectOf('qlaud.v2', true);
export const QLAUD_VERSIONS = [firstQlaudDialect, qlaudDialect].map(versionOf);

const render = (state: QlaudState, event: RunEvent): Rendered => {
  switch (event.type) {
    case 'message_start':
      return beginTurn(state);
    case 'content_block_start': {
      const { content_block: block } = event;
      if (block.type !== 'tool_use') return [state, []];
      return [{ ...state, calls: new Map(state.calls).set(block.id, block.name) }, []];
    }
    case 'message_stop':
      return dispatch(
        { ...state, isOpen: false },
        // A call of the client's own tool must not be answered before the run waits for it.
        [...state.calls].filter(([, name]) => !state.run.clientTools.includes(name)),
      );
    case 'run.requires_action':
      return dispatch(
        state,
        [...state.calls].filter(([id]) => event.tool_use_ids.includes(id)),
      );
    case 'tool_result':
      return result(state, event);
    case 'run.resumed':
      return event.restart && state.isOpen
        ? [
            { ...state, iterations: state.iterations - 1, steps: state.steps - 1, isOpen: false },
            [],
          ]
        : [state, []];
    default:
      return [state, isTerminal(event) ? end(state, event) : []];
  }
};

const beginTurn = (state: QlaudState): Rendered => {
  const iteration = state.iterations + 1;
  return [
    {
      ...state,
      iterations: iteration,
      steps: state.steps + 1,
      isOpen: true,
      isInResults: false,
      calls: new Map(),
    },
    // The first turn is not announced.
    iteration > 1 ? [{ type: 'qlaud.iteration_start', iteration }] : [],
  ];
};

const dispatch = (
  state: QlaudState,
  calls: readonly (readonly [id: string, name: string])[],
): Rendered => [
  {
    ...state,
    calls: new Map([...state.calls].filter(([id]) => !calls.some(([told]) => told === id))),
  },
  calls.map(([tool_use_id, name]) => ({
    type: 'qlaud.tool_dispatch_start',
    iteration: state.iterations,
    tool_use_id,
    name,
  })),
];

const result = (state: QlaudState, { block, name }: ToolResultEvent): Rendered => {
  const id = block.tool_use_id;
  const [next, begun] = dispatch(state, state.calls.has(id) ? [[id, name]] : []);
  return [
    {
      ...next,
      isOpen: false,
      isInResults: true,
      steps: state.isInResults ? state.steps : state.steps + 1,
    },
    [
      ...begun,
      {
        type: 'qlaud.tool_dispatch_done',
        iteration: state.iterations,
        tool_use_id: id,
        name,
        is_error: block.is_error === true,
        output: block.content,
      },
    ],
  ];
};

/** How a run ended: what it came to, after an error where it failed. */
const end = (state: QlaudState, event: TerminalEvent): readonly Alias[] => {
  if (event.type !== 'run.failed') return [done(state, event)];
  const message = event.error?.message ?? 'The answer failed.';
  const iteration = Math.max(1, state.iterations);
  const error = { type: 'qlaud.error', message, iteration } as const;
  return state.isDoneAfterError ? [error, done(state, event)] : [error];
};

const done = ({ run, iterations, steps }: QlaudState, event: TerminalEvent): Alias => ({
  type: 'qlaud.done',
  iterations,
  hit_max_iterations: event.stop_reason === 'loop_limit',
  cost_micros: event.cost_micros,
  seq: qlaudSeq(run.seq, Math.max(0, steps - 1)),
  thread_id: run.threadId,
});
