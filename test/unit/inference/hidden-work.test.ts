import { expect, test } from 'vitest';
import { LIST_PRICES } from '../../../lambdas/inference/models/own-prices.ts';
import { hiddenTokens } from '../../../lambdas/inference/calls/hidden-work.ts';
import type { WireName } from '../../../lambdas/inference/models/families.ts';
import { WIRES } from '../../support/all-wires.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const hidden = (wire: WireName, provider: string, model: string, body: object): number => {
  const whole = { model, messages: [{ role: 'user', content: 'x' }], max_tokens: 9_000, ...body };
  const json = JSON.stringify({ ...whole, stream: true });
  const call = WIRES[wire].read(Buffer.from(json), 'application/json');
  return hiddenTokens(
    { call, route: { provider, model }, prices: LIST_PRICES, startedAtMs: NOW },
    10_000,
  );
};

const off = { thinking: { type: 'disabled' } };
const on = { thinking: { type: 'enabled', budget_tokens: 2_000 } };

test.each([
  ['openai-chat', 'openai', 'o3', off],
  ['openai-chat', 'openai', 'o3', { ...off, reasoning_effort: 'high' }],
  ['openai-chat', 'openai', 'gpt-5-mini', { ...off, reasoning_effort: 'low' }],
  ['openai-chat', 'somebody', 'qwen', { ...off, reasoning_effort: 'high' }],
  ['openai-chat', 'somebody', 'qwen', { ...on, reasoning_effort: 'none' }],
  ['anthropic-messages', 'anthropic', 'claude-sonnet-4-5', { ...on, reasoning_effort: 'none' }],
  ['anthropic-messages', 'anthropic', 'claude-opus-5', {}],
  ['openai-chat', 'somebody', 'anthropic/claude-opus-5', { reasoning_effort: 'none' }],
  ['openai-chat', 'somebody', 'anthropic/claude-sonnet-4-5', { reasoning_effort: 'high' }],
] as const)(
  'hidden work is paid whatever a word says that the model does not read: %s %s %s %j',
  (wire, provider, model, body) => {
    expect(hidden(wire, provider, model, body)).toBeGreaterThan(1_000);
  },
);

test.each([
  ['openai-chat', 'openai', 'gpt-5.1', { reasoning_effort: 'none' }],
  ['openai-chat', 'openai', 'gpt-4o-mini', on],
  ['openai-chat', 'deepseek', 'deepseek-v4-flash', on],
  ['anthropic-messages', 'anthropic', 'claude-opus-5', off],
] as const)(
  'a model that does not think hides nothing: %s %s %s %j',
  (wire, provider, model, body) => {
    expect(hidden(wire, provider, model, body)).toBe(0);
  },
);
