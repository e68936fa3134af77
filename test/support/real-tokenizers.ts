import { getTokenizer } from '@anthropic-ai/tokenizer';
import { countTokens as countCl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { countTokens as countO200k } from 'gpt-tokenizer/encoding/o200k_base';
import { inPieces } from '../../lambdas/inference/calls/count-pieces.ts';

const PLAIN = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
const anthropics = getTokenizer();

export const o200k = (text: string): number => countO200k(text, PLAIN);
export const cl100k = (text: string): number => countCl100k(text, PLAIN);
/** As its own package counts. */
export const anthropic = (text: string): number =>
  anthropics.encode(text.normalize('NFKC'), 'all').length;

/** The one that a deployment counts with. */
export const atHand = inPieces(o200k);
