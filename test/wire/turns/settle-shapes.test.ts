import { beforeAll, describe, expect, test } from 'vitest';
import type { WireName } from '../../../lambdas/inference/models/families.ts';
import { bytewise, recorded, settles } from '../../support/settle-equality.ts';
import { settleRoom, type ProviderAnswer } from '../../support/settle-room.ts';

const MINI = 'gpt-4o-mini';
const SONNET = 'claude-sonnet-4-6';

let room: Awaited<ReturnType<typeof settleRoom>>;
beforeAll(async () => void (room = await settleRoom()));

type Said = object | string;
const sse = (...frames: readonly Said[]): Buffer =>
  Buffer.from(
    frames
      .map((frame) => {
        if (typeof frame === 'string') return `${frame}\n\n`;
        const event = 'type' in frame ? `event: ${String(frame.type)}\n` : '';
        return `${event}data: ${JSON.stringify(frame)}\n\n`;
      })
      .join(''),
  );
const words = (content: string, reason: string | null = null) => ({
  choices: [{ index: 0, delta: { content }, finish_reason: reason }],
});
const told = (prompt_tokens: number, completion_tokens: number, rest: object = {}) => ({
  choices: [],
  usage: { prompt_tokens, completion_tokens },
  ...rest,
});
const message = (usage: object) => ({ type: 'message_start', message: { model: SONNET, usage } });
const delta = (text: string) => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text },
});
const BLOCK = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
const DONE = 'data: [DONE]';
const whole = (...frames: readonly Said[]): ProviderAnswer => ({
  type: 'text/event-stream',
  pieces: [sse(...frames)],
});

describe('an answer in one write', () => {
  test.each<readonly [string, WireName, string, ProviderAnswer, number | null]>([
    [
      'that ends without its last frame',
      'openai-chat',
      MINI,
      whole(words('alpha beta', 'stop'), told(100_000, 5_000)),
      18_000_000,
    ],
    [
      'that breaks off with an error behind its words',
      'anthropic-messages',
      SONNET,
      whole(message({ input_tokens: 1_000, output_tokens: 1 }), BLOCK, delta('alpha beta'), {
        type: 'error',
        error: { type: 'overloaded_error', message: 'Overloaded' },
      }),
      3_030_000,
    ],
    [
      'that was served with priority',
      'openai-chat',
      MINI,
      whole(words('alpha', 'stop'), told(1_000, 1_000, { service_tier: 'priority' }), DONE),
      1_250_000,
    ],
    [
      'at the edge of a tier of input',
      'openai-chat',
      'gpt-5.6-sol',
      whole(words('alpha', 'stop'), told(272_000, 1_000), DONE),
      1_108_000_000,
    ],
    [
      'in the US',
      'anthropic-messages',
      SONNET,
      whole(
        message({ input_tokens: 1_000, inference_geo: 'us' }),
        BLOCK,
        delta('alpha'),
        {
          type: 'message_delta',
          delta: { stop_reason: 'end_turn' },
          usage: { output_tokens: 100 },
        },
        { type: 'message_stop' },
      ),
      4_950_000,
    ],
    [
      'of a dearer model that stood in',
      'openai-chat',
      MINI,
      whole({ model: 'gpt-4o-2024-08-06', ...words('alpha', 'stop') }, told(100, 20), DONE),
      450_000,
    ],
    [
      'as plain text by its content type, which a thread does not ask',
      'openai-chat',
      MINI,
      { ...whole(words('alpha', 'stop'), told(100, 20), DONE), type: 'text/plain' },
      27_000,
    ],
    [
      'of one body under the type of a stream',
      'openai-chat',
      MINI,
      { ...recorded('openai-chat', 'ok-whole'), type: 'text/event-stream' },
      27_000,
    ],
    [
      'of words beside an error that says nothing',
      'openai-chat',
      MINI,
      whole({ ...words('alpha', 'stop'), error: '' }, told(100, 20, { error: {} }), DONE),
      27_000,
    ],
    [
      'that breaks off with an error and its count',
      'openai-chat',
      MINI,
      whole(words('alpha'), told(100, 20, { error: { code: 502, message: 'gone' } })),
      27_000,
    ],
    [
      'that breaks off with an error, and its count behind it',
      'openai-chat',
      MINI,
      whole(words('alpha'), { error: { code: 502, message: 'gone' } }, told(100, 20)),
      27_000,
    ],
    [
      'that counts its output at its beginning alone',
      'anthropic-messages',
      SONNET,
      whole(
        message({ input_tokens: 1_000, output_tokens: 500 }),
        BLOCK,
        delta('alpha'),
        { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
        { type: 'message_stop' },
      ),
      10_500_000,
    ],
    [
      'that counts its beginning, and says more than so many tokens can',
      'openai-chat',
      MINI,
      whole(told(100, 1), words('a'.repeat(200), 'stop'), DONE),
      null,
    ],
    [
      'that is not heard of in time',
      'openai-chat',
      MINI,
      { ...whole(': still at it'), isSilent: true },
      null,
    ],
    [
      'of an error in a list',
      'openai-chat',
      MINI,
      whole('[{"error":{"code":429,"message":"gone","status":"RESOURCE_EXHAUSTED"}}]'),
      0,
    ],
    [
      'of chunks in a list',
      'openai-chat',
      MINI,
      whole(JSON.stringify([words('alpha'), words('beta', 'stop'), told(100, 20)])),
      27_000,
    ],
    [
      'of a relay whose numbers of choices differ',
      'openai-chat',
      MINI,
      whole(
        { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] },
        { choices: [{ index: 1, delta: { content: 'alpha' } }] },
        { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
        told(100, 20),
      ),
      27_000,
    ],
    [
      'with its count in a place of its provider',
      'openai-chat',
      MINI,
      whole(
        { ...words('alpha', 'stop'), x_groq: { usage: { input_tokens: 100, output_tokens: 20 } } },
        DONE,
      ),
      27_000,
    ],
    [
      'of a relay that says its error in words of its own',
      'openai-chat',
      MINI,
      whole({ base_resp: { status_code: 1_004, status_msg: 'gone' }, choices: null }, DONE),
      0,
    ],
    [
      'of a page',
      'openai-chat',
      MINI,
      { type: 'text/html', pieces: [Buffer.from('<html>maintenance</html>')] },
      0,
    ],
  ])('%s settles to the same on every route', async (_name, wire, model, answer, cost) => {
    const right = cost === null ? { estimated: true } : { costNanoUsd: cost };
    expect(await settles(room, wire, model, answer)).toMatchObject(right);
    const small = answer.pieces.every(({ length }) => length < 2_000);
    if (small) expect(await settles(room, wire, model, bytewise(answer))).toMatchObject(right);
  });
});
