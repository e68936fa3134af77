import type { WireName } from '../../../lambdas/inference/models/families.ts';
import type { Script } from '../scripted-upstream.ts';
import { codec, typeOf } from './event-stream.ts';
import { chatLogprobs, geminiLogprobs } from './spoken-tokens.ts';

/** What a model says in a test, whatever wire it says it on. */
export interface Spoken {
  readonly thinking?: { readonly words: string; readonly signature?: string };
  readonly redacted?: string;
  /** Pieces of its words. */
  readonly words?: readonly string[];
  readonly pages?: readonly { readonly url: string; readonly title: string }[];
  readonly calls?: readonly {
    readonly id: string;
    readonly name: string;
    /** Its input, in the pieces in which it comes. */
    readonly input: readonly string[];
  }[];
  readonly reason?: 'end' | 'length' | 'stop' | 'refusal';
  /** Its provider's own word for an answer that broke off, in the place of a reason. */
  readonly broke?: string;
  /** Words of the other answers to the same call, which come between those of the first. */
  readonly others?: readonly (readonly string[])[];
  /** Each piece of its words is a token, and told how likely it was. */
  readonly tellsLogprobs?: true;
}

/** The words of every answer, as they come: a piece of each, and again. */
const interleaved = ({ words = [], others = [] }: Spoken) => {
  const all = [words, ...others];
  const rounds = Math.max(...all.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) =>
    all.flatMap((pieces, index) => {
      const text = pieces[round];
      return text === undefined ? [] : [{ index, text }];
    }),
  ).flat();
};

/** Input and output tokens of every answer. */
export const USED = { input: 21, cached: 8, output: 34 } as const;

/** The same answer as each wire streams it. */
export const speak = (wire: WireName, model: string, spoken: Spoken): Script => ({
  ...typeOf(wire),
  chunks: WRITERS[wire](model, spoken),
});

type Writer = (model: string, spoken: Spoken) => readonly (string | Uint8Array)[];

const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

const messages: Writer = (model, spoken) => {
  const { thinking, redacted, words = [], pages = [], calls = [] } = spoken;
  const frames: string[] = [];
  let index = -1;
  const block = (content_block: object, deltas: readonly object[]): void => {
    index++;
    frames.push(
      event('content_block_start', { index, content_block }),
      ...deltas.map((delta) => event('content_block_delta', { index, delta })),
      event('content_block_stop', { index }),
    );
  };
  if (thinking !== undefined)
    block({ type: 'thinking', thinking: '', signature: '' }, [
      { type: 'thinking_delta', thinking: thinking.words },
      ...(thinking.signature === undefined
        ? []
        : [{ type: 'signature_delta', signature: thinking.signature }]),
    ]);
  if (redacted !== undefined) block({ type: 'redacted_thinking', data: redacted }, []);
  if (words.length > 0)
    block({ type: 'text', text: '' }, [
      ...words.map((text) => ({ type: 'text_delta', text })),
      ...pages.map((page) => ({
        type: 'citations_delta',
        citation: {
          type: 'web_search_result_location',
          ...page,
          cited_text: 'c',
          encrypted_index: 'e',
        },
      })),
    ]);
  for (const { id, name, input } of calls)
    block(
      { type: 'tool_use', id, name, input: {} },
      input.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
    );
  const usage = {
    input_tokens: USED.input,
    cache_read_input_tokens: USED.cached,
    cache_creation_input_tokens: 0,
    output_tokens: USED.output,
  };
  const reasons = {
    end: 'end_turn',
    length: 'max_tokens',
    stop: 'stop_sequence',
    refusal: 'refusal',
  };
  const stop_reason = calls.length > 0 ? 'tool_use' : reasons[spoken.reason ?? 'end'];
  return [
    event('message_start', {
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...usage, output_tokens: 1 },
      },
    }),
    event('ping', {}),
    ...frames,
    event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage }),
    event('message_stop', {}),
  ];
};

const chat: Writer = (model, spoken) => {
  const { thinking, pages = [], calls = [], others = [] } = spoken;
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model };
  const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
  const chunk = (
    delta: object,
    finish_reason: string | null = null,
    index = 0,
    more: object = {},
  ): string => data({ ...head, choices: [{ index, delta, finish_reason, ...more }], usage: null });
  const likely = (text: string) =>
    spoken.tellsLogprobs === true ? { logprobs: chatLogprobs(text) } : {};
  const isRefusal = spoken.reason === 'refusal';
  const reasons = { end: 'stop', length: 'length', stop: 'stop', refusal: 'stop' };
  return [
    chunk({ role: 'assistant', content: '' }),
    ...(thinking === undefined ? [] : [chunk({ reasoning_content: thinking.words })]),
    ...interleaved(spoken).map(({ index, text }) =>
      chunk(isRefusal ? { refusal: text } : { content: text }, null, index, likely(text)),
    ),
    ...(pages.length === 0
      ? []
      : [
          chunk({
            annotations: pages.map((page) => ({ type: 'url_citation', url_citation: page })),
          }),
        ]),
    ...calls.flatMap(({ id, name, input }, index) => [
      chunk({
        tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
      }),
      ...input.map((json) => chunk({ tool_calls: [{ index, function: { arguments: json } }] })),
    ]),
    chunk({}, spoken.broke ?? (calls.length > 0 ? 'tool_calls' : reasons[spoken.reason ?? 'end'])),
    ...others.map((_words, at) => chunk({}, 'stop', at + 1)),
    data({
      ...head,
      choices: [],
      usage: {
        prompt_tokens: USED.input + USED.cached,
        completion_tokens: USED.output,
        total_tokens: USED.input + USED.cached + USED.output,
        prompt_tokens_details: { cached_tokens: USED.cached },
      },
    }),
    'data: [DONE]\n\n',
  ];
};

const gemini: Writer = (model, spoken) => {
  const { thinking, calls = [], others = [] } = spoken;
  const reasons = { end: 'STOP', length: 'MAX_TOKENS', stop: 'STOP', refusal: 'SAFETY' };
  const likely = (text: string) =>
    spoken.tellsLogprobs === true ? { logprobsResult: geminiLogprobs(text) } : {};
  const parts: readonly {
    readonly index?: number;
    readonly part: object;
    readonly more?: object;
  }[] = [
    ...(thinking === undefined ? [] : [{ part: { text: thinking.words, thought: true } }]),
    ...interleaved(spoken).map(({ index, text }) => ({
      index,
      part: { text },
      more: likely(text),
    })),
    ...calls.map(({ id, name, input }, index) => ({
      part: {
        functionCall: { id, name, args: JSON.parse(input.join('') || '{}') },
        ...(index === 0 && thinking?.signature !== undefined
          ? { thoughtSignature: thinking.signature }
          : {}),
      },
    })),
  ];
  const data = (value: unknown): string => `data: ${JSON.stringify(value)}\r\n\r\n`;
  const candidate = (content: object, more: object = {}) => ({
    candidates: [{ content, index: 0, ...more }],
    modelVersion: model,
    responseId: 'r1',
  });
  return [
    ...parts.map(({ part, index = 0, more = {} }) =>
      data(candidate({ role: 'model', parts: [part] }, { index, ...more })),
    ),
    ...others.map((_words, at) =>
      data(
        candidate(
          { role: 'model', parts: [{ text: '' }] },
          { index: at + 1, finishReason: 'STOP' },
        ),
      ),
    ),
    data({
      ...candidate(
        { role: 'model', parts: [{ text: '' }] },
        { finishReason: spoken.broke ?? reasons[spoken.reason ?? 'end'] },
      ),
      usageMetadata: {
        promptTokenCount: USED.input + USED.cached,
        cachedContentTokenCount: USED.cached,
        candidatesTokenCount: USED.output,
        totalTokenCount: USED.input + USED.cached + USED.output,
      },
    }),
  ];
};

const converse: Writer = (_model, spoken) => {
  const { thinking, redacted, words = [], calls = [] } = spoken;
  const frames: Uint8Array[] = [];
  const tell = (type: string, payload: object): void =>
    void frames.push(
      codec.encode({
        headers: {
          ':message-type': { type: 'string', value: 'event' },
          ':event-type': { type: 'string', value: type },
          ':content-type': { type: 'string', value: 'application/json' },
        },
        body: Buffer.from(JSON.stringify(payload)),
      }),
    );
  let contentBlockIndex = -1;
  const block = (deltas: readonly object[], start?: object): void => {
    contentBlockIndex++;
    if (start !== undefined) tell('contentBlockStart', { contentBlockIndex, start });
    for (const delta of deltas) tell('contentBlockDelta', { contentBlockIndex, delta });
    tell('contentBlockStop', { contentBlockIndex });
  };
  tell('messageStart', { role: 'assistant' });
  if (thinking !== undefined)
    block([
      { reasoningContent: { text: thinking.words } },
      ...(thinking.signature === undefined
        ? []
        : [{ reasoningContent: { signature: thinking.signature } }]),
    ]);
  if (redacted !== undefined) block([{ reasoningContent: { redactedContent: redacted } }]);
  if (words.length > 0) block(words.map((text) => ({ text })));
  for (const { id, name, input } of calls)
    block(
      input.map((json) => ({ toolUse: { input: json } })),
      { toolUse: { toolUseId: id, name } },
    );
  const reasons = {
    end: 'end_turn',
    length: 'max_tokens',
    stop: 'stop_sequence',
    refusal: 'content_filtered',
  };
  tell('messageStop', {
    stopReason: spoken.broke ?? (calls.length > 0 ? 'tool_use' : reasons[spoken.reason ?? 'end']),
  });
  tell('metadata', {
    usage: {
      inputTokens: USED.input,
      cacheReadInputTokens: USED.cached,
      outputTokens: USED.output,
      totalTokens: USED.input + USED.cached + USED.output,
    },
    metrics: { latencyMs: 1 },
  });
  return frames;
};

const WRITERS: Readonly<Record<WireName, Writer>> = {
  'anthropic-messages': messages,
  'bedrock-converse': converse,
  'openai-chat': chat,
  gemini,
};
