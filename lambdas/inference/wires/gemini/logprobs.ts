import type { Json, LikelyToken, TokenLogprob } from '../../turn/turn.ts';
import { fieldsOf, listOf, textOf } from '../fields.ts';

/** Tokens of a candidate, each with those that stood in its place: https://ai.google.dev/api/generate-content#LogprobsResult */
export const logprobsIn = (value: Json | undefined): readonly TokenLogprob[] => {
  const { chosenCandidates, topCandidates } = fieldsOf(value);
  const tops = listOf(topCandidates);
  return listOf(chosenCandidates).map((chosen, at) => ({
    ...tokenOf(chosen),
    top: listOf(fieldsOf(tops[at])['candidates']).map(tokenOf),
  }));
};

const tokenOf = (value: Json): LikelyToken => {
  const { token, logProbability } = fieldsOf(value);
  return {
    token: textOf(token),
    // Zero is not written: https://protobuf.dev/programming-guides/json/
    logprob: typeof logProbability === 'number' ? logProbability : 0,
  };
};
