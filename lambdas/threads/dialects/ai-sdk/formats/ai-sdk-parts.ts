import type { Block, BlockDelta } from '../../../../inference/turn/turn.ts';
import { inputOf, wordsOf, type PartialInput } from '../../formats/open-parts.ts';

export interface UiChunk {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A part that the reader has begun and not ended. */
export type OpenPart =
  | { readonly type: 'text' | 'reasoning'; readonly id: string }
  | { readonly type: 'tool'; readonly told: PartialInput };
/** By the index of the block. */
export type OpenParts = ReadonlyMap<number, OpenPart>;

const CUT = 'The call was cut before its input was whole.';

/** The part that a block begins, with its first chunks; null: the dialect knows no such part. */
export const opened = (
  id: string,
  block: Block,
): (OpenPart & { readonly chunks: readonly UiChunk[] }) | null => {
  switch (block.type) {
    case 'text':
      return words('text', id, block.text);
    case 'thinking':
      return words('reasoning', id, block.thinking);
    case 'tool_use':
      return {
        type: 'tool',
        told: { block, json: '' },
        chunks: [{ type: 'tool-input-start', toolCallId: block.id, toolName: block.name }],
      };
    default:
      return null;
  }
};

const words = (type: 'text' | 'reasoning', id: string, said: string) => ({
  type,
  id,
  chunks: [
    { type: `${type}-start`, id },
    ...(said === '' ? [] : [{ type: `${type}-delta`, id, delta: said }]),
  ],
});

export const grown = (
  parts: OpenParts,
  index: number,
  delta: BlockDelta,
): readonly [OpenParts, readonly UiChunk[]] => {
  const part = parts.get(index);
  if (part?.type === 'text' && delta.type === 'citations_delta') {
    const { url, title } = delta.citation;
    return [parts, [{ type: 'source-url', sourceId: url, url, title }]];
  }
  const said = wordsOf(delta);
  if (part === undefined || said === '') return [parts, []];
  if (part.type !== 'tool')
    return [parts, [{ type: `${part.type}-delta`, id: part.id, delta: said }]];
  const told = { ...part.told, json: part.told.json + said };
  return [
    new Map(parts).set(index, { ...part, told }),
    [{ type: 'tool-input-delta', toolCallId: told.block.id, inputTextDelta: said }],
  ];
};

export const closed = (
  parts: OpenParts,
  index: number,
): readonly [OpenParts, readonly UiChunk[]] => {
  const part = parts.get(index);
  if (part === undefined) return [parts, []];
  const rest = new Map(parts);
  rest.delete(index);
  return [rest, [ending(part)]];
};

/** Ends what a cut left open. */
export const closedAll = (parts: OpenParts): readonly UiChunk[] => [...parts.values()].map(ending);

const ending = (part: OpenPart): UiChunk => {
  if (part.type !== 'tool') return { type: `${part.type}-end`, id: part.id };
  const { id, name } = part.told.block;
  const call = { toolCallId: id, toolName: name };
  const whole = inputOf(part.told);
  return whole === null
    ? { type: 'tool-input-error', ...call, input: part.told.json, errorText: CUT }
    : { type: 'tool-input-available', ...call, input: whole.input };
};
