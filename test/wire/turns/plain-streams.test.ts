import { afterEach, describe, expect, test } from 'vitest';
import { textOf } from '../../support/engine-room.ts';
import { chatAnswer, routeRoom, type RouteRoom } from '../../support/route-room.ts';

const CHEAP = 'gpt-4o-mini';
const DEAR = 'gpt-4o';
const CLAUDE = 'claude-haiku-4-5';

const chat = async () => (await import('#beside/dialects')).chatDialect;

let room: RouteRoom;
const open = async (): Promise<void> => {
  room = await routeRoom();
};
afterEach(() => room.stop());

describe('a plain model', () => {
  const said = (event: object): string => `data: ${JSON.stringify(event)}\n\n`;
  const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  const start = { type: 'message_start', message: { id: 'm', usage: { input_tokens: 9 } } };
  const google = { error: { code: 503, message: 'Overloaded', status: 'UNAVAILABLE' } };
  const role = { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] };
  const errors = [
    ['Anthropic', CLAUDE, 'anthropic-messages', `event: error\n${said(overloaded)}`],
    ['Anthropic, after its start', CLAUDE, 'anthropic-messages', said(start) + said(overloaded)],
    ['OpenAI', CHEAP, 'openai-chat', said({ error: { message: 'Overloaded' } })],
    ['OpenAI, after a role', CHEAP, 'openai-chat', said(role) + said(overloaded)],
    ['a relay, after a comment', CHEAP, 'openai-chat', `: wait\n\n${said(overloaded)}`],
    ['Google', 'gemini-2.5-flash', 'gemini', said(google)],
  ] as const;
  const asDialect = {
    'openai-chat': chat,
    'anthropic-messages': async () => (await import('#beside/dialects')).messagesDialect,
    gemini: async () => (await import('#beside/dialects')).geminiDialect,
  };
  const streamed = async (model: string, wire: keyof typeof asDialect) =>
    wire === 'gemini'
      ? await room.send(Buffer.from('{"contents":[{"parts":[{"text":"hi"}]}]}'), {
          wire,
          dialect: asDialect[wire],
          path: { model, isStream: true },
        })
      : await room.call(
          { model, max_tokens: 20, stream: true },
          { wire, dialect: asDialect[wire] },
        );

  test.each(errors)(
    'whose stream is an error before any word falls back as by a status: %s',
    async (_, model, wire, text) => {
      await open();
      await room.route(model, [DEAR]);
      room.upstream.script = (json) =>
        json.includes(`"${DEAR}"`) ? chatAnswer(true) : { chunks: [text] };
      const answer = await streamed(model, wire);
      const words = await textOf(answer);
      expect(words).toContain('hello');
      expect(words).not.toContain('Overloaded');
      expect(answer.headers).toMatchObject({
        'x-sluice-model': DEAR,
        'x-sluice-route': `${model}; tier=free; try=${model}:stream; used=${DEAR}`,
      });
      expect(room.settled()).toMatchObject([{ model: DEAR, status: 'completed' }]);
      await room.expectEven();
    },
  );

  test.each(errors)(
    'whose stream is an error says it, and costs nothing, where the project has no route: %s',
    async (_, model, wire, text) => {
      await open();
      room.upstream.script = () => ({ chunks: [text] });
      const answer = await streamed(model, wire);
      expect(answer.status).toBe(200);
      expect((await textOf(answer)).startsWith(text)).toBe(true);
      expect(answer.headers['x-sluice-route']).toBeUndefined();
      expect(room.settled()).toMatchObject([{ status: 'released', costNanoUsd: 0 }]);
      await room.expectEven();
    },
  );

  test('that said a word before its error is the one that is heard and paid', async () => {
    await open();
    await room.route(CHEAP, [DEAR]);
    const word = { choices: [{ index: 0, delta: { content: 'half' } }] };
    room.mood(CHEAP, { chunks: [said(word) + said(overloaded)] });
    const text = await textOf(await room.call({ model: CHEAP, stream: true }));
    expect(text).toContain('half');
    expect(text).toContain('Overloaded');
    expect(room.asked()).toEqual([CHEAP]);
    expect(room.settled()).toMatchObject([{ model: CHEAP, status: 'provider_error' }]);
    await room.expectEven();
  });
});
