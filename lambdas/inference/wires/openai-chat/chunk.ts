import { NO_TOKENS, type TokenUsage } from '../../../ledger/domain/usage.ts';
import type { Json, UrlCitation } from '../../turn/turn.ts';
import { countOf, fieldsOf, listOf, outputOf, textOf } from '../fields.ts';
import { frameError } from '../frames/failure.ts';
import { jsonAnswer, jsonFrame, type Unreadable } from '../frames/json-frame.ts';
import type { Frame, MeterState } from '../wire.ts';
import { annotationsOf, pagesOf } from './citations.ts';

/** A part of a call: every field but `slot` may come in another part. */
export interface CallPart {
  readonly slot: number | null;
  readonly id: string;
  readonly name: string;
  readonly json: string;
}

export interface Choice {
  readonly index: number;
  /** Everything that it put out, in whatever field. */
  readonly output: string;
  readonly thought: string;
  readonly words: string;
  readonly refusal: string;
  readonly calls: readonly CallPart[];
  readonly citations: readonly UrlCitation[];
  readonly stopReason: string | null;
}

/** A chunk of a stream, or a whole answer: the same fields but for `message` instead of `delta`. */
export interface Chunk {
  readonly type: 'chunk';
  readonly id: string;
  readonly model: string;
  readonly choices: readonly Choice[];
  /** Pages that the whole answer leans on. */
  readonly pages: readonly UrlCitation[];
  readonly usage: TokenUsage | null;
  /** It came for its usage alone. */
  readonly isUsageOnly: boolean;
}

export type ChatFrame =
  | Chunk
  | { readonly type: 'error'; readonly error: Json }
  | { readonly type: 'end' }
  | Unreadable;

const END: ChatFrame = { type: 'end' };

/** https://platform.openai.com/docs/api-reference/chat-streaming */
export const readChunk = (data: string): ChatFrame =>
  data.trim() === '[DONE]' ? END : jsonFrame(data, chunkOf);

/** An answer that has words or a count is one, whatever `error` it carries beside them. */
export const readAnswer = (bytes: Uint8Array): ChatFrame => {
  const value = jsonAnswer(bytes);
  const chunk = answerOf(value);
  return chunk.usage !== null || chunk.choices.length > 0 ? chunk : chunkOf(value);
};

/** What is known after this frame. */
export const meterChunk = (state: MeterState, { value }: Frame<ChatFrame>): MeterState => {
  if (value === null || state.ended) return state;
  switch (value.type) {
    case 'chunk': {
      let text = '';
      for (const { output } of value.choices) text += output;
      if (text === '' && value.usage === null) return state;
      return {
        ...state,
        text: state.text + text,
        sawToken: state.sawToken || text !== '',
        usage: value.usage ?? state.usage,
      };
    }
    case 'error':
      return { ...state, failed: true };
    case 'end':
      return { ...state, ended: true };
    case 'unreadable':
      throw frameError(value.cause);
  }
};

const chunkOf = (value: Json): ChatFrame => {
  const { error } = fieldsOf(value);
  return error === undefined || error === null ? answerOf(value) : { type: 'error', error };
};

const answerOf = (value: Json): Chunk => {
  const { id, model, choices, usage, search_results, citations } = fieldsOf(value);
  const list = listOf(choices);
  return {
    type: 'chunk',
    id: textOf(id),
    model: textOf(model),
    choices: list.map(choiceOf),
    pages: pagesOf(search_results, citations),
    // Moonshot counts in the choice.
    usage: tokensOf(usage) ?? tokensOf(fieldsOf(list[0])['usage']),
    isUsageOnly: list.length === 0 && usage !== undefined && usage !== null,
  };
};

const choiceOf = (value: Json): Choice => {
  const { index, delta, message, finish_reason } = fieldsOf(value);
  const put = fieldsOf(delta ?? message);
  // The same by another name: OpenRouter, vLLM, Ollama.
  const [first, second] = [put['reasoning_content'], put['reasoning']];
  const thought = outputOf(first) === '' ? second : first;
  const { name, json } = calledOf(put['function_call']);
  const calls = listOf(put['tool_calls']).map(partOf);
  let output =
    outputOf(put['content']) + outputOf(put['refusal']) + outputOf(thought) + name + json;
  for (const call of calls) output += call.name + call.json;
  return {
    index: countOf(index) ?? 0,
    output,
    thought: textOf(thought),
    words: textOf(put['content']),
    refusal: textOf(put['refusal']),
    calls,
    citations: annotationsOf(put['annotations']),
    stopReason: typeof finish_reason === 'string' ? finish_reason : null,
  };
};

const partOf = (value: Json): CallPart => {
  const { index, id, function: called } = fieldsOf(value);
  return { slot: countOf(index), id: textOf(id), ...calledOf(called) };
};

const calledOf = (value: Json | undefined): Pick<CallPart, 'name' | 'json'> => {
  const { name, arguments: json } = fieldsOf(value);
  return { name: textOf(name), json: outputOf(json) };
};

/** null: it says neither what came in nor what went out. */
const tokensOf = (value: Json | undefined): TokenUsage | null => {
  const usage = fieldsOf(value);
  const prompt = countOf(usage['prompt_tokens']);
  const completion = countOf(usage['completion_tokens']);
  if (prompt === null && completion === null) return null;
  const put = fieldsOf(usage['prompt_tokens_details']);
  const out = fieldsOf(usage['completion_tokens_details']);
  // DeepSeek has its own word for what was read from a cache.
  const cacheRead = countOf(put['cached_tokens']) ?? countOf(usage['prompt_cache_hit_tokens']) ?? 0;
  const cacheWrite5m = countOf(put['cache_write_tokens']) ?? 0;
  const audioInput = countOf(put['audio_tokens']) ?? 0;
  return {
    ...NO_TOKENS,
    input: Math.max(0, (prompt ?? 0) - cacheRead - cacheWrite5m - audioInput),
    cacheRead,
    cacheWrite5m,
    audioInput,
    output: completion ?? 0,
    reasoning: countOf(out['reasoning_tokens']) ?? 0,
    audioOutput: countOf(out['audio_tokens']) ?? 0,
  };
};
