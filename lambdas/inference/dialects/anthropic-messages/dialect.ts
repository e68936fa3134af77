import type { Dialect } from '../dialect.ts';
import { readMessagesTurn } from './read.ts';
import { endEvents, startEvents, stepEvents, wholeMessage, type MessagesWriter } from './write.ts';

/** Messages, for models that are not spoken to in them. */
export const messagesDialect: Dialect<MessagesWriter> = {
  read: readMessagesTurn,
  names: {
    temperature: 'temperature',
    strict: 'tools.strict',
    toolChoice: 'tool_choice',
    parallelToolCalls: 'tool_choice.disable_parallel_tool_use',
    topP: 'top_p',
    topK: 'top_k',
    output: 'output_config.format',
    effort: 'output_config.effort',
    thinking: 'thinking',
    verbosity: 'verbosity',
    stopSequences: 'stop_sequences',
    presencePenalty: 'presence_penalty',
    frequencyPenalty: 'frequency_penalty',
    seed: 'seed',
    endUser: 'metadata.user_id',
    serviceTier: 'service_tier',
    cache: 'cache_control',
    choices: 'n',
    logprobs: 'logprobs',
    cacheMarks: 'messages.content.cache_control',
    documentTitles: 'messages.content.title',
  },
  omitted: {
    thinking: 'messages.content.thinking',
    media: 'messages.content',
    misplaced_block: 'messages.content',
    partial_tool_input: 'messages.content.input',
    missing_tool_result: 'messages.content.tool_use',
    orphan_tool_result: 'messages.content.tool_use_id',
    system_text: 'messages.role',
    cache_control: 'messages.content.cache_control',
    tool: 'tools.input_schema',
    temperature: 'temperature',
    wish: 'messages',
    history: 'messages',
    more: 'messages',
    added_user_text: 'messages',
  },
  start: startEvents,
  step: stepEvents,
  end: endEvents,
  whole: wholeMessage,
  refusal: ({ type, message, isTooLong, requestId }) => ({
    type: 'error',
    // Clients that make room for themselves look for these words.
    error: { type, message: isTooLong ? `prompt is too long: ${message}` : message },
    request_id: requestId,
  }),
};
