import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { answer, failureOf } from '../../support/scripted-answers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

describe('a tier of service on a key with a cap', () => {
  let upstream: ScriptedUpstream;
  let room: ReturnType<typeof engineRoom>;
  beforeAll(async () => void (upstream = await startScriptedUpstream()));
  beforeEach(() => {
    room = engineRoom(upstream.url);
  });
  afterAll(() => upstream.stop());

  test.each([
    ['gpt-4o-mini', 'priority', 'a price'],
    ['gpt-5', 'flex', 'a price'],
    ['gpt-5-nano', 'priority', 'none'],
    ['gpt-4o-mini', 'flex', 'none'],
    ['gpt-5', 'scale', 'none'],
  ])(
    '%s by the tier %s has %s: it passes and costs that, or is refused',
    async (model, tier, has) => {
      await room.mint({ capNanoUsd: 1_000_000_000, allowedModels: null });
      upstream.script = answer({
        service_tier: tier,
        usage: { prompt_tokens: 1_000, completion_tokens: 1_000 },
      });
      const asked = { model, service_tier: tier, max_completion_tokens: 2_000 };
      if (has === 'none') {
        expect(await failureOf(room.call(asked))).toMatchObject({
          code: 'feature_not_priced',
          facts: { param: 'service_tier' },
        });
        expect(await room.state()).toMatchObject({ heldNanoUsd: 0, holdCount: 0 });
        return;
      }
      expect((await room.call(asked)).status).toBe(200);
      expect(upstream.requests.at(-1)?.body).toMatchObject({ service_tier: tier });
      expect(await room.state()).toMatchObject({
        spentNanoUsd: tier === 'flex' ? 5_625_000 : 1_250_000,
      });
    },
  );

  test('that the provider does not serve it at costs what it did serve', async () => {
    await room.mint({ capNanoUsd: 1_000_000_000, allowedModels: null });
    upstream.script = answer({
      service_tier: 'default',
      usage: { prompt_tokens: 1_000, completion_tokens: 1_000 },
    });
    await room.call({ model: 'gpt-4o-mini', service_tier: 'priority', max_tokens: 2_000 });
    expect(await room.state()).toMatchObject({ spentNanoUsd: 750_000, heldNanoUsd: 0 });
  });

  /** What a stream costs that breaks before its count, in times of the standard price. */
  const brokenCost = async (asked: string, told: string | null): Promise<number> => {
    await room.mint({ capNanoUsd: 1_000_000_000, allowedModels: null });
    const chunk = {
      ...(told === null ? {} : { service_tier: told }),
      choices: [{ delta: { content: 'one two three four five six' } }],
    };
    upstream.script = { chunks: [`data: ${JSON.stringify(chunk)}\n\n`], ending: 'cut' };
    const asks = { model: 'gpt-5', service_tier: asked, stream: true, reasoning_effort: 'none' };
    await textOf(await room.call({ ...asks, max_completion_tokens: 2_000 }));
    const last = await room.last();
    expect(last).toMatchObject({ status: 'provider_error', estimated: true });
    const { input = 0, output = 0 } = last?.tokens ?? {};
    return (last?.costNanoUsd ?? 0) / (input * 1_250 + output * 10_000);
  };

  test.each([
    ['priority', 'priority', 2],
    ['priority', null, 2],
    ['priority', 'default', 1],
    ['flex', 'flex', 0.5],
    ['flex', null, 1],
  ])(
    '%s of a stream that breaks before its count, told as %s, costs %d times the standard price',
    async (asked, told, times) => {
      expect(await brokenCost(asked, told)).toBeCloseTo(times, 3);
    },
  );
});
