import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startForeignRoom, type ForeignRoom } from '../../support/foreign/foreign-room.ts';
import type { Spoken } from '../../support/foreign/spoken.ts';

let room: ForeignRoom;
beforeAll(async () => void (room = await startForeignRoom()));
afterAll(() => room.stop());

const GEMINI = 'gemini-2.5-flash';
const BEDROCK = 'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0';
const COMPATIBLE = 'deepseek-v4-flash';

/** What each provider says of an answer that is not what its model meant. */
const BROKEN: readonly (readonly [model: string, word: string])[] = [
  [GEMINI, 'MALFORMED_FUNCTION_CALL'],
  [GEMINI, 'UNEXPECTED_TOOL_CALL'],
  [GEMINI, 'TOO_MANY_TOOL_CALLS'],
  [GEMINI, 'MALFORMED_RESPONSE'],
  [GEMINI, 'MISSING_THOUGHT_SIGNATURE'],
  [BEDROCK, 'malformed_tool_use'],
  [BEDROCK, 'malformed_model_output'],
  [COMPATIBLE, 'function_call_filter: MALFORMED_FUNCTION_CALL'],
  [COMPATIBLE, 'error'],
];

const DIALECTS = {
  chat: (model: string, stream: boolean) => ({
    path: '/v1/chat/completions',
    body: { model, messages: [{ role: 'user', content: 'hi' }], stream },
  }),
  messages: (model: string, stream: boolean) => ({
    path: '/v1/messages',
    body: { model, max_tokens: 5_000, messages: [{ role: 'user', content: 'hi' }], stream },
  }),
  gemini: (model: string, stream: boolean) => ({
    path: `/v1beta/models/${encodeURIComponent(model)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
  }),
} as const;
type Name = keyof typeof DIALECTS;
const FINISHED = /"finish_reason":"stop"|"stop_reason":"end_turn"|"finishReason":"STOP"|\[DONE\]/;

const ask = async (name: Name, model: string, stream: boolean, spoken: Spoken) => {
  room.say(spoken);
  const { path, body } = DIALECTS[name](model, stream);
  const answer = await fetch(room.url + path, { method: 'POST', body: JSON.stringify(body) });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};

/** Where the bytes of the model's own wire pass as they come, its client reads its provider's own word. */
const asksForeign = (name: Name, model: string): boolean =>
  !(name === 'gemini' && model === GEMINI) && !(name === 'chat' && model === COMPATIBLE);

describe.each(['chat', 'messages', 'gemini'] as const)('%s', (name) => {
  test.each(BROKEN.filter(([model]) => asksForeign(name, model)))(
    '%s: %s without words is an error, and is paid as it is counted',
    async (model, broke) => {
      for (const thought of [{}, { thinking: { words: 'Hm.' } }])
        for (const stream of [true, false]) {
          const before = await room.room.state();
          const { status, headers, text } = await ask(name, model, stream, { broke, ...thought });
          const after = await room.room.state();
          expect([stream, status, text]).toEqual([
            stream,
            stream ? 200 : 502,
            expect.stringContaining('broke off its answer before it said anything'),
          ]);
          expect(text).not.toMatch(FINISHED);
          // What is paid is not asked for again without a word of the caller's.
          if (!stream) expect(headers.get('x-should-retry')).toBe('false');
          expect(after.spentNanoUsd).toBeGreaterThan(before.spentNanoUsd);
          expect([after.heldNanoUsd, after.holdCount]).toEqual([0, 0]);
          expect(await room.room.last()).toMatchObject({ status: 'completed', estimated: false });
        }
    },
  );

  test('what was said before is kept, and so is an empty answer that is an end', async () => {
    const model = name === 'gemini' ? COMPATIBLE : GEMINI;
    const broke = name === 'gemini' ? 'error' : 'MALFORMED_FUNCTION_CALL';
    for (const stream of [true, false]) {
      const said = await ask(name, model, stream, { words: ['Let me see'], broke });
      expect([said.status, said.text]).toEqual([200, expect.stringContaining('Let me see')]);
      expect(said.text).not.toContain('broke off');
      const empty = await ask(name, model, stream, {});
      expect([empty.status, empty.text]).toEqual([200, expect.stringMatching(FINISHED)]);
    }
  });
});
