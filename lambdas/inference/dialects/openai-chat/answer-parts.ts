import type { TokenUsage } from '../../../ledger/domain/usage.ts';
import type {
  LikelyToken,
  StopReason,
  TokenLogprob,
  ToolUseBlock,
  UrlCitation,
} from '../../turn/turn.ts';
import type { AnswerFacts } from '../dialect.ts';
import { detailOf, type Thought } from './reasoning.ts';

export const headOf = ({ requestId, createdAtMs, model }: AnswerFacts) => ({
  id: `chatcmpl-${requestId}`,
  created: Math.floor(createdAtMs / 1_000),
  model,
});

export const isText = ({ textTools }: AnswerFacts, { name }: ToolUseBlock): boolean =>
  textTools.has(name);

/** https://ai.google.dev/gemini-api/docs/thought-signatures#openai-compatibility */
export const signed = ({ signature }: ToolUseBlock): object =>
  signature === undefined ? {} : { extra_content: { google: { thought_signature: signature } } };

export const detailsOf = (thoughts: readonly Thought[], model: string): object => ({
  reasoning_details: thoughts.map((thought, index) => detailOf(thought, model, index)),
});

export const annotationOf = (citation: UrlCitation, from: number, to: number): object => ({
  type: 'url_citation',
  url_citation: {
    url: citation.url,
    title: citation.title,
    start_index: citation.start_index === undefined ? from : from + citation.start_index,
    end_index: citation.end_index === undefined ? to : from + citation.end_index,
  },
});

export const logprobsOf = (tokens: readonly TokenLogprob[]): object | null =>
  tokens.length === 0
    ? null
    : {
        content: tokens.map(({ top, ...token }) => ({
          ...likely(token),
          top_logprobs: top.map(likely),
        })),
        refusal: null,
      };

/** A token that is no whole text, and whose bytes are not told, has none. */
const likely = ({ token, logprob, bytes }: LikelyToken): object => ({
  token,
  logprob,
  bytes: bytes ?? (token.includes('\uFFFD') ? null : [...Buffer.from(token)]),
});

export const finishReason = (reason: StopReason | null, hasCalls: boolean): string => {
  switch (reason) {
    case 'max_tokens':
      return 'length';
    case 'refusal':
    case 'content_filter':
      return 'content_filter';
    case 'tool_use':
      return 'tool_calls';
    case 'end_turn':
    case 'stop_sequence':
    case 'pause_turn':
    case null:
      return hasCalls ? 'tool_calls' : 'stop';
  }
};

/** What was read from a cache, or written to one, is part of the prompt here. */
export const usageOf = (tokens: TokenUsage): object => {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, audioInput, output } = tokens;
  const prompt_tokens = input + cacheRead + cacheWrite5m + cacheWrite1h + audioInput;
  return {
    prompt_tokens,
    completion_tokens: output,
    total_tokens: prompt_tokens + output,
    prompt_tokens_details: {
      cached_tokens: cacheRead,
      cache_write_tokens: cacheWrite5m + cacheWrite1h,
      audio_tokens: audioInput,
    },
    completion_tokens_details: {
      reasoning_tokens: tokens.reasoning,
      audio_tokens: tokens.audioOutput,
    },
  };
};
