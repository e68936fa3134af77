import { googleStatus } from '../../../shared/google-status.ts';
import type { Dialect } from '../dialect.ts';
import { readContentsTurn } from './read.ts';
import { severalOf } from '../several.ts';
import {
  endAnswer,
  startAnswer,
  stepAnswer,
  wholeAnswer,
  wholeAnswers,
  type ContentsWriter,
} from './write.ts';

/** generateContent, for models that are not spoken to in it. */
export const geminiDialect: Dialect<ContentsWriter> = {
  read: readContentsTurn,
  names: {
    temperature: 'generationConfig.temperature',
    strict: 'toolConfig.functionCallingConfig.mode',
    toolChoice: 'toolConfig.functionCallingConfig',
    parallelToolCalls: 'tools',
    topP: 'generationConfig.topP',
    topK: 'generationConfig.topK',
    output: 'generationConfig.responseMimeType',
    effort: 'generationConfig.thinkingConfig.thinkingLevel',
    thinking: 'generationConfig.thinkingConfig.thinkingLevel',
    verbosity: 'generationConfig',
    stopSequences: 'generationConfig.stopSequences',
    presencePenalty: 'generationConfig.presencePenalty',
    frequencyPenalty: 'generationConfig.frequencyPenalty',
    seed: 'generationConfig.seed',
    endUser: 'labels',
    serviceTier: 'serviceTier',
    cache: 'cachedContent',
    choices: 'generationConfig.candidateCount',
    logprobs: 'generationConfig.responseLogprobs',
    cacheMarks: 'cachedContent',
    documentTitles: 'contents.parts.inlineData.displayName',
  },
  omitted: {
    thinking: 'contents.parts.thought',
    media: 'contents.parts',
    misplaced_block: 'contents.parts',
    partial_tool_input: 'contents.parts.functionCall.args',
    missing_tool_result: 'contents.parts.functionCall',
    orphan_tool_result: 'contents.parts.functionResponse',
    system_text: 'systemInstruction',
    cache_control: 'cachedContent',
    tool: 'tools.functionDeclarations.parameters',
    temperature: 'generationConfig.temperature',
    wish: 'contents',
    history: 'contents',
    more: 'contents',
    added_user_text: 'contents',
  },
  start: startAnswer,
  step: stepAnswer,
  end: endAnswer,
  whole: wholeAnswer,
  several: (choices) => severalOf(geminiDialect, wholeAnswers, choices),
  refusal: ({ status, type, message, isTooLong, requestId }) => ({
    error: {
      code: status,
      // What Google says of it: clients that make room for themselves look for these words.
      message: isTooLong ? `The input token count exceeds the maximum: ${message}` : message,
      status: googleStatus(status),
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: type.toUpperCase(),
          domain: 'sluice',
          metadata: { request_id: requestId },
        },
      ],
    },
  }),
};
