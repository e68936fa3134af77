import type { TokenUsage } from '../../../ledger/domain/usage.ts';
import type { LikelyToken, StopReason, TokenLogprob, UrlCitation } from '../../turn/turn.ts';
import type { AnswerFacts } from '../dialect.ts';

export const tailOf = ({ requestId, model }: AnswerFacts) => ({
  modelVersion: model,
  responseId: requestId,
});

/** What is cached, read or written, is part of the prompt here, and thoughts are counted beside the answer. */
export const usageOf = (tokens: TokenUsage): object => {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, audioInput, output, reasoning } = tokens;
  const promptTokenCount = input + cacheRead + cacheWrite5m + cacheWrite1h + audioInput;
  return {
    promptTokenCount,
    candidatesTokenCount: output - reasoning,
    totalTokenCount: promptTokenCount + output,
    ...(cacheRead === 0 ? {} : { cachedContentTokenCount: cacheRead }),
    ...(reasoning === 0 ? {} : { thoughtsTokenCount: reasoning }),
  };
};

/** https://ai.google.dev/api/generate-content#FinishReason */
export const finishReason = (reason: StopReason | null, isBroken: boolean): string => {
  switch (reason) {
    case 'max_tokens':
      return 'MAX_TOKENS';
    case 'refusal':
    case 'content_filter':
      return 'SAFETY';
    case 'end_turn':
    case 'stop_sequence':
    case 'tool_use':
    case 'pause_turn':
    case null:
      return isBroken ? 'MALFORMED_FUNCTION_CALL' : 'STOP';
  }
};

/** https://ai.google.dev/api/generate-content#LogprobsResult: a candidate's tokens, all at once. */
export const logprobsOf = (tokens: readonly TokenLogprob[]): object => {
  if (tokens.length === 0) return {};
  const sum = tokens.reduce((total, { logprob }) => total + logprob, 0);
  return {
    avgLogprobs: sum / tokens.length,
    logprobsResult: {
      chosenCandidates: tokens.map(likely),
      ...(tokens.some(({ top }) => top.length > 0)
        ? { topCandidates: tokens.map(({ top }) => ({ candidates: top.map(likely) })) }
        : {}),
    },
  };
};

const likely = ({ token, logprob: logProbability }: LikelyToken): object => ({
  token,
  logProbability,
});

/** A page that words lean on, and which of them. */
export interface Cited {
  readonly citation: UrlCitation;
  readonly text: string;
  /** Where the text begins. */
  readonly fromBytes: number;
}

/** Places are bytes here: https://ai.google.dev/api/generate-content#Segment */
export const groundingOf = (cited: readonly Cited[]): object => {
  if (cited.length === 0) return {};
  return {
    groundingMetadata: {
      groundingChunks: cited.map(({ citation: { url, title } }) => ({ web: { uri: url, title } })),
      groundingSupports: cited.map((one, index) => ({
        segment: segmentOf(one),
        groundingChunkIndices: [index],
      })),
    },
  };
};

const segmentOf = ({ citation, text: all, fromBytes }: Cited): object => {
  const { start_index: start = 0, end_index: end = all.length } = citation;
  const text = all.slice(start, end);
  const startIndex = fromBytes + Buffer.byteLength(all.slice(0, start));
  return { startIndex, endIndex: startIndex + Buffer.byteLength(text), text };
};
