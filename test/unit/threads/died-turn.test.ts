import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { expect, test } from 'vitest';
import { estimateOutputTokens } from '../../../lambdas/inference/calls/bound.ts';
import { meteredDebts } from '../../../lambdas/threads/adapters/metered-turn-model.ts';
import type { DocumentBlock } from '../../../lambdas/inference/turn/turn.ts';
import type { RunHold } from '../../../lambdas/threads/domain/thread.ts';
import { engineRoom } from '../../support/engine-room.ts';
import { SETTINGS, newRun } from '../../support/thread-rows.ts';

const SAID = 'as far as it came';
const run = newRun(0);
const hold = (provider: string, model: string): RunHold => ({
  holdId: '0'.repeat(26),
  keyId: run.keyId,
  window: 'w',
  amountNanoUsd: 1_000_000,
  heldAtMs: Date.UTC(2026, 0, 1),
  expiresAtMs: Date.UTC(2026, 0, 2),
  provider,
  model,
});
const { ledger, clock, loadTokenizer, loadMedia, metrics, stagePrices } =
  engineRoom('http://127.0.0.1:9').deps;
const debts = meteredDebts({ ledger, clock, loadTokenizer, loadMedia, metrics, stagePrices });
const proven = async (held: RunHold, ...files: readonly DocumentBlock[]) =>
  await debts.proven(run, held, {
    request: {
      model: held.model,
      system: SETTINGS.system,
      messages: [
        { role: 'user', model: null, content: [{ type: 'text', text: 'hello there' }, ...files] },
      ],
      tools: [],
      maxTokens: null,
      temperature: null,
    },
    text: SAID,
  });

test.each([
  ['openai', 'gpt-4o-mini'],
  ['anthropic', 'claude-sonnet-4-5'],
] as const)(
  "a turn of %s whose producer died is settled by its input and its proven words, without any provider's account",
  async (provider, model) => {
    const settlement = await proven({ ...hold(provider, model), dialect: provider });
    expect(settlement).toMatchObject({
      provider,
      model,
      status: 'provider_error',
      estimated: true,
    });
    // The words of another vendor's tokenizer carry its margin.
    const estimated = estimateOutputTokens(SAID, provider, model, countTokens);
    expect(settlement.tokens.output).toBe(estimated);
    expect(estimated).toBeGreaterThanOrEqual(countTokens(SAID));
    expect(settlement.tokens.input).toBeGreaterThan(0);
    expect(settlement.costNanoUsd).toBeGreaterThan(0);
    const { settledAtMs: _at, totalMs: _ms, ...written } = settlement;
    // A hold of an earlier version does not name its wire.
    expect(await proven(hold(provider, model))).toMatchObject(written);
  },
);

test('a turn of a model that hides its thoughts pays for the time that it ran, at most what was held', async () => {
  const settlement = await proven({ ...hold('openai', 'gpt-5-mini'), dialect: 'openai' });
  expect(settlement.tokens.output).toBe(16_384);
});

test('a turn with a file by its address, which may have been short, pays at most what was held', async () => {
  const source = { type: 'url', url: 'https://files.example/words.txt' } as const;
  const file = { type: 'document', source } as const;
  const held = { ...hold('google', 'gemini-2.5-pro'), wire: 'gemini' };
  expect((await proven(held, file)).costNanoUsd).toBe(held.amountNanoUsd);
  const dear = { ...held, amountNanoUsd: 10_000_000_000 };
  expect((await proven(dear, file)).costNanoUsd).toBeLessThan(dear.amountNanoUsd);
});
