import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wireOf } from '../../support/foreign/families.ts';
import { startForeignRoom, type ForeignRoom } from '../../support/foreign/foreign-room.ts';
import { speak } from '../../support/foreign/spoken.ts';
import { startStoredRoom, type StoredRoom } from '../../support/foreign/stored-room.ts';

// BerriAI/litellm#18243, #22212, #27074: an effort is a wish to think, and how much; what a model has a word for is said by it.

let room: ForeignRoom;
let stored: StoredRoom;
beforeAll(async () => {
  room = await startForeignRoom({ capNanoUsd: null });
  stored = await startStoredRoom();
});
afterAll(() => {
  room.stop();
  stored.upstream.stop();
});

interface Heard {
  readonly asked: unknown;
  readonly emulated: string | null;
}
type Ask = (model: string, effort: string, more?: object) => Promise<Heard>;

const inChat: Ask = async (model, reasoning_effort, more = {}) => {
  room.say({ words: ['so'] });
  const messages = [{ role: 'user', content: 'hi' }];
  const body = JSON.stringify({ model, messages, reasoning_effort, ...more });
  const answer = await fetch(`${room.url}/v1/chat/completions`, { method: 'POST', body });
  expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
  return { asked: room.asked(), emulated: answer.headers.get('x-sluice-emulated') };
};

const inResponses: Ask = async (model, effort, more = {}) => {
  stored.upstream.script = speak(wireOf(model), model, { words: ['so'] });
  const body = JSON.stringify({ model, input: 'hi', store: false, reasoning: { effort }, ...more });
  const answer = await stored.fetch('http://127.0.0.1/v1/responses', { method: 'POST', body });
  expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
  return {
    asked: stored.upstream.requests.at(-1)?.body,
    emulated: answer.headers.get('x-sluice-emulated'),
  };
};

const adaptive = (effort: string) => ({
  thinking: { type: 'adaptive' },
  output_config: { effort },
  max_tokens: 16_384,
});
const budget = (budget_tokens: number) => ({
  thinking: { type: 'enabled', budget_tokens },
  max_tokens: budget_tokens + 4_096,
});

/** How a model is asked, and whether it is as its caller says it. */
const CASES: readonly (readonly [
  model: string,
  effort: string,
  asked: object,
  isExact: boolean,
])[] = [
  ['claude-opus-4-8', 'none', { thinking: { type: 'disabled' }, max_tokens: 4_096 }, true],
  ['claude-opus-4-8', 'minimal', adaptive('low'), false],
  ['claude-opus-4-8', 'high', adaptive('high'), true],
  ['claude-opus-4-8', 'xhigh', adaptive('xhigh'), true],
  ['claude-opus-4-8', 'max', adaptive('max'), true],
  ['claude-sonnet-5', 'xhigh', adaptive('xhigh'), true],
  ['claude-sonnet-4-6', 'xhigh', adaptive('max'), false],
  ['claude-opus-4-5', 'medium', { ...budget(8_192), output_config: { effort: 'medium' } }, true],
  ['claude-sonnet-4-5', 'medium', budget(8_192), false],
  ['claude-haiku-4-5', 'max', budget(49_152), false],
  [
    'bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0',
    'high',
    {
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 24_576 } },
      inferenceConfig: { maxTokens: 28_672 },
    },
    false,
  ],
  [
    'gemini-3-pro-preview',
    'medium',
    { generationConfig: { thinkingConfig: { thinkingLevel: 'high' } } },
    false,
  ],
  [
    'gemini-2.5-flash',
    'medium',
    { generationConfig: { thinkingConfig: { thinkingBudget: 8_192 } } },
    true,
  ],
  ['deepseek-v4-pro', 'medium', { thinking: { type: 'enabled' }, reasoning_effort: 'high' }, false],
];

describe.each([
  ['responses', inResponses, 'reasoning.effort'],
  ['chat completions', inChat, 'reasoning_effort'],
] as const)('%s', (name, ask, field) => {
  const foreign = CASES.filter(
    ([model]) => name === 'responses' || wireOf(model) !== 'openai-chat',
  );
  test.each(foreign)(
    '%s is asked for %s in its own words, with room for an answer',
    async (...one) => {
      const [model, effort, asked, isExact] = one;
      const heard = await ask(model, effort);
      expect(heard.asked).toMatchObject(asked);
      expect(heard.emulated).toBe(isExact ? null : field);
    },
  );

  test.each([{ max_tokens: 4_000 }, { max_tokens: 2_000 }, { max_tokens: 1_025 }])(
    'thoughts leave an answer of %j its place',
    async ({ max_tokens }) => {
      const limit = name === 'responses' ? { max_output_tokens: max_tokens } : { max_tokens };
      const { asked } = await ask('claude-sonnet-4-5', 'high', limit);
      expect(asked).toMatchObject({
        max_tokens,
        thinking: { budget_tokens: Math.max(1_024, Math.floor(max_tokens / 2)) },
      });
    },
  );

  test('where a model may not think its effort stands alone', async () => {
    const limit = name === 'responses' ? { max_output_tokens: 500 } : { max_tokens: 500 };
    const { asked } = await ask('claude-opus-4-5', 'low', limit);
    expect(asked).toMatchObject({ output_config: { effort: 'low' } });
    expect(asked).not.toHaveProperty('thinking');
  });
});
