import * as z from 'zod';
import { ofBuilds, type Group } from '../kit/compare.ts';

const WORDS = 400;
const ROUNDS = 100;

/** What reading one frame of a provider costs: cut, parsed and metered, and for a turn put into events too. */
export const frames: Group = {
  name: 'frames',
  about: "the meter of a provider's stream",
  mode: 'functions',
  rounds: 5,
  rows: [
    { key: 'openaiMeter', what: 'a frame of OpenAI, metered, CPU, µs', digits: 1 },
    { key: 'openaiTurn', what: 'a frame of OpenAI in a turn, CPU, µs', digits: 1 },
    { key: 'anthropicMeter', what: 'a frame of Anthropic, metered, CPU, µs', digits: 1 },
    { key: 'anthropicTurn', what: 'a frame of Anthropic in a turn, CPU, µs', digits: 1 },
  ],
  contenders: ofBuilds(async (side, { isQuick }) =>
    z.record(z.string(), z.number()).parse(
      await side.inside('frames', {
        streams: { openai: openai(), anthropic: anthropic() },
        rounds: isQuick ? 5 : ROUNDS,
      }),
    ),
  ),
};

const words = <T>(of: (word: string) => T): readonly T[] =>
  Array.from({ length: WORDS }, (_, index) => of(`word${index} `));

const openai = (): readonly string[] => {
  const chunk = (choices: readonly object[], usage: object | null = null): string =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o-mini', choices, usage })}\n\n`;
  const choice = (delta: object, reason: string | null = null) =>
    chunk([{ index: 0, delta, logprobs: null, finish_reason: reason }]);
  return [
    choice({ role: 'assistant', content: '', refusal: null }),
    ...words((content) => choice({ content })),
    choice({}, 'stop'),
    chunk([], { prompt_tokens: 9, completion_tokens: WORDS, total_tokens: 9 + WORDS }),
    'data: [DONE]\n\n',
  ];
};

const anthropic = (): readonly string[] => {
  const event = (type: string, data: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
  const usage = { input_tokens: 9, output_tokens: 1 };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5' };
  const ended = { stop_reason: 'end_turn', stop_sequence: null };
  return [
    event('message_start', { message: { ...message, content: [], usage } }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...words((text) =>
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    ),
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: ended, usage: { output_tokens: WORDS } }),
    event('message_stop', {}),
  ];
};
