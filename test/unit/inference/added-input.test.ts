import { describe, expect, test } from 'vitest';
import { boundInputTokens } from '../../../lambdas/inference/calls/bound.ts';
import { anthropicMessages } from '../../../lambdas/inference/wires/anthropic-messages/wire.ts';

const say = (content: unknown) => ({ messages: [{ role: 'user', content }] });

describe('what a provider puts in by itself', () => {
  const bound = (body: object) =>
    boundInputTokens(
      anthropicMessages.read(
        Buffer.from(JSON.stringify({ model: 'm', ...body })),
        'application/json',
      ),
      'anthropic',
      'claude-opus-5',
    );
  const schema = { type: 'object', description: 'x'.repeat(3_000) };
  const tools = [
    { name: 'f', input_schema: schema, defer_loading: true },
    { name: 'g', input_schema: {} },
  ];
  const reference = (name: string) => ({ type: 'tool_reference', tool_name: name });
  const refer = (...content: readonly object[]) => ({
    tools,
    ...say([{ type: 'tool_result', tool_use_id: 't', content }]),
  });

  test('a tool is held for again at each reference to it, and never above the window', () => {
    const once = bound(refer(reference('f')));
    const twenty = bound(refer(...Array.from({ length: 20 }, () => reference('f'))));
    expect(twenty - once).toBeGreaterThan(19 * 3_000);
    expect(bound(refer(reference('g')))).toBeLessThan(once - 3_000);
    expect(bound(refer(reference('nobody')))).toBeGreaterThan(once);
    const many = bound(refer(...Array.from({ length: 2_000 }, () => reference('f'))));
    expect(many).toBeGreaterThan(1_000_000);
    expect(many).toBeLessThan(1_600_000);
  });

  test.each([
    [{ output_config: { format: { type: 'json_schema', schema: {} } } }],
    [{ output_format: { type: 'json_schema', schema: {} } }],
  ])('the prompt of an answer in a schema is held for: %j', (body) => {
    expect(bound({ ...say('hi'), ...body })).toBeGreaterThan(bound(say('hi')) + 1_000);
  });

  test.each([
    [{ type: 'document', source: { type: 'text', data: 'A. '.repeat(900) } }],
    [{ type: 'document', source: { type: 'content', content: 'A. '.repeat(900) } }],
    [{ type: 'search_result', content: [{ type: 'text', text: 'A. '.repeat(900) }] }],
  ])('what is cited is held for twice, with its prompt: %#', (block) => {
    const cited = { ...block, citations: { enabled: true } };
    expect(bound(say([cited])) - bound(say([block]))).toBeGreaterThan(3_700);
  });
});
