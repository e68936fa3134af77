import { NO_TOKENS, type TokenUsage } from '../../../ledger/domain/usage.ts';
import type { Bill } from '../../models/bill.ts';
import type { Json } from '../../turn/turn.ts';
import { countOf, fieldsOf } from '../fields.ts';
import { countsIn, largestCounts, partOf, type Counts, type Told } from '../told.ts';

type Fields = Readonly<Record<string, Json>>;

/** The counts of an answer, in whichever of the places where providers report them; null: it has none. */
export const countsOfAnswer = (answer: Fields, choices: readonly Json[]): Counts | null => {
  let counts: Counts | null = null;
  const add = (more: Counts | null): void => {
    if (more !== null) counts = counts === null ? more : largestCounts(counts, more);
  };
  add(countsOfUsage(answer['usage']));
  if (answer['x_groq'] !== undefined) add(countsOfUsage(fieldsOf(answer['x_groq'])['usage']));
  if (answer['timings'] !== undefined) add(countsOfTimings(fieldsOf(answer['timings'])));
  if (answer['eval_count'] !== undefined) add(countsOfOllama(answer));
  for (const choice of choices) {
    const { index, usage, delta, message } = fieldsOf(choice);
    for (const told of [usage, fieldsOf(delta)['usage'], fieldsOf(message)['usage']])
      if (told !== undefined) add(ofChoice(countsOfUsage(told), countOf(index) ?? 0));
  }
  return counts;
};

/** Moonshot counts in the choice, what that choice put out: the output of several is their sum. */
const ofChoice = (counts: Counts | null, index: number): Counts | null => {
  if (counts === null || index === 0) return counts;
  const { completion, ...others } = counts;
  return completion === undefined ? others : { ...others, [`${OF_CHOICE}${index}`]: completion };
};
const OF_CHOICE = 'completion ';

/** https://github.com/ggml-org/llama.cpp/tree/master/tools/server: what was read from its cache is beside the rest. */
const countsOfTimings = ({ prompt_n, predicted_n, cache_n }: Fields): Counts => {
  const prompt = countOf(prompt_n);
  return countsIn({
    prompt: prompt === null ? null : prompt + (countOf(cache_n) ?? 0),
    completion: predicted_n,
  });
};

/** https://docs.ollama.com/api/chat */
const countsOfOllama = ({ prompt_eval_count, eval_count }: Fields): Counts =>
  countsIn({ prompt: prompt_eval_count, completion: eval_count });

/** The counts of a `usage`; null: there is none. https://platform.openai.com/docs/api-reference/chat/object */
const countsOfUsage = (value: Json | undefined): Counts | null => {
  if (typeof value !== 'object' || value === null) return null;
  const usage = fieldsOf(value);
  const put = fieldsOf(usage['prompt_tokens_details']);
  const out = fieldsOf(usage['completion_tokens_details']);
  const counts = countsIn({
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
  if (usage['input_tokens'] === undefined && usage['output_tokens'] === undefined) return counts;
  // The names of Responses, which relays put in their place or beside them.
  return largestCounts(
    counts,
    countsIn({
      prompt: usage['input_tokens'],
      completion: usage['output_tokens'],
      cached: fieldsOf(usage['input_tokens_details'])['cached_tokens'],
      reasoning: fieldsOf(usage['output_tokens_details'])['reasoning_tokens'],
    }),
  );
};

/** null: it says neither what came in nor what went out. */
export const billOfChat = ({ counts, terms }: Told): Bill | null => {
  const whole = wholeCounts(counts);
  if (whole['prompt'] === undefined && whole['completion'] === undefined) return null;
  return { passes: [{ model: null, tokens: tokensOf(whole) }], terms };
};

/** What is missing of prompt and completion is what the other leaves of the total. */
const wholeCounts = (counts: Counts): Counts => {
  const { prompt = 0, total = 0 } = counts;
  const choices = Object.keys(counts).filter((name) => name.startsWith(OF_CHOICE));
  const first = counts['completion'] ?? 0;
  const completion = choices.reduce((sum, name) => sum + (counts[name] ?? 0), first);
  const hasCompletion = counts['completion'] !== undefined || choices.length > 0;
  if (prompt > 0 && completion === 0 && total > prompt)
    return { ...counts, completion: total - prompt };
  if (prompt === 0 && completion > 0 && total > completion)
    return { ...counts, completion, prompt: total - completion };
  return hasCompletion ? { ...counts, completion } : counts;
};

/** Parts are counted inside their whole here, and a part that overlaps another counts once, at the dearer of the two. */
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
