import { parseJson } from '../../turn/partial-json.ts';
import type { Block, BlockDelta, TurnEvent } from '../../turn/turn.ts';

interface OpenBlock {
  /** The provider's number, and ours: blocks that are not known are skipped. */
  readonly index: number;
  readonly ours: number;
  readonly type: Block['type'];
  /** All of a call's input so far. */
  readonly json: string;
  /** Its end came, or nothing more of it is waited for. */
  readonly isOver: boolean;
  /** What is not shown yet, of a block after the first. */
  readonly events: readonly TurnEvent[];
}

/** Blocks that are open, in order; only the first is being shown, so that blocks never interleave. */
export interface OpenBlocks {
  readonly open: readonly OpenBlock[];
  /** The provider's numbers of open blocks that are not known. */
  readonly skipped: ReadonlySet<number>;
  readonly next: number;
  readonly hasCalls: boolean;
}
export const NO_BLOCKS: OpenBlocks = { open: [], skipped: new Set(), next: 0, hasCalls: false };

type Step = readonly [OpenBlocks, readonly TurnEvent[]];
const NO_EVENTS: readonly TurnEvent[] = [];

export const startBlock = (
  state: OpenBlocks,
  number: number | null,
  block: Block | null,
  nameOf: (wireName: string) => string,
  messageId: string,
): Step => {
  const index = number ?? (state.open.at(-1)?.index ?? -1) + 1;
  const skipped = new Set(state.skipped);
  if (block === null)
    return advance({ ...state, ...withLeft(state, index), skipped: skipped.add(index) });
  skipped.delete(index);
  const content_block =
    block.type === 'tool_use'
      ? {
          ...block,
          id: block.id || `${messageId || 'call'}-${state.next}`,
          name: nameOf(block.name),
        }
      : block;
  return openBlock({ ...state, ...withLeft(state, index), skipped }, index, content_block);
};

const openBlock = (state: OpenBlocks, index: number, block: Block): Step => {
  const ours = state.next;
  const isCall = block.type === 'tool_use';
  const begun: OpenBlock = {
    index,
    ours,
    type: block.type,
    json: isCall ? startOf(block.input) : '',
    isOver: false,
    events: [{ type: 'content_block_start', index: ours, content_block: block }],
  };
  return advance({
    open: [...state.open, begun],
    skipped: state.skipped,
    next: ours + 1,
    hasCalls: state.hasCalls || isCall,
  });
};

/**
 * Relays leave out that a block ends before another begins; of a call more may come until its input is whole, unless
 * the other has its number.
 */
const withLeft = ({ open }: OpenBlocks, index: number | null): Pick<OpenBlocks, 'open'> => ({
  open: open.map((one) =>
    one.type !== 'tool_use' || one.index === index || isInput(one.json)
      ? { ...one, isOver: true }
      : one,
  ),
});

/** An input that stands in the beginning of its call is whole. */
const startOf = (input: unknown): string => {
  const text = JSON.stringify(input);
  return text === '{}' ? '' : text;
};

const isInput = (json: string): boolean => json !== '' && parseJson(json) !== undefined;

/** Words of a block that never began, or of a number that is another kind's, begin one. */
export const addDelta = (state: OpenBlocks, number: number | null, delta: BlockDelta): Step => {
  const index = number ?? state.open.at(-1)?.index ?? 0;
  if (state.skipped.has(index) || isEmpty(delta)) return [state, NO_EVENTS];
  const type = typeFor(delta);
  const at = state.open.findLastIndex((one) => one.index === index && one.type === type);
  const known = state.open[at];
  if (known === undefined) {
    const block = emptyBlock(delta);
    if (block === null) return [state, NO_EVENTS];
    const [begun, events] = openBlock({ ...state, ...withLeft(state, null) }, index, block);
    const [next, more] = addDelta(begun, index, delta);
    return [next, [...events, ...more]];
  }
  const event = { type: 'content_block_delta', index: known.ours, delta } as const;
  if (at === 0 && type !== 'tool_use') return [state, [event]];
  const json = delta.type === 'input_json_delta' ? known.json + delta.partial_json : known.json;
  const isOver = at === 0 && state.open.length > 1 && isInput(json);
  const longer = { ...known, json, isOver, events: [...known.events, event] };
  const next = { ...state, open: state.open.with(at, longer) };
  return at === 0 ? advance(next) : [next, NO_EVENTS];
};

const typeFor = (delta: BlockDelta): Block['type'] => {
  switch (delta.type) {
    case 'text_delta':
    case 'citations_delta':
    case 'logprobs_delta':
      return 'text';
    case 'thinking_delta':
    case 'signature_delta':
      return 'thinking';
    case 'input_json_delta':
      return 'tool_use';
  }
};

const emptyBlock = ({ type }: BlockDelta): Block | null => {
  if (type === 'text_delta') return { type: 'text', text: '' };
  return type === 'thinking_delta' ? { type: 'thinking', thinking: '' } : null;
};

const isEmpty = (delta: BlockDelta): boolean =>
  delta.type === 'input_json_delta'
    ? delta.partial_json === ''
    : delta.type === 'text_delta' && delta.text === '';

export const stopBlock = (state: OpenBlocks, number: number | null): Step => {
  const index = number ?? state.open.at(-1)?.index ?? 0;
  const skipped = new Set(state.skipped);
  skipped.delete(index);
  const open = state.open.map((one) => (one.index === index ? { ...one, isOver: true } : one));
  return advance({ ...state, open, skipped });
};

export const stopAll = (state: OpenBlocks): Step =>
  advance({ ...state, open: state.open.map((one) => ({ ...one, isOver: true })) });

/** Ends the blocks in front that are over, and shows what waited for them. */
const advance = (state: OpenBlocks): Step => {
  const events: TurnEvent[] = [];
  let { open } = state;
  for (let first = open[0]; first !== undefined; first = open[0]) {
    events.push(...first.events);
    if (!first.isOver) {
      open = open.with(0, { ...first, events: [] });
      break;
    }
    events.push({ type: 'content_block_stop', index: first.ours });
    open = open.slice(1);
  }
  return [{ ...state, open }, events];
};
