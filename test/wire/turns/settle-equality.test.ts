import { beforeAll, describe, expect, test } from 'vitest';
import { GEMINI_COSTS } from '../../support/gemini-answers.ts';
import { recordedNames } from '../../support/recorded-answers.ts';
import { bytewise, recorded, settles } from '../../support/settle-equality.ts';
import { settleRoom, TURN_ROUTES, type TurnRoute } from '../../support/settle-room.ts';

const MINI = 'gpt-4o-mini';
const SONNET = 'claude-sonnet-4-6';
/** It does not think: its answers are billed as the dearer model that they name. */
const FLASH = 'gemini-2.5-flash-lite';

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

describe.each([
  ['openai-chat', MINI, CHAT],
  ['anthropic-messages', SONNET, MESSAGES],
  ['gemini', FLASH, GEMINI_COSTS],
] as const)('an answer of %s', (wire, model, costs) => {
  test('has its price here, whichever is recorded', () => {
    expect(Object.keys(costs).toSorted()).toEqual(recordedNames(wire).toSorted());
  });

  test.each(Object.entries(costs))(
    'settles to the same on every route, as its pieces came and byte by byte: %s',
    async (name, cost) => {
      const answer = recorded(wire, name);
      const settled = await settles(room, wire, model, answer);
      if (cost === null) expect(settled).toMatchObject({ estimated: true });
      else expect(settled).toMatchObject({ costNanoUsd: cost });
      if (cost === null) expect(settled.costNanoUsd).toBeGreaterThan(0);
      expect((await room.turn('a thread', model, bytewise(answer))).settled).toEqual(settled);
    },
  );
});

describe('an answer that is cut', () => {
  test.each(['end', 'break'])(
    'that %ss at any byte settles to the same on every route',
    async (how) => {
      for (const [wire, model, name] of [
        ['openai-chat', MINI, 'running-usage'],
        ['openai-chat', MINI, 'null-name'],
        ['openai-chat', MINI, 'ok-whole'],
        ['anthropic-messages', SONNET, 'later-zero'],
        ['gemini', FLASH, 'thoughts'],
        ['gemini', FLASH, 'list-whole'],
      ] as const) {
        const { type, pieces } = recorded(wire, name);
        const bytes = Buffer.concat(pieces);
        for (let place = 1; place < bytes.length; place += 37) {
          const answer = { type, pieces: [bytes.subarray(0, place)], isBroken: how === 'break' };
          const route: TurnRoute = TURN_ROUTES[place % TURN_ROUTES.length] ?? 'a thread';
          const turn = await room.turn(route, model, answer);
          const call = await room.call(wire, turn.body, answer, model);
          expect(call.settled, `${name} at ${place}`).toEqual(turn.settled);
        }
      }
    },
  );
});
