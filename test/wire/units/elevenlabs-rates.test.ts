import { afterAll, beforeEach, expect, test } from 'vitest';
import { elevenSpeech } from '../../../lambdas/inference/wires/elevenlabs/speech.ts';
import { silentMp3 } from '../../support/sounds.ts';
import { bytesOf, unitRoom, type UnitRoom } from '../../support/unit-room.ts';

let room: UnitRoom;
beforeEach(async () => {
  room?.stop();
  room = await unitRoom();
});
afterAll(() => room.stop());

const wire = elevenSpeech({ method: 'POST', path: '/v1/text-to-speech/voice', query: {} });
const say = async (body: object): Promise<number> => {
  const answer = await room.ask(wire, body);
  await bytesOf(answer);
  return answer.status;
};
const spoken = (cost: number | null) =>
  room.answers((response) => {
    const told = cost === null ? {} : { 'character-cost': String(cost) };
    response.writeHead(200, { 'content-type': 'audio/mpeg', ...told });
    response.end(silentMp3(1));
  });

test.each([
  ['eleven_multilingual_v2', 3_000, 3_000],
  ['eleven_v3', 1_000, 1_000],
  // Half credits: 1,000 characters at three times the rate are 1,500 of them.
  ['eleven_flash_v2_5', 1_500, 3_000],
  ['eleven_turbo_v2_5', 500, 1_000],
])(
  '%s with a voice of a rate of its own costs what its header says, below what was held',
  async (model_id, cost, characters) => {
    await room.mint();
    spoken(cost);
    await say({ text: 'a'.repeat(1_000), model_id });
    const { costNanoUsd, tokens } = (await room.last()) ?? {};
    const nanoUsd = model_id.includes('v2_5') ? 50_000 : 100_000;
    expect([tokens?.characters, costNanoUsd]).toEqual([characters, characters * nanoUsd]);
    expect(room.reports).toEqual([]);
  },
);

test('a cap affords a voice of the highest rate, or it is not asked', async () => {
  // 100 characters at $0.10 a thousand, five times.
  await room.mint({ capNanoUsd: 49_999_999 });
  const body = { text: 'a'.repeat(100), model_id: 'eleven_multilingual_v2' };
  await expect(say(body)).rejects.toMatchObject({
    code: 'request_exceeds_budget',
  });
  expect(room.calls).toEqual([]);
  room.stop();
  room = await unitRoom();
  await room.mint({ capNanoUsd: 50_000_000 });
  spoken(500);
  expect(await say(body)).toBe(200);
  expect(await room.state()).toMatchObject({ spentNanoUsd: 50_000_000, heldNanoUsd: 0 });
});

test('an answer without the header costs its text, as an estimate', async () => {
  await room.mint();
  spoken(null);
  await say({ text: 'hello!', model_id: 'eleven_v3' });
  expect(await room.last()).toMatchObject({ estimated: true, tokens: { characters: 6 } });
});
