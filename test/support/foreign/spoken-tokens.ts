/** Every token is as likely, and another stood in its place. */
export const LOGPROB = { chosen: -0.25, other: { token: 'Hm', logprob: -1.5 } } as const;
const bytesOf = (token: string) => [...Buffer.from(token)];
const { other } = LOGPROB;
/** As the chat completions wire tells it. */
export const chatLogprobs = (token: string) => ({
  content: [
    {
      token,
      logprob: LOGPROB.chosen,
      bytes: bytesOf(token),
      top_logprobs: [{ ...other, bytes: bytesOf(other.token) }],
    },
  ],
  refusal: null,
});
/** As Gemini tells it. */
export const geminiLogprobs = (token: string) => ({
  chosenCandidates: [{ token, tokenId: 7, logProbability: LOGPROB.chosen }],
  topCandidates: [
    { candidates: [{ token: other.token, tokenId: 8, logProbability: other.logprob }] },
  ],
});
