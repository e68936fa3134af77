import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { hostileBody, LANGUAGES } from '../../support/arbitrary-bodies.ts';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { anthropic, atHand, cl100k, o200k } from '../../support/real-tokenizers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';
import type { Script } from '../../support/scripted-upstream.ts';

const sent = z.looseObject({
  max_tokens: z.int().nullish(),
  max_completion_tokens: z.int().nullish(),
  n: z.int().nullish(),
  stream: z.boolean().nullish(),
  user: z.string().optional(),
  metadata: z.looseObject({ user_id: z.string().optional() }).optional(),
});

/** A provider that bills the truth: every token of the whole body by its own tokenizer, and all the output that it may. */
const truthful =
  (isChat: boolean, count: (text: string) => number) =>
  (json: string): Script => {
    const { max_tokens, max_completion_tokens, n } = sent.parse(JSON.parse(json));
    const output = (max_completion_tokens ?? max_tokens ?? 4_096) * (n ?? 1);
    const input = count(json);
    const told = isChat
      ? {
          choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }],
          usage: { prompt_tokens: input, completion_tokens: output },
        }
      : {
          content: [{ type: 'text', text: 'ok' }],
          stop_reason: 'end_turn',
          usage: { input_tokens: input, output_tokens: output },
        };
    return { type: 'application/json', chunks: [JSON.stringify(told)] };
  };

let upstream: ScriptedUpstream;
beforeAll(async () => void (upstream = await startScriptedUpstream()));
afterAll(() => upstream.stop());

describe('a provider that bills the truth to a hostile caller', () => {
  test.each([
    ['gpt-4o-mini', 'openai-chat', o200k, 150],
    ['gpt-4', 'openai-chat', cl100k, 30_000],
    ['claude-haiku-4-5', 'anthropic-messages', anthropic, 1_000],
  ] as const)(
    'never brings the spend of a key over its cap: %s',
    async (model, wire, count, rate) => {
      const isChat = wire === 'openai-chat';
      upstream.script = truthful(isChat, count);
      let answered = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(hostileBody(isChat), fc.nat(400)), { minLength: 3, maxLength: 5 }),
          fc.integer({ min: 500, max: 60_000 }),
          async (calls, tokens) => {
            const room = engineRoom(upstream.url);
            Object.assign(room.deps, { loadTokenizer: async () => atHand });
            await room.mint({ capNanoUsd: tokens * rate });
            const asked = calls.map(async ([body, limit]) => {
              const limits = limit === 0 ? {} : { max_tokens: limit };
              try {
                await textOf(await room.call({ ...body, model, ...limits }, { wire }));
                answered += 1;
              } catch {
                // Refused: it costs nothing.
              }
            });
            await Promise.all(asked);
            const { spentNanoUsd, heldNanoUsd } = await room.state();
            expect(heldNanoUsd).toBe(0);
            expect(spentNanoUsd).toBeLessThanOrEqual(tokens * rate);
          },
        ),
        { numRuns: 25 },
      );
      expect(answered).toBeGreaterThan(20);
    },
  );
});

const ENDINGS = ['told', 'untold', 'dear', 'cut', 'error', 'unended', 'left'] as const;
const FEW_TOKENS = 8;
const TEXTS = Object.values(LANGUAGES);

/** What a provider made of a body, and how it ends, by the word of whom it is asked for. */
const madeOf = (json: string, count: (text: string) => number) => {
  const { max_tokens, max_completion_tokens, stream, ...who } = sent.parse(JSON.parse(json));
  const limit = max_completion_tokens ?? max_tokens ?? 4_096;
  let words = TEXTS[json.length % TEXTS.length] ?? '';
  while (count(words) > limit) words = words.slice(0, Math.floor(words.length * 0.8));
  const ending = who.user ?? who.metadata?.user_id ?? 'told';
  return { words, ending, output: count(words), isStream: stream === true };
};

/** A provider that counts the truth where it counts at all: it is cut, fails, is left, says no count or a dear tier. */
const badlyEnding =
  (isChat: boolean, count: (text: string) => number) =>
  (json: string): Script => {
    const { words, ending, output, isStream } = madeOf(json, count);
    const input = count(json);
    const tier = ending === 'dear' ? { service_tier: 'priority' } : {};
    const told = isChat
      ? { prompt_tokens: input, completion_tokens: output }
      : { input_tokens: input, output_tokens: output, ...tier };
    const usage = ending === 'untold' || ending === 'left' ? {} : { usage: told };
    const whole = isChat
      ? { choices: [{ message: { content: words }, finish_reason: 'stop' }], ...usage, ...tier }
      : { content: [{ type: 'text', text: words }], stop_reason: 'end_turn', ...usage };
    if (!isStream) {
      const text = JSON.stringify(whole);
      return ending === 'cut'
        ? { type: 'application/json', chunks: [text.slice(0, -2)], ending: 'cut' }
        : { type: 'application/json', chunks: [text] };
    }
    const said: readonly object[] = isChat
      ? [{ choices: [{ index: 0, delta: { content: words } }], ...tier }]
      : [
          { type: 'message_start', message: { usage: { input_tokens: input, output_tokens: 1 } } },
          { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: words } },
        ];
    const end: readonly object[] = isChat
      ? [{ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }, { choices: [], ...usage }]
      : [{ type: 'message_delta', delta: { stop_reason: 'end_turn' }, ...usage }];
    const events = (frames: readonly object[]) =>
      frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`);
    switch (ending) {
      case 'cut':
        return { chunks: events(said), ending: 'cut' };
      case 'left':
        return { chunks: events(said), ending: 'hang' };
      case 'error':
        return { chunks: events([...said, { type: 'error', error: { message: 'gone' } }]) };
      case 'unended':
        return {
          chunks: [
            events([...said, ...end])
              .join('')
              .slice(0, -2),
          ],
        };
      default:
        return { chunks: events([...said, ...end]) };
    }
  };

describe('a provider that ends badly, to a hostile caller', () => {
  test.each([
    ['gpt-4o-mini', 'openai-chat', o200k, 150],
    ['gpt-4', 'openai-chat', cl100k, 30_000],
    ['claude-haiku-4-5', 'anthropic-messages', anthropic, 1_000],
  ] as const)(
    'is paid for all that it made, within the cap of a key: %s',
    async (model, wire, count, rate) => {
      const isChat = wire === 'openai-chat';
      upstream.script = badlyEnding(isChat, count);
      const seen = new Set<string>();
      const calls = fc.array(
        fc.tuple(
          hostileBody(isChat),
          fc.integer({ min: 1, max: 300 }),
          fc.boolean(),
          fc.constantFrom(...ENDINGS),
        ),
        {
          minLength: 3,
          maxLength: 5,
        },
      );
      await fc.assert(
        fc.asyncProperty(calls, fc.integer({ min: 2_000, max: 60_000 }), async (list, tokens) => {
          const room = engineRoom(upstream.url);
          Object.assign(room.deps, { loadTokenizer: async () => atHand });
          await room.mint({ capNanoUsd: tokens * rate });
          for (const [body, max_tokens, stream, ending] of list) {
            const who = isChat ? { user: ending } : { metadata: { user_id: ending } };
            const asked = { ...body, model, max_tokens, stream, ...who };
            const before = upstream.requests.length;
            const deadlineMs = Date.now() + (ending === 'left' && stream ? 100 : 60_000);
            const answered = await room.call(asked, { wire, deadlineMs }).catch(() => null);
            if (answered !== null) await textOf(answered);
            // A provider refuses some of what a hostile caller writes.
            const isRefused = answered !== null && answered.status >= 400;
            if (isRefused || upstream.requests.length === before) continue;
            const json = JSON.stringify(upstream.requests.at(-1)?.body);
            seen.add(`${stream} ${ending}`);
            const { output } = madeOf(json, count);
            const last = await room.last();
            // A few plain words are taken without the margin of a foreign tokenizer.
            const least = output > FEW_TOKENS ? output : output - 2;
            if (ending !== 'left')
              expect(last?.tokens.output, ending).toBeGreaterThanOrEqual(least);
          }
          const { spentNanoUsd, heldNanoUsd } = await room.state();
          expect(heldNanoUsd).toBe(0);
          expect(spentNanoUsd).toBeLessThanOrEqual(tokens * rate);
        }),
        { numRuns: 25, endOnFailure: true },
      );
      expect(seen.size).toBeGreaterThan(8);
    },
  );
});
