import type { TokenLogprob, TurnEvent } from './turn.ts';

/** Tokens behind each other: an answer has very many, and a list that is copied for each would be slow. */
export interface LikelyTokens {
  readonly before: LikelyTokens | null;
  readonly more: readonly TokenLogprob[];
}

export const allTokens = (tokens: LikelyTokens | null): readonly TokenLogprob[] => {
  const pieces: (readonly TokenLogprob[])[] = [];
  for (let at = tokens; at !== null; at = at.before) pieces.push(at.more);
  return pieces.toReversed().flat();
};

/** With twenty others each, a piece is far smaller than what one item of a table holds. */
const PIECE_TOKENS_MAX = 64;

/** How likely tokens of a block were. Some providers tell it of a whole answer at once. */
export const likelyEvents = (
  index: number,
  logprobs: readonly TokenLogprob[],
): readonly TurnEvent[] =>
  Array.from({ length: Math.ceil(logprobs.length / PIECE_TOKENS_MAX) }, (_, piece) => ({
    type: 'content_block_delta',
    index,
    delta: {
      type: 'logprobs_delta',
      logprobs: logprobs.slice(piece * PIECE_TOKENS_MAX, (piece + 1) * PIECE_TOKENS_MAX),
    },
  }));
