import { describe, expect, test } from 'vitest';
import { laptopTest } from '../support/deployed-stage.ts';
import type { E2e } from '../support/e2e.ts';
import { all, MODEL, openaiClient, WORDS } from '../support/openai-client.ts';
import { eventually } from '../support/stack.ts';

/** Responses that nobody waits for. */
export const backgroundResponseTests = (e2e: E2e): void => {
  const ada = async () => await openaiClient(e2e);

  describe('a response in the background', () => {
    test('answers at once and is there when it is done', async () => {
      const { openai } = await ada();
      const asked = await openai.responses.create({ model: MODEL, input: 'hi', background: true });
      expect(['queued', 'in_progress', 'completed']).toContain(asked.status);
      await eventually(async () =>
        expect(await openai.responses.retrieve(asked.id)).toMatchObject({
          id: asked.id,
          status: 'completed',
          output_text: WORDS,
          background: true,
        }),
      );
    });

    laptopTest(
      'is cancelled, keeps what it said, and may be gone on from',
      'a buffered answer is read at its end alone',
      async () => {
        const { openai, secret } = await ada();
        const asked = await openai.responses.create({
          model: MODEL,
          input: 'slow',
          background: true,
        });
        await eventually(async () =>
          expect((await openai.responses.retrieve(asked.id)).output_text).toContain('word1'),
        );
        const cancelled = await openai.responses.cancel(asked.id);
        expect(cancelled).toMatchObject({
          status: 'cancelled',
          output: [{ status: 'incomplete' }],
        });
        expect(await openai.responses.cancel(asked.id)).toEqual(cancelled);
        const events = await all(await openai.responses.retrieve(asked.id, { stream: true }));
        expect(events.at(-1)).toMatchObject({
          type: 'response.incomplete',
          response: { status: 'cancelled' },
        });
        const next = { model: MODEL, input: 'go on', previous_response_id: asked.id };
        expect((await openai.responses.create(next)).output_text).toBe(WORDS);
        await eventually(async () => expect((await e2e.own(secret)).held_micros).toBe(0));
      },
    );
  });
};
