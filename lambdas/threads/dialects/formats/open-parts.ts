import { toolInput } from '../../../inference/turn/partial-json.ts';
import type { BlockDelta, Json, ToolUseBlock } from '../../../inference/turn/turn.ts';

/** A tool call while its input is told. */
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

/** The words of a delta; a signature is for the model alone, a citation is no word. */
export const wordsOf = (delta: BlockDelta): string => {
  switch (delta.type) {
    case 'text_delta':
      return delta.text;
    case 'thinking_delta':
      return delta.thinking;
    case 'input_json_delta':
      return delta.partial_json;
    case 'signature_delta':
    case 'citations_delta':
      return '';
  }
};
