import type { Block, ToolResultBlock } from '../../inference/domain/turn.ts';
import { endsStream, isTerminal, type RunEvent } from '../domain/run-event.ts';
import { messageIdOf } from '../domain/thread-ids.ts';
import type { Dialect, DialectRun } from './dialect.ts';
import { lineOfJson } from './line-of-json.ts';
import { wordsOf } from './open-parts.ts';
import { endedResponse, pausedResponse, runningResponse } from './responses-body.ts';
import {
  addedItem,
  doneItem,
  grownItem,
  type OpenItem,
  type WireEvent,
  type WireItem,
} from './responses-items.ts';

export interface ResponsesState {
  readonly run: DialectRun;
  readonly next: number;
  /** A run that waited for somebody goes on as another response. */
  readonly part: number;
  readonly isOpen: boolean;
  /** Items of this response, in order; those that are open hold what they began with. */
  readonly output: readonly WireItem[];
  /** By the index of the block. */
  readonly open: ReadonlyMap<number, OpenItem>;
}
type Told = readonly [ResponsesState, readonly WireEvent[]];

/**
 * The stream of OpenAI's Responses; `sequence_number` is the ordinal, so `starting_after` resumes.
 * https://platform.openai.com/docs/api-reference/responses-streaming
 */
export const responsesDialect: Dialect<ResponsesState> = {
  version: 'openai.responses.v1',
  start: (run) => ({ run, next: 0, part: 0, isOpen: false, output: [], open: new Map() }),
  step: (state, { event }) => {
    const [begun, first] = state.isOpen ? [state, []] : begin(state);
    const [told, more] = tell(begun, event);
    const events = [...first, ...more];
    return [
      { ...told, next: state.next + events.length },
      events.map((wire, place) => {
        const ordinal = state.next + place;
        const data = lineOfJson({ ...wire, sequence_number: ordinal });
        return {
          ordinal,
          text: `event: ${wire.type}\ndata: ${data}\n\n`,
          ends: endsStream(event) && place === events.length - 1,
        };
      }),
    ];
  },
};

const begin = (state: ResponsesState): Told => {
  const response = runningResponse(state.run, state.part);
  return [
    { ...state, isOpen: true },
    [
      { type: 'response.created', response },
      { type: 'response.in_progress', response },
    ],
  ];
};

const tell = (state: ResponsesState, event: RunEvent): Told => {
  switch (event.type) {
    case 'message_start':
      return closeAll(state);
    case 'content_block_start':
      return add(state, event.index, event.content_block);
    case 'content_block_delta': {
      const item = state.open.get(event.index);
      const said = wordsOf(event.delta);
      if (item === undefined || said === '') return [state, []];
      const open = new Map(state.open).set(event.index, { ...item, said: item.said + said });
      return [{ ...state, open }, [grownItem(item, said)]];
    }
    case 'content_block_stop':
      return close(state, event.index, 'completed');
    case 'message_delta':
    case 'message_stop':
      return [state, []];
    case 'tool_result':
      return addResult(state, event.block);
    case 'run.resumed':
      return event.restart ? closeAll(state) : [state, []];
    case 'run.requires_action': {
      const [closed, events] = closeAll(state);
      const response = pausedResponse(state.run, state.part, closed.output);
      return [
        { ...closed, isOpen: false, part: state.part + 1, output: [] },
        [...events, { type: 'response.completed', response }],
      ];
    }
    default: {
      if (!isTerminal(event)) return [state, []];
      const [closed, events] = closeAll(state);
      const response = endedResponse(state.run, state.part, closed.output, event);
      return [closed, [...events, { type: `response.${response.status}`, response }]];
    }
  }
};

const add = (state: ResponsesState, index: number, block: Block): Told => {
  const place = {
    id: `${messageIdOf(state.run.threadId, state.run.seq)}_${state.part}_${state.output.length}`,
    index: state.output.length,
  };
  const added = addedItem(place, block);
  if (added === null) return [state, []];
  return [
    {
      ...state,
      output: [...state.output, added.wire],
      open: new Map(state.open).set(index, added.item),
    },
    added.events,
  ];
};

const close = (state: ResponsesState, index: number, status: 'completed' | 'incomplete'): Told => {
  const item = state.open.get(index);
  if (item === undefined) return [state, []];
  const open = new Map(state.open);
  open.delete(index);
  const { wire, events } = doneItem(item, status);
  return [{ ...state, open, output: state.output.with(item.index, wire) }, events];
};

/** What a cut left open is incomplete. */
const closeAll = (state: ResponsesState): Told => {
  let now = state;
  const events: WireEvent[] = [];
  for (const index of state.open.keys()) {
    const [next, more] = close(now, index, 'incomplete');
    now = next;
    events.push(...more);
  }
  return [now, events];
};

/** A tool that ran here: its result is an item of the output, as the caller has nothing to run. */
const addResult = (state: ResponsesState, block: ToolResultBlock): Told => {
  const [closed, before] = closeAll(state);
  const index = closed.output.length;
  const wire: WireItem = {
    type: 'function_call_output',
    id: `fco_${messageIdOf(state.run.threadId, state.run.seq)}_${state.part}_${index}`,
    call_id: block.tool_use_id,
    output:
      typeof block.content === 'string'
        ? block.content
        : block.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'),
    status: block.is_error === true ? 'incomplete' : 'completed',
  };
  return [
    { ...closed, output: [...closed.output, wire] },
    [
      ...before,
      { type: 'response.output_item.added', output_index: index, item: wire },
      { type: 'response.output_item.done', output_index: index, item: wire },
    ],
  ];
};
