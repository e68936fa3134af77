import { allTokens, type LikelyTokens } from '../../../../inference/turn/likely-tokens.ts';
import type { LikelyToken, TokenLogprob } from '../../../../inference/turn/turn.ts';
import type { DialectRun } from '../../../domain/dialect.ts';

/** In the echo of a run that was asked how likely its words are; no response shows it. */
export const LOGPROBS_ECHO = { logprobs: true } as const;

/** What a provider tells without being asked is not shown. */
export const showsLogprobs = ({ echo }: DialectRun): boolean => echo['logprobs'] === true;

/** As a text has them. OpenAI's document wants bytes of each token: one whose bytes are not known has none. */
export const partLogprobs = (tokens: LikelyTokens | null): readonly object[] =>
  allTokens(tokens).map(({ top, ...token }) => ({
    ...withBytes(token),
    top_logprobs: top.map(withBytes),
  }));

const withBytes = ({ token, logprob, bytes }: LikelyToken): object => ({
  token,
  logprob,
  bytes: bytes ?? (token.includes('\uFFFD') ? [] : [...Buffer.from(token)]),
});

/** As events have them: without bytes. */
export const eventLogprobs = (tokens: readonly TokenLogprob[]): readonly object[] =>
  tokens.map(({ token, logprob, top }) => ({
    token,
    logprob,
    top_logprobs: top.map((other) => ({ token: other.token, logprob: other.logprob })),
  }));
