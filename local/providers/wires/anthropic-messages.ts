import { randomUUID } from 'node:crypto';
import type { Asked } from '../asked.ts';
import type { SimulatedAnswer } from '../simulated-answer.ts';
import { piecesOf } from './piece.ts';

const ENDS = { stop: 'end_turn', tool: 'tool_use', length: 'max_tokens' } as const;
/** Opaque to whoever reads it, and sent back with the thought. */
const SIGNATURE = Buffer.from('a simulated thought').toString('base64');

/** https://platform.claude.com/docs/en/api/messages */
export const anthropicBody = (asked: Asked, answer: SimulatedAnswer): object => ({
  ...headOf(asked),
  content: [
    ...(answer.thought === ''
      ? []
      : [{ type: 'thinking', thinking: answer.thought, signature: SIGNATURE }]),
    ...(answer.text === '' ? [] : [{ type: 'text', text: answer.text }]),
    ...(answer.call === null
      ? []
      : [{ ...toolUse(answer.call.name), input: inputOf(answer.call.input) }]),
  ],
  stop_reason: ENDS[answer.end],
  stop_sequence: null,
  usage: { ...usageOf(answer), output_tokens: answer.outputTokens },
});

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
export const anthropicFrames = (asked: Asked, answer: SimulatedAnswer): readonly string[] => {
  const blocks = blocksOf(answer);
  const message = {
    ...headOf(asked),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usageOf(answer), output_tokens: 1 },
  };
  return [
    event('message_start', { message }),
    event('ping', {}),
    ...blocks.flatMap(({ start, deltas }, index) => [
      event('content_block_start', { index, content_block: start }),
      ...deltas.map((delta) => event('content_block_delta', { index, delta })),
      event('content_block_stop', { index }),
    ]),
    event('message_delta', {
      delta: { stop_reason: ENDS[answer.end], stop_sequence: null },
      usage: { ...countsOf(answer), output_tokens: answer.outputTokens },
    }),
    event('message_stop', {}),
  ];
};

/** https://platform.claude.com/docs/en/api/errors */
export const anthropicError = (status: number, message: string): object => ({
  type: 'error',
  error: {
    type: ERRORS[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error'),
    message,
  },
  request_id: `req_${randomUUID().replaceAll('-', '')}`,
});

const ERRORS: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

interface StreamedBlock {
  readonly start: object;
  readonly deltas: readonly object[];
}

const blocksOf = ({ thought, text, call }: SimulatedAnswer): readonly StreamedBlock[] => [
  ...(thought === ''
    ? []
    : [
        {
          start: { type: 'thinking', thinking: '', signature: '' },
          deltas: [
            ...piecesOf(thought).map((thinking) => ({ type: 'thinking_delta', thinking })),
            { type: 'signature_delta', signature: SIGNATURE },
          ],
        },
      ]),
  ...(text === ''
    ? []
    : [
        {
          start: { type: 'text', text: '' },
          deltas: piecesOf(text).map((piece) => ({ type: 'text_delta', text: piece })),
        },
      ]),
  ...(call === null
    ? []
    : [
        {
          start: { ...toolUse(call.name), input: {} },
          deltas: ['', ...piecesOf(call.input)].map((partial_json) => ({
            type: 'input_json_delta',
            partial_json,
          })),
        },
      ]),
];

const headOf = ({ model }: Asked) => ({
  id: `msg_${randomUUID().replaceAll('-', '')}`,
  type: 'message',
  role: 'assistant',
  model,
});

const countsOf = ({ inputTokens }: SimulatedAnswer) => ({
  input_tokens: inputTokens,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
});

const usageOf = (answer: SimulatedAnswer) => ({
  ...countsOf(answer),
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  service_tier: 'standard',
});

const toolUse = (name: string) => ({
  type: 'tool_use',
  id: `toolu_${randomUUID().replaceAll('-', '')}`,
  name,
});

/** Input that was cut at the limit is no JSON. */
const inputOf = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
};

const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
