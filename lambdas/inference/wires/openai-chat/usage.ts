import { NO_TOKENS, type TokenUsage } from '../../../ledger/domain/usage.ts';
import type { Bill } from '../../models/bill.ts';
import type { Json } from '../../turn/turn.ts';
import { fieldsOf } from '../fields.ts';
import { countsIn, partOf, type Counts, type Told } from '../told.ts';

/** The counts of a `usage`; null: there is none. https://platform.openai.com/docs/api-reference/chat/object */
export const countsOfUsage = (value: Json | undefined): Counts | null => {
  if (typeof value !== 'object' || value === null) return null;
  const usage = fieldsOf(value);
  const put = fieldsOf(usage['prompt_tokens_details']);
  const out = fieldsOf(usage['completion_tokens_details']);
  return countsIn({
    prompt: usage['prompt_tokens'],
    completion: usage['completion_tokens'],
    total: usage['total_tokens'],
    // DeepSeek has its own word for what was read from a cache.
    cached: put['cached_tokens'] ?? usage['prompt_cache_hit_tokens'],
    written: put['cache_write_tokens'],
    audioPrompt: put['audio_tokens'],
    reasoning: out['reasoning_tokens'],
    audioCompletion: out['audio_tokens'],
  });
};

/** null: it says neither what came in nor what went out. */
export const billOfChat = ({ counts, terms }: Told): Bill | null => {
  if (counts['prompt'] === undefined && counts['completion'] === undefined) return null;
  return { passes: [{ model: null, tokens: tokensOf(counts) }], terms };
};

/** Parts are told inside their whole here, and a part that overlaps another counts once, at the dearer of the two. */
const tokensOf = (counts: Counts): TokenUsage => {
  const { prompt = 0, completion = 0, reasoning = 0, total, cached, written } = counts;
  const audioInput = partOf(counts['audioPrompt'], prompt, prompt);
  const cacheWrite5m = partOf(written, prompt, prompt - audioInput);
  const cacheRead = partOf(cached, prompt, prompt - audioInput - cacheWrite5m);
  // xAI and Gemini count reasoning beside the completion: then only the total has it.
  const output = total === prompt + completion + reasoning ? completion + reasoning : completion;
  return {
    ...NO_TOKENS,
    input: prompt - audioInput - cacheWrite5m - cacheRead,
    cacheRead,
    cacheWrite5m,
    audioInput,
    output,
    reasoning: partOf(reasoning, output, output),
    audioOutput: partOf(counts['audioCompletion'], output, output),
  };
};
