import { deltaText } from '../../../inference/turn/delta-text.ts';
import { toolInput } from '../../../inference/turn/partial-json.ts';
import type { BlockDelta, Json, ToolUseBlock } from '../../../inference/turn/turn.ts';

/** A tool call while its input arrives. */
export interface PartialInput {
  readonly block: ToolUseBlock;
  readonly json: string;
}

/** The input of a call as it stands; null: it is no whole object. */
export const inputOf = ({ block, json }: PartialInput): { readonly input: Json } | null => {
  if (json.trim() === '') return { input: block.input };
  const input = toolInput(json);
  return input === null ? null : { input };
};

/** The words of a delta. */
export const wordsOf = (delta: BlockDelta): string => deltaText(delta) ?? '';
