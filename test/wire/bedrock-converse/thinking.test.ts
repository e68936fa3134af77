import { describe, expect, test } from 'vitest';
import { controlProblem } from '../../../lambdas/inference/models/control-problem.ts';
import { EFFORTS, effortWish } from '../../../lambdas/inference/models/efforts.ts';
import { priceOf } from '../../../lambdas/inference/models/prices.ts';
import type { TurnControls, TurnRequest } from '../../../lambdas/inference/turn/turn.ts';
import { bedrockConverse } from '../../../lambdas/inference/wires/bedrock-converse/wire.ts';
import { utf8Text } from '../../../lambdas/shared/utf8.ts';
import { bedrockRefusals } from '../../support/strict/bedrock-body.ts';
import { text, turn, user } from '../../support/turns.ts';

const MODELS = [
  'us.anthropic.claude-haiku-4-5-20251001-v1:0',
  'us.anthropic.claude-sonnet-4-6',
  'global.anthropic.claude-opus-4-6-v1',
  'us.anthropic.claude-opus-5-v1',
  'global.openai.gpt-5.6-sol',
  'us.amazon.nova-pro-v1:0',
];
const TOOLS = [{ name: 'weather', description: '', input_schema: {} }];
const THINKING: readonly TurnControls[] = [
  {},
  { thinking: { type: 'disabled' } },
  { thinking: { type: 'adaptive' } },
  { thinking: { type: 'enabled', budgetTokens: 1_024 } },
  { thinking: { type: 'enabled', budgetTokens: 30_000 } },
];
const SAMPLING = [
  {},
  { temperature: 0.5 },
  { temperature: 1 },
  { topP: 0.5 },
  { topP: 0.99 },
  { temperature: 1, topP: 0.99 },
  { topK: 5 },
];
const LIMITS = [null, 500, 1_024, 1_025, 64_000];

const requestsOf = (model: string): readonly TurnRequest[] => {
  const efforts = EFFORTS.flatMap((effort) => effortWish(model, effort, true)?.controls ?? []);
  return [...THINKING, ...efforts].flatMap((thinking) =>
    SAMPLING.flatMap(({ temperature = null, ...sampling }) =>
      LIMITS.flatMap((maxTokens) =>
        (['auto', 'required', { name: 'weather' }] as const).map((toolChoice) => ({
          ...turn(`bedrock/${model}`, user(text('x'))),
          tools: TOOLS,
          maxTokens,
          temperature,
          controls: { ...thinking, ...sampling, toolChoice },
        })),
      ),
    ),
  );
};

const encoded = (request: TurnRequest) => {
  const told = bedrockConverse.turn?.encode(request);
  if (told === undefined) throw new Error('it knows no turns');
  return told;
};

const sentBody = (request: TurnRequest, injected: number | null): unknown =>
  JSON.parse(utf8Text(bedrockConverse.rewrite(encoded(request).call, '', injected)));

describe.each(MODELS)('%s', (model) => {
  test('is sent no way to think, sample or call that its maker refuses, with or without a limit', () => {
    const usual = priceOf('bedrock', model, Date.UTC(2026, 10, 30))?.defaultOutputTokens ?? 0;
    let sent = 0;
    for (const request of requestsOf(model)) {
      if (controlProblem(request) !== null || encoded(request).refused.length > 0) continue;
      const injected = request.maxTokens === null ? [usual, 1_000] : [null];
      for (const limit of injected) {
        const body = sentBody(request, limit);
        expect([body, ...bedrockRefusals(model, body)]).toEqual([body]);
        sent++;
      }
    }
    expect(sent).toBeGreaterThan(50);
  });
});

const refusals = (model: string, wished: Partial<TurnRequest>) =>
  encoded({ ...turn(`bedrock/${model}`, user(text('x'))), ...wished }).refused.map(
    ({ control }) => control,
  );

describe('what a model cannot do beside thinking is refused by name', () => {
  const thinking = { type: 'enabled', budgetTokens: 2_000 } as const;
  test.each(['us.anthropic.claude-haiku-4-5-20251001-v1:0', 'us.anthropic.claude-opus-4-6-v1'])(
    'by %s',
    (model) => {
      const of = (temperature: number | null, controls: TurnControls) =>
        refusals(model, { temperature, tools: TOOLS, controls: { thinking, ...controls } });
      expect(of(null, {})).toEqual([]);
      expect(of(1, {})).toEqual([]);
      expect(of(0.5, {})).toEqual(['thinking']);
      expect(of(null, { topK: 5 })).toEqual(['thinking']);
      expect(of(null, { topP: 0.5 })).toEqual(['thinking']);
    },
  );

  test('a call that must be made, of a model with a budget', () => {
    const model = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
    const controls = { thinking, toolChoice: 'required' } as const;
    expect(refusals(model, { tools: TOOLS, controls })).toEqual(['thinking']);
  });

  test('a temperature beside top_p', () => {
    const model = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
    expect(refusals(model, { temperature: 0.5, controls: { topP: 0.9 } })).toEqual(['topP']);
  });
});

describe('how much to think', () => {
  const body = (model: string, controls: TurnControls, injected: number | null = null) =>
    sentBody({ ...turn(`bedrock/${model}`, user(text('x'))), controls }, injected);

  test('is a budget below the limit that is put in', () => {
    const model = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
    const thinking = { type: 'enabled', budgetTokens: 8_192 } as const;
    expect(body(model, { thinking }, 4_096)).toMatchObject({
      inferenceConfig: { maxTokens: 4_096 },
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 2_048 } },
    });
    expect(body(model, { thinking }, 1_000)).toMatchObject({
      additionalModelRequestFields: { thinking: { type: 'disabled' } },
    });
  });

  test('is said to a model that thinks by itself when it shall not', () => {
    const thinking = { type: 'disabled' } as const;
    expect(body('us.anthropic.claude-opus-5-v1', { thinking })).toMatchObject({
      additionalModelRequestFields: { thinking },
    });
    expect(body('us.openai.gpt-5.6-sol', { thinking })).toMatchObject({
      additionalModelRequestFields: { reasoning: { effort: 'none' } },
    });
  });

  test.each([
    ['minimal', 'low'],
    ['high', 'high'],
  ])('is %s in the words of the Responses wire for a GPT: %s', (effort, told) => {
    expect(body('us.openai.gpt-5.6-sol', { effort })).toMatchObject({
      additionalModelRequestFields: { reasoning: { effort: told } },
    });
  });
});
