import { NO_TOKENS, type TokenUsage } from '../../../ledger/domain/usage.ts';
import type { Bill } from '../../models/bill.ts';
import type { Json } from '../../turn/turn.ts';
import { countOf, fieldsOf, listOf, textOf } from '../fields.ts';
import { countsIn, partOf, type Counts, type Told } from '../told.ts';

/** The counts of a `usageMetadata`; null: there is none. https://ai.google.dev/api/generate-content#UsageMetadata */
export const countsOfUsage = (value: Json | undefined): Counts | null => {
  if (typeof value !== 'object' || value === null) return null;
  const usage = fieldsOf(value);
  return countsIn({
    prompt: usage['promptTokenCount'],
    cached: usage['cachedContentTokenCount'],
    toolUse: usage['toolUsePromptTokenCount'],
    candidates: usage['candidatesTokenCount'],
    thoughts: usage['thoughtsTokenCount'],
    total: usage['totalTokenCount'],
    audioPrompt: ofAudio(usage['promptTokensDetails']),
    audioCached: ofAudio(usage['cacheTokensDetails']),
    audioToolUse: ofAudio(usage['toolUsePromptTokensDetails']),
    audioCandidates: ofAudio(usage['candidatesTokensDetails']),
  });
};

const ofAudio = (details: Json | undefined): number | null => {
  const counts = listOf(details).flatMap((detail) => {
    const { modality, tokenCount } = fieldsOf(detail);
    const count = countOf(tokenCount);
    return textOf(modality).toUpperCase() === 'AUDIO' && count !== null ? [count] : [];
  });
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
};

/**
 * What was reported, as it is billed. Prompts count what came from a cache; thoughts, and what tools of Google's put in, are
 * counted beside the rest, and in the total. null: it says neither what came in nor what went out.
 */
export const billOfAnswer = ({ counts, terms }: Told): Bill | null => {
  const { prompt, candidates, thoughts, total } = counts;
  const isCounted = [prompt, candidates, thoughts, total].some((count) => count !== undefined);
  return isCounted ? { passes: [{ model: null, tokens: tokensOf(counts) }], terms } : null;
};

const tokensOf = (counts: Counts): TokenUsage => {
  const { prompt = 0, toolUse = 0, candidates = 0, thoughts = 0, total = 0 } = counts;
  const input = prompt + toolUse;
  // Some versions count thoughts in the total alone, and the end of a cut stream may lack the candidates.
  const unnamed = prompt > 0 ? Math.max(0, total - input - candidates - thoughts) : 0;
  const output = candidates + thoughts + unnamed;
  const cached = partOf(counts['cached'], input, input);
  const audio = partOf((counts['audioPrompt'] ?? 0) + (counts['audioToolUse'] ?? 0), input, input);
  // Cached audio has a price between the two: it is billed as audio, never as cached text.
  const cachedAudio = Math.min(counts['audioCached'] ?? 0, cached, audio);
  const audioInput = Math.max(audio, cachedAudio);
  const cacheRead = Math.min(cached - cachedAudio, input - audioInput);
  return {
    ...NO_TOKENS,
    input: input - audioInput - cacheRead,
    cacheRead,
    audioInput,
    output,
    reasoning: Math.min(thoughts + unnamed, output),
    audioOutput: partOf(counts['audioCandidates'], output, output),
  };
};
