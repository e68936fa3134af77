import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { hostileBody } from '../../support/arbitrary-bodies.ts';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { anthropic, atHand, cl100k, o200k } from '../../support/real-tokenizers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';
import type { Script } from '../../support/scripted-upstream.ts';

const sent = z.looseObject({
  max_tokens: z.int().nullish(),
  max_completion_tokens: z.int().nullish(),
  n: z.int().nullish(),
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
