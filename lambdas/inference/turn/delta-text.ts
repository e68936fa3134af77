import type { BlockDelta } from './turn.ts';

/** What a delta adds to its block's text; null: it adds none. A signature is for the model alone, and what is told of words is none. */
export const deltaText = (delta: BlockDelta): string | null => {
  switch (delta.type) {
    case 'text_delta':
      return delta.text;
    case 'thinking_delta':
      return delta.thinking;
    case 'input_json_delta':
      return delta.partial_json;
    case 'signature_delta':
    case 'citations_delta':
    case 'logprobs_delta':
      return null;
  }
};
