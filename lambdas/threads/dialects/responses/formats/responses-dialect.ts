import type { Answerer } from '../../../../inference/turn/answerer.ts';
import type { Block, BlockDelta } from '../../../../inference/turn/turn.ts';
import {
  endsStream,
  isTerminal,
  type LoggedEvent,
  type RunEvent,
} from '../../../domain/run-event.ts';
import { writerOf } from '../../../domain/answerer.ts';
import { versionOf, type Dialect, type DialectRun } from '../../../domain/dialect.ts';
import { lineOfJson } from '../../formats/line-of-json.ts';
import { wordsOf } from '../../formats/open-parts.ts';
import { FIRST_BODIES } from './responses-body-1.ts';
import { isCompaction, RESPONSE_BODIES, type ResponseBodies } from './responses-body.ts';
import { itemOf, summaryItemOf, type OpenItem } from './open-item.ts';
import type { ItemPlace } from './responses-ids.ts';
import {
  addItem,
  citeItem,
  closeItem,
  growItem,
  tellWords,
  wireItemOf,
  type ItemStatus,
} from './responses-items.ts';
import { showsLogprobs } from './responses-logprobs.ts';
import { resultItem } from './responses-parts.ts';
import type { WireEvent, WireItem, WireResponse } from './responses-wire.ts';
import {
  atBlock,
  atBracket,
  atEnd,
  atRestart,
  atResult,
  START,
  type StepPlace,
} from './step-place.ts';

export interface ResponsesState {
  readonly run: DialectRun;
  readonly bodies: ResponseBodies;
  readonly next: number;
  /** A run that waited for somebody continues as another response. */
  readonly part: number;
  readonly isOpen: boolean;
  readonly place: StepPlace;
  /** Of the bracket that began last. */
  readonly by: Answerer | null;
  /** Items of this response, in order; those that are open hold what they began with. */
  readonly output: readonly WireItem[];
  /** By the index of the block. */
  readonly open: ReadonlyMap<number, Opened>;
}
interface Opened {
  readonly item: OpenItem;
  readonly index: number;
}
type Rendered = readonly [ResponsesState, readonly WireEvent[]];

/**
 * The stream of OpenAI's Responses; `sequence_number` is the ordinal, so `starting_after` resumes.
 * https://platform.openai.com/docs/api-reference/responses-streaming
 */
const dialectOf = (version: string, bodies: ResponseBodies): Dialect<ResponsesState> => ({
  version,
  start: (run) => startOf(run, bodies),
  step: (state, { event }) => {
    const [rendered, events] = renderOpen(state, event);
    return [
      { ...rendered, next: state.next + events.length },
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
});
const firstResponsesDialect = dialectOf('openai.responses.v1', FIRST_BODIES);
export const responsesDialect = dialectOf('openai.responses.v2', RESPONSE_BODIES);
export const RESPONSES_VERSIONS = [firstResponsesDialect, responsesDialect].map(versionOf);

const startOf = (run: DialectRun, bodies: ResponseBodies): ResponsesState => ({
  run,
  bodies,
  next: 0,
  part: 0,
  isOpen: false,
  place: START,
  by: null,
  output: [],
  open: new Map(),
});

/**
 * The response that a run is by these events of it, from the first one on: as its stream ends, or so far. `version`: the
 * number of its dialect.
 */
export const responseOf = (
  run: DialectRun,
  events: readonly LoggedEvent[],
  version: number = RESPONSES_VERSIONS.length,
): WireResponse => {
  let state = startOf(run, version === 1 ? FIRST_BODIES : RESPONSE_BODIES);
  for (const { event } of events) {
    const [next, rendered] = renderOpen(state, event);
    state = next;
    const response = endsStream(event) ? rendered.at(-1)?.response : undefined;
    if (response !== undefined) return response;
  }
  const output = [...state.output];
  for (const { item, index } of state.open.values())
    output[index] = wireItemOf(item, 'in_progress');
  return { ...state.bodies.running(run, state.part), output };
};

const renderOpen = (state: ResponsesState, event: RunEvent): Rendered => {
  const [begun, first] = state.isOpen ? [state, []] : begin(state);
  const [rendered, more] = render(begun, event);
  return [rendered, [...first, ...more]];
};

const begin = (state: ResponsesState): Rendered => {
  const response = state.bodies.running(state.run, state.part);
  return [
    { ...state, isOpen: true },
    [
      { type: 'response.created', response },
      { type: 'response.in_progress', response },
    ],
  ];
};

const render = (state: ResponsesState, event: RunEvent): Rendered => {
  switch (event.type) {
    case 'message_start': {
      const [closed, events] = closeAll(state);
      const by = event.message.by ?? null;
      return [{ ...closed, place: atBracket(state.place), by }, events];
    }
    case 'content_block_start':
      return add(state, event.index, event.content_block);
    case 'content_block_delta':
      return grow(state, event.index, event.delta);
    case 'content_block_stop':
      return close(state, event.index, 'completed');
    case 'message_delta':
      return [state, []];
    case 'message_stop':
      return [{ ...state, place: atEnd(state.place) }, []];
    case 'tool_result': {
      const [closed, before] = closeAll(state);
      const place = atResult(closed.place);
      const item = resultItem(itemPlace(state, place), event.block);
      const at = { output_index: closed.output.length, item };
      return [
        { ...closed, place, output: [...closed.output, item] },
        [
          ...before,
          { type: 'response.output_item.added', ...at },
          { type: 'response.output_item.done', ...at },
        ],
      ];
    }
    case 'run.resumed': {
      if (!event.restart) return [state, []];
      const [closed, events] = closeAll(state);
      return [{ ...closed, place: atRestart(state.place) }, events];
    }
    case 'run.requires_action': {
      const [closed, events] = closeAll(state);
      const response = state.bodies.paused(state.run, state.part, closed.output, state.by);
      return [
        { ...closed, isOpen: false, part: state.part + 1, output: [] },
        [...events, { type: 'response.completed', response }],
      ];
    }
    default: {
      if (!isTerminal(event)) return [state, []];
      const [closed, events] = closeAll(state);
      const response = state.bodies.ended(state.run, state.part, closed.output, event);
      // No event of this dialect says that a response was cancelled: its status does.
      const end = response.status === 'cancelled' ? 'incomplete' : response.status;
      return [closed, [...events, { type: `response.${end}`, response }]];
    }
  }
};

const itemPlace = ({ run }: ResponsesState, place: StepPlace): ItemPlace => ({
  threadId: run.threadId,
  seq: run.seq,
  step: place.steps - 1,
  block: place.blocks - 1,
  retold: place.retold,
});

const add = (state: ResponsesState, index: number, block: Block): Rendered => {
  const place = atBlock(state.place);
  const at = itemPlace(state, place);
  const item = isCompaction(state.run)
    ? summaryItemOf(at, block)
    : itemOf(at, block, writerOf(state.by, state.run.model), state.bodies.calledAs);
  const isShown = block.type !== 'redacted_thinking' || state.bodies.showsSealed;
  if (item === null || !isShown) return [{ ...state, place }, []];
  const shown = state.bodies.showsRefusals ? item : { ...item, refuses: false };
  const opened = { item: shown, index: state.output.length };
  const { wire, events } = addItem(shown, opened.index);
  return [
    {
      ...state,
      place,
      output: [...state.output, wire],
      open: new Map(state.open).set(index, opened),
    },
    events,
  ];
};

const grow = (state: ResponsesState, index: number, delta: BlockDelta): Rendered => {
  const opened = state.open.get(index);
  if (opened === undefined) return [state, []];
  const { item } = opened;
  if (delta.type === 'citations_delta') {
    if (!state.bodies.showsCitations) return [state, []];
    const cited = { ...item, untold: '', citations: [...item.citations, delta.citation] };
    const told = [...tellWords(item, opened.index), citeItem(item, opened.index, delta.citation)];
    return [withItem(state, index, cited), told];
  }
  const isLikely = item.kind === 'message' && showsLogprobs(state.run);
  if (delta.type === 'logprobs_delta') {
    if (!isLikely) return [state, []];
    const tokens = { before: item.tokens, more: delta.logprobs };
    const told = growItem(item, opened.index, item.untold, delta.logprobs);
    return [withItem(state, index, { ...item, untold: '', tokens }), told];
  }
  const words = wordsOf(delta);
  // One event carries words and how likely they are, which is told next.
  if (isLikely && words !== '')
    return [
      withItem(state, index, { ...item, text: item.text + words, untold: words }),
      tellWords(item, opened.index),
    ];
  const signature = delta.type === 'signature_delta' ? delta.signature : '';
  const longer = { ...item, text: item.text + words, signature: item.signature + signature };
  return [withItem(state, index, longer), words === '' ? [] : growItem(item, opened.index, words)];
};

const withItem = (state: ResponsesState, index: number, item: OpenItem): ResponsesState => {
  const opened = state.open.get(index);
  return opened === undefined
    ? state
    : { ...state, open: new Map(state.open).set(index, { ...opened, item }) };
};

const close = (state: ResponsesState, index: number, status: ItemStatus): Rendered => {
  const opened = state.open.get(index);
  if (opened === undefined) return [state, []];
  const open = new Map(state.open);
  open.delete(index);
  const { wire, events } = closeItem(opened.item, opened.index, status);
  return [{ ...state, open, output: state.output.with(opened.index, wire) }, events];
};

/** What a cut left open is incomplete. */
const closeAll = (state: ResponsesState): Rendered => {
  let now = state;
  const events: WireEvent[] = [];
  for (const index of state.open.keys()) {
    const [next, more] = close(now, index, 'incomplete');
    now = next;
    events.push(...more);
  }
  return [now, events];
};
