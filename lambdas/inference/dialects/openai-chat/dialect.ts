import type { Dialect } from '../dialect.ts';
import { readChatTurn } from './read.ts';
import { severalOf } from '../several.ts';
import { wholeChat, wholeChats } from './whole.ts';
import { endChunks, startChunks, stepChunks, type ChatWriter } from './write.ts';

/** Chat completions, for models that are not spoken to in it. */
export const chatDialect: Dialect<ChatWriter> = {
  read: readChatTurn,
  names: {
    temperature: 'temperature',
    strict: 'tools.function.strict',
    toolChoice: 'tool_choice',
    parallelToolCalls: 'parallel_tool_calls',
    topP: 'top_p',
    topK: 'top_k',
    output: 'response_format',
    effort: 'reasoning_effort',
    thinking: 'reasoning_effort',
    verbosity: 'verbosity',
    stopSequences: 'stop',
    presencePenalty: 'presence_penalty',
    frequencyPenalty: 'frequency_penalty',
    seed: 'seed',
    endUser: 'safety_identifier',
    serviceTier: 'service_tier',
    cache: 'prompt_cache_key',
    choices: 'n',
    logprobs: 'logprobs',
    cacheMarks: 'messages.content.prompt_cache_breakpoint',
    documentTitles: 'messages.content.file.filename',
  },
  omitted: {
    thinking: 'messages.reasoning_content',
    media: 'messages.content',
    misplaced_block: 'messages.content',
    partial_tool_input: 'messages.tool_calls.function.arguments',
    missing_tool_result: 'messages.tool_calls',
    orphan_tool_result: 'messages.tool_call_id',
    system_text: 'messages.role',
    cache_control: 'messages.content.cache_control',
    tool: 'tools.function.parameters',
    temperature: 'temperature',
    wish: 'messages',
    history: 'messages',
    more: 'messages',
    added_user_text: 'messages',
  },
  start: startChunks,
  step: stepChunks,
  end: endChunks,
  whole: wholeChat,
  several: (choices) => severalOf(chatDialect, wholeChats, choices),
  refusal: ({ status, type, message, isTooLong, requestId }) => ({
    error: { message, type, code: codeOf(status, isTooLong), param: null, request_id: requestId },
  }),
};

/** What clients know an error by: https://platform.openai.com/docs/guides/error-codes */
const codeOf = (status: number, isTooLong: boolean): string | null => {
  if (isTooLong) return 'context_length_exceeded';
  if (status === 429) return 'rate_limit_exceeded';
  return status === 404 ? 'model_not_found' : null;
};
