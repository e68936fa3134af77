import type { Block, BlockDelta } from '../../turn/turn.ts';
import type { MessageFrame } from './event.ts';

type Message = Extract<MessageFrame, { readonly type: 'message' }>;

/** An answer in one body as the events that would have streamed it. */
export const framesOf = ({
  id,
  model,
  blocks,
  stopReason,
  usage,
}: Message): readonly MessageFrame[] => [
  { type: 'message_start', id, model, usage },
  ...blocks.flatMap(blockFrames),
  { type: 'message_delta', stopReason, usage },
  { type: 'message_stop' },
];

const blockFrames = (whole: Block, index: number): readonly MessageFrame[] => {
  const { block, deltas } = begun(whole);
  return [
    { type: 'content_block_start', index, block, output: '' },
    ...deltas.map((delta): MessageFrame => ({
      type: 'content_block_delta',
      index,
      delta,
      output: '',
    })),
    { type: 'content_block_stop', index },
  ];
};

/** A block as a stream begins it, and what the stream then adds. */
const begun = (whole: Block): { readonly block: Block; readonly deltas: readonly BlockDelta[] } => {
  switch (whole.type) {
    case 'text': {
      const { text, citations = [] } = whole;
      const pages = citations.map((citation) => ({ type: 'citations_delta', citation }) as const);
      return {
        block: { type: 'text', text: '' },
        deltas: [{ type: 'text_delta', text }, ...pages],
      };
    }
    case 'thinking': {
      const { thinking, signature } = whole;
      const signed =
        signature === undefined ? [] : [{ type: 'signature_delta', signature } as const];
      return {
        block: { type: 'thinking', thinking: '' },
        deltas: [{ type: 'thinking_delta', thinking }, ...signed],
      };
    }
    case 'tool_use':
      return {
        block: { ...whole, input: {} },
        deltas: [{ type: 'input_json_delta', partial_json: JSON.stringify(whole.input) }],
      };
    default:
      return { block: whole, deltas: [] };
  }
};
