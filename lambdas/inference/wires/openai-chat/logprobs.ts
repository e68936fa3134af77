import type { Json, LikelyToken, TokenLogprob } from '../../turn/turn.ts';
import { fieldsOf, listOf, textOf } from '../fields.ts';

/** What an answer says of its tokens, those of a refusal after its words: https://platform.openai.com/docs/api-reference/chat/object */
export const logprobsIn = (value: Json | undefined): readonly TokenLogprob[] => {
  const { content, refusal } = fieldsOf(value);
  return [...listOf(content), ...listOf(refusal)].map((token) => ({
    ...tokenOf(token),
    top: listOf(fieldsOf(token)['top_logprobs']).map(tokenOf),
  }));
};

const tokenOf = (value: Json): LikelyToken => {
  const { token, logprob, bytes } = fieldsOf(value);
  const numbers = listOf(bytes).filter((byte) => typeof byte === 'number');
  return {
    token: textOf(token),
    logprob: typeof logprob === 'number' ? logprob : 0,
    ...(numbers.length === 0 ? {} : { bytes: numbers }),
  };
};
