import { randomUUID } from 'node:crypto';
import type { Asked } from '../asked.ts';
import type { SimulatedAnswer } from '../simulated-answer.ts';
import { piecesOf } from './piece.ts';

const ENDS = { stop: 'stop', tool: 'tool_calls', length: 'length' } as const;

/** `chat.completion`: https://platform.openai.com/docs/api-reference/chat/object */
export const openaiBody = (asked: Asked, answer: SimulatedAnswer): object => {
  const { text, call, end } = answer;
  return {
    ...headOf(asked, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: call === null ? text : null,
          ...reasoningOf(asked, answer.thought),
          refusal: null,
          annotations: [],
          ...(call === null ? {} : { tool_calls: [toolCall(call.name, call.input)] }),
        },
        logprobs: null,
        finish_reason: ENDS[end],
      },
    ],
    usage: usageOf(asked, answer),
  };
};

/** `chat.completion.chunk`: https://platform.openai.com/docs/api-reference/chat-streaming */
export const openaiFrames = (asked: Asked, answer: SimulatedAnswer): readonly string[] => {
  const head = headOf(asked, 'chat.completion.chunk');
  const noUsage = asked.includesUsage ? { usage: null } : {};
  const chunk = (delta: object, finish_reason: string | null = null): string =>
    frame({
      ...head,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      ...noUsage,
    });
  return [
    chunk({ role: 'assistant', content: answer.call === null ? '' : null, refusal: null }),
    ...piecesOf(isShown(asked) ? answer.thought : '').map((piece) =>
      chunk({ reasoning_content: piece }),
    ),
    ...piecesOf(answer.text).map((piece) => chunk({ content: piece })),
    ...callDeltas(answer.call).map((delta) => chunk({ tool_calls: [{ index: 0, ...delta }] })),
    chunk({}, ENDS[answer.end]),
    ...(asked.includesUsage
      ? [frame({ ...head, choices: [], usage: usageOf(asked, answer) })]
      : []),
    'data: [DONE]\n\n',
  ];
};

/** https://platform.openai.com/docs/guides/error-codes */
export const openaiError = (status: number, message: string): object => {
  const [type, code] = ERRORS[status] ?? (status < 500 ? REFUSED : ['server_error', null]);
  return { error: { message, type, param: null, code } };
};

const REFUSED = ['invalid_request_error', null] as const;
const ERRORS: Readonly<Record<number, readonly [string, string | null]>> = {
  401: ['invalid_request_error', 'invalid_api_key'],
  404: ['invalid_request_error', 'model_not_found'],
  429: ['requests', 'rate_limit_exceeded'],
};

const headOf = ({ model }: Asked, object: string) => ({
  id: `chatcmpl-${randomUUID()}`,
  object,
  created: Math.floor(Date.now() / 1_000),
  model,
  service_tier: 'default',
  system_fingerprint: null,
});

const usageOf = (
  asked: Asked,
  { inputTokens, outputTokens, thoughtTokens }: SimulatedAnswer,
): object => ({
  prompt_tokens: inputTokens,
  completion_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: thoughtTokens,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
  ...(isShown(asked) ? { prompt_cache_hit_tokens: 0, prompt_cache_miss_tokens: inputTokens } : {}),
});

/** DeepSeek shows thoughts, https://api-docs.deepseek.com/guides/thinking_mode; OpenAI only counts them. */
const isShown = ({ model }: Asked): boolean => model.includes('deepseek');

const reasoningOf = (asked: Asked, thought: string): object =>
  isShown(asked) && thought !== '' ? { reasoning_content: thought } : {};

const toolCall = (name: string, args: string) => ({
  id: `call_${randomUUID().replaceAll('-', '')}`,
  type: 'function',
  function: { name, arguments: args },
});

const callDeltas = (call: SimulatedAnswer['call']): readonly object[] =>
  call === null
    ? []
    : [
        toolCall(call.name, ''),
        ...piecesOf(call.input).map((piece) => ({ function: { arguments: piece } })),
      ];

const frame = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;
