import { expect } from 'vitest';
import type { WireName } from '../../lambdas/inference/models/families.ts';
import { recordedAnswer } from './recorded-answers.ts';
import { settleRoom, TURN_ROUTES, type ProviderAnswer } from './settle-room.ts';
import { cutAt } from './wire-reader.ts';

export const recorded = (wire: WireName, name: string): ProviderAnswer => {
  const { type, pieces } = recordedAnswer(wire, name);
  return { type, pieces };
};
export const bytewise = (answer: ProviderAnswer): ProviderAnswer => {
  const bytes = Buffer.concat(answer.pieces);
  const places = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1);
  return { ...answer, pieces: cutAt(bytes, places) };
};

type Room = Awaited<ReturnType<typeof settleRoom>>;

/** What one answer settles to on every route, and in the gateway for the same body; it is the same everywhere. */
export const settles = async (
  room: Room,
  wire: WireName,
  model: string,
  answer: ProviderAnswer,
) => {
  const { settled: first, body } = await room.turn('a thread', model, answer);
  const call = await room.call(wire, body, answer, model);
  expect(call.settled).toEqual(first);
  for (const route of TURN_ROUTES.slice(1)) {
    const turn = await room.turn(route, model, answer);
    expect((await room.call(wire, turn.body, answer, model)).settled).toEqual(turn.settled);
    expect({ ...turn.settled, tokens: turn.settled.tokens.output }).toEqual({
      ...first,
      tokens: first.tokens.output,
    });
  }
  return first;
};
