import { beforeAll, describe, expect, test } from 'vitest';
import type { WireName } from '../../../lambdas/inference/models/families.ts';
import { recordedAnswer, recordedNames } from '../../support/recorded-answers.ts';
import {
  settleRoom,
  TURN_ROUTES,
  type ProviderAnswer,
  type TurnRoute,
} from '../../support/settle-room.ts';
import { cutAt } from '../../support/wire-reader.ts';

const MINI = 'gpt-4o-mini';
const SONNET = 'claude-sonnet-4-6';

/** What each recorded answer costs, nano-USD, by the table of prices; null: what its bytes do not say is estimated. */
const CHAT: Readonly<Record<string, number | null>> = {
  ok: 27_000,
  'ok-whole': 27_000,
  crlf: 27_000,
  cr: 27_000,
  comments: 27_000,
  nospace: 27_000,
  bom: 27_000,
  'azure-first': 27_000,
  'finish-empty': 27_000,
  'empty-data': 27_000,
  'done-blank': 27_000,
  'done-one-newline': 27_000,
  'done-twice': 27_000,
  'no-done': 27_000,
  'null-usage': 27_000,
  'null-details': 27_000,
  'partial-usage': 27_000,
  'running-usage': 27_000,
  'usage-twice': 27_000,
  'choice-usage': 27_000,
  'null-name': 27_000,
  'tool-no-index': 27_000,
  'args-object': 27_000,
  'args-object-whole': 27_000,
  'neg-cached': 27_000,
  'neg-empty': 15_000,
  'usage-with-choices': 155_550,
  'cache-write': 1_410_000,
  deepseek: 135_000,
  'tier-default': 750_000,
  'rejected-predictions': 87_000,
  // Two words beside an input that was told.
  'null-counts': 16_200,
  'no-done-cut': null,
  'neg-usage': null,
  'neg-usage-whole': null,
  'usage-after-done': null,
  'error-mid': null,
  'error-tail': null,
  'error-first': 0,
  'error-bare': 0,
  'error-200': 0,
  'error-first-done': 0,
};
const MESSAGES: Readonly<Record<string, number | null>> = {
  'told-twice': 1_500_000,
  bom: 3_300_000,
  'first-zero': 108_000,
  'no-stop': 600_000,
  'thinking-details': 600_000,
  compaction: 676_500_000,
  search: 54_500_000,
  'later-zero': 3_450_000,
  '200k': 601_500_000,
  '200k-cached': 61_503_000,
  'hour-no-split': 375_330_000,
  neg: null,
  'error-mid': 330_000,
  'error-first': 0,
};

let room: Awaited<ReturnType<typeof settleRoom>>;
beforeAll(async () => void (room = await settleRoom()));

const recorded = (wire: WireName, name: string): ProviderAnswer => {
  const { type, pieces } = recordedAnswer(wire, name);
  return { type, pieces };
};
const bytewise = (answer: ProviderAnswer): ProviderAnswer => {
  const bytes = Buffer.concat(answer.pieces);
  const places = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1);
  return { ...answer, pieces: cutAt(bytes, places) };
};

/** What one answer settles to on every route, and in the gateway for the same body; it is the same everywhere. */
const settles = async (wire: WireName, model: string, answer: ProviderAnswer) => {
  const { settled: first, body } = await room.turn('a thread', model, answer);
  const call = await room.call(wire, body, answer);
  expect(call.settled).toEqual(first);
  for (const route of TURN_ROUTES.slice(1)) {
    const turn = await room.turn(route, model, answer);
    expect((await room.call(wire, turn.body, answer)).settled).toEqual(turn.settled);
    expect({ ...turn.settled, tokens: turn.settled.tokens.output }).toEqual({
      ...first,
      tokens: first.tokens.output,
    });
  }
  return first;
};

describe.each([
  ['openai-chat', MINI, CHAT],
  ['anthropic-messages', SONNET, MESSAGES],
] as const)('an answer of %s', (wire, model, costs) => {
  test('has its price here, whichever is recorded', () => {
    expect(Object.keys(costs).toSorted()).toEqual(recordedNames(wire).toSorted());
  });

  test.each(Object.entries(costs))(
    'settles to the same on every route, as its pieces came and byte by byte: %s',
    async (name, cost) => {
      const answer = recorded(wire, name);
      const settled = await settles(wire, model, answer);
      if (cost === null) expect(settled).toMatchObject({ estimated: true });
      else expect(settled).toMatchObject({ costNanoUsd: cost });
      if (cost === null) expect(settled.costNanoUsd).toBeGreaterThan(0);
      expect((await room.turn('a thread', model, bytewise(answer))).settled).toEqual(settled);
    },
  );
});

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
  test.each<readonly [string, WireName, string, ProviderAnswer, number]>([
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
    expect(await settles(wire, model, answer)).toMatchObject({ costNanoUsd: cost });
    const small = answer.pieces.every(({ length }) => length < 2_000);
    if (small)
      expect(await settles(wire, model, bytewise(answer))).toMatchObject({ costNanoUsd: cost });
  });

  test.each(['end', 'break'])(
    'that %ss at any byte settles to the same on every route',
    async (how) => {
      for (const [wire, model, name] of [
        ['openai-chat', MINI, 'running-usage'],
        ['openai-chat', MINI, 'null-name'],
        ['openai-chat', MINI, 'ok-whole'],
        ['anthropic-messages', SONNET, 'later-zero'],
      ] as const) {
        const { type, pieces } = recorded(wire, name);
        const bytes = Buffer.concat(pieces);
        for (let place = 1; place < bytes.length; place += 37) {
          const answer = { type, pieces: [bytes.subarray(0, place)], isBroken: how === 'break' };
          const route: TurnRoute = TURN_ROUTES[place % TURN_ROUTES.length] ?? 'a thread';
          const turn = await room.turn(route, model, answer);
          const call = await room.call(wire, turn.body, answer);
          expect(call.settled, `${name} at ${place}`).toEqual(turn.settled);
        }
      }
    },
  );
});
