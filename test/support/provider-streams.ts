import type { TokenUsage } from '../../lambdas/ledger/domain/usage.ts';
import type { Wire } from '../../lambdas/inference/wires/wire.ts';
import { WIRES } from './all-wires.ts';

/** One answer as a provider streams it, and what must be read from it. */
export interface ProviderStream {
  readonly name: string;
  readonly wire: Wire;
  readonly frames: readonly string[];
  readonly text: string;
  /** null: it tells none. */
  readonly usage: Partial<TokenUsage> | null;
  readonly ended: boolean;
  readonly failed: boolean;
}

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const DONE = 'data: [DONE]\n\n';

const openaiChunk = (delta: object, extra: object = {}): string =>
  data({
    id: 'chatcmpl-7',
    object: 'chat.completion.chunk',
    created: 1_764_000_000,
    model: 'gpt-4o-mini-2024-07-18',
    service_tier: 'default',
    system_fingerprint: 'fp_1',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: null }],
    usage: null,
    obfuscation: 'x9Qe',
    ...extra,
  });
const openaiUsage = (usage: object): string => openaiChunk({}, { choices: [], usage });

const anthropicEvent = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const anthropicStart = (usage: object): string =>
  anthropicEvent('message_start', {
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    },
  });
const block = (index: number, content_block: object): string =>
  anthropicEvent('content_block_start', { index, content_block });
const delta = (index: number, fields: object): string =>
  anthropicEvent('content_block_delta', { index, delta: fields });
const stop = (index: number): string => anthropicEvent('content_block_stop', { index });
const messageDelta = (usage: object): string =>
  anthropicEvent('message_delta', {
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage,
  });

const OPENAI: readonly Omit<ProviderStream, 'wire'>[] = [
  {
    name: 'OpenAI text with cached input',
    frames: [
      openaiChunk({ role: 'assistant', content: '', refusal: null }),
      openaiChunk({ content: 'Grüße ' }),
      openaiChunk({ content: '🙂 日本' }),
      openaiChunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
      openaiUsage({
        prompt_tokens: 1_200,
        completion_tokens: 5,
        total_tokens: 1_205,
        prompt_tokens_details: { cached_tokens: 1_024, cache_write_tokens: 100, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 2, audio_tokens: 0 },
      }),
      DONE,
    ],
    text: 'Grüße 🙂 日本',
    usage: { input: 76, cacheRead: 1_024, cacheWrite5m: 100, output: 5, reasoning: 2 },
    ended: true,
    failed: false,
  },
  {
    name: 'OpenAI tool calls in two choices',
    frames: [
      openaiChunk({
        role: 'assistant',
        content: null,
        tool_calls: [
          { index: 0, id: 'call_1', type: 'function', function: { name: 'time', arguments: '' } },
        ],
      }),
      openaiChunk({ tool_calls: [{ index: 0, function: { arguments: '{"zone":' } }] }),
      openaiChunk({ tool_calls: [{ index: 0, function: { arguments: '"UTC"}' } }] }),
      openaiChunk({}, { choices: [{ index: 1, delta: { content: 'or not' } }] }),
      openaiUsage({ prompt_tokens: 40, completion_tokens: 17, total_tokens: 57 }),
      DONE,
    ],
    text: 'time{"zone":"UTC"}or not',
    usage: { input: 40, output: 17 },
    ended: true,
    failed: false,
  },
  {
    name: 'DeepSeek reasoning, kept alive by comments, usage beside its last choice',
    frames: [
      ': keep-alive\n\n',
      openaiChunk({ role: 'assistant', content: null, reasoning_content: 'Let me ' }),
      ': keep-alive\n\n',
      openaiChunk({ content: null, reasoning_content: 'think.' }),
      openaiChunk({ content: '42', reasoning_content: null }),
      openaiChunk(
        {},
        {
          choices: [{ index: 0, delta: { content: '' }, finish_reason: 'stop' }],
          usage: {
            prompt_tokens: 20,
            completion_tokens: 9,
            total_tokens: 29,
            prompt_cache_hit_tokens: 12,
            prompt_cache_miss_tokens: 8,
            completion_tokens_details: { reasoning_tokens: 7 },
          },
        },
      ),
      DONE,
    ],
    text: 'Let me think.42',
    usage: { input: 8, cacheRead: 12, output: 9, reasoning: 7 },
    ended: true,
    failed: false,
  },
  {
    name: 'Ollama with its own word for reasoning',
    frames: [
      data({ model: 'qwen3', choices: [{ index: 0, delta: { content: '', reasoning: 'Hm. ' } }] }),
      data({ model: 'qwen3', choices: [{ index: 0, delta: { content: 'Ja' } }] }),
      data({ model: 'qwen3', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
      data({ model: 'qwen3', choices: [], usage: { prompt_tokens: 11, completion_tokens: 4 } }),
      DONE,
    ],
    text: 'Hm. Ja',
    usage: { input: 11, output: 4 },
    ended: true,
    failed: false,
  },
  {
    name: 'OpenAI without usage',
    frames: [openaiChunk({ content: 'no count' }), DONE],
    text: 'no count',
    usage: null,
    ended: true,
    failed: false,
  },
  {
    name: 'OpenAI with an explicit usage of zero',
    frames: [openaiUsage({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }), DONE],
    text: '',
    usage: { input: 0, output: 0 },
    ended: true,
    failed: false,
  },
  {
    name: 'OpenAI with an error in mid-stream',
    frames: [
      openaiChunk({ content: 'half' }),
      data({ error: { message: 'The server had an error', type: 'server_error', code: null } }),
    ],
    text: 'half',
    usage: null,
    ended: false,
    failed: true,
  },
  {
    name: 'lines that end in CR LF, content in parts, and fields that nobody knows',
    frames: [
      'retry: 3000\r\n\r\n',
      `id: 1\r\n${openaiChunk({ content: [{ type: 'text', text: 'part' }] }).replaceAll('\n', '\r\n')}`,
      'data: {"choices":[],"usage":{"prompt_tokens":3,\r\ndata: "completion_tokens":6}}\r\n\r\n',
      'data: [DONE]\r\n\r\n',
    ],
    text: 'part',
    usage: { input: 3, output: 6 },
    ended: true,
    failed: false,
  },
];

const ANTHROPIC: readonly Omit<ProviderStream, 'wire'>[] = [
  {
    name: 'Anthropic thinking, text and a tool, with both kinds of cache writes',
    frames: [
      anthropicStart({
        input_tokens: 9,
        cache_creation_input_tokens: 700,
        cache_read_input_tokens: 300,
        cache_creation: { ephemeral_5m_input_tokens: 500, ephemeral_1h_input_tokens: 200 },
        output_tokens: 1,
        service_tier: 'standard',
      }),
      block(0, { type: 'thinking', thinking: '', signature: '' }),
      'event: ping\ndata: {"type": "ping"}\n\n',
      delta(0, { type: 'thinking_delta', thinking: 'Überlegen… ' }),
      delta(0, { type: 'signature_delta', signature: 'EqQB' }),
      stop(0),
      block(1, { type: 'text', text: '' }),
      delta(1, { type: 'text_delta', text: '日本語 ' }),
      stop(1),
      block(2, { type: 'tool_use', id: 'toolu_1', name: 'time', input: {} }),
      delta(2, { type: 'input_json_delta', partial_json: '' }),
      delta(2, { type: 'input_json_delta', partial_json: '{"zone": "UTC"}' }),
      stop(2),
      messageDelta({ output_tokens: 57 }),
      anthropicEvent('message_stop'),
    ],
    text: 'Überlegen… 日本語 time{"zone": "UTC"}',
    usage: { input: 9, cacheRead: 300, cacheWrite5m: 500, cacheWrite1h: 200, output: 57 },
    ended: true,
    failed: false,
  },
  {
    name: 'Anthropic whose last event completes the input',
    frames: [
      anthropicStart({ input_tokens: 9, output_tokens: 1 }),
      delta(0, { type: 'text_delta', text: 'found' }),
      messageDelta({
        input_tokens: 2_009,
        cache_read_input_tokens: 40,
        cache_creation_input_tokens: 60,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 60 },
        output_tokens: 12,
      }),
      anthropicEvent('message_stop'),
    ],
    text: 'found',
    usage: { input: 2_009, cacheRead: 40, cacheWrite5m: 0, cacheWrite1h: 60, output: 12 },
    ended: true,
    failed: false,
  },
  {
    name: 'Anthropic overloaded in mid-stream',
    frames: [
      anthropicStart({ input_tokens: 9, output_tokens: 1 }),
      delta(0, { type: 'text_delta', text: 'ha' }),
      anthropicEvent('error', { error: { type: 'overloaded_error', message: 'Overloaded' } }),
    ],
    text: 'ha',
    // The count of `message_start` is a placeholder.
    usage: { input: 9, output: 0 },
    ended: false,
    failed: true,
  },
];

/** Shapes as the providers document and send them; the words are ours. */
export const PROVIDER_STREAMS: readonly ProviderStream[] = [
  ...OPENAI.map((stream) => ({ ...stream, wire: WIRES['openai-chat'] })),
  ...ANTHROPIC.map((stream) => ({ ...stream, wire: WIRES['anthropic-messages'] })),
];
