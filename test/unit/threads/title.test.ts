import { openaiChat } from '../../../lambdas/inference/wires/openai-chat/wire.ts';
import { describe, expect, test } from 'vitest';
import { titleModel, titleOf, titleRequest } from '../../../lambdas/threads/domain/title.ts';
import { step } from '../../support/thread-rows.ts';

describe('the title of a thread', () => {
  test('is written by the model that the stage names, or a cheap one of the family', () => {
    expect(titleModel('auto', 'gpt-5.2')).toBe('gpt-4o-mini');
    expect(titleModel('auto', 'claude-opus-4-1')).toBe('claude-haiku-4-5');
    expect(titleModel('auto', 'deepseek-reasoner')).toBe('deepseek-flash');
    expect(titleModel('auto', 'ollama/llama3')).toBe('ollama/llama3');
    expect(titleModel('gpt-4.1-nano', 'claude-opus-4-1')).toBe('gpt-4.1-nano');
  });

  test('is the first line without marks, and never long', () => {
    expect(titleOf('"Planning a trip to Rome."\nWhy: ...')).toBe('Planning a trip to Rome');
    expect(titleOf('# **Une  histoire**')).toBe('Une histoire');
    expect(titleOf('x'.repeat(500))).toHaveLength(80);
    expect(titleOf(' "" \n words')).toBeNull();
  });

  test('is asked for with the words of people and answers alone, and no more than a few thousand', () => {
    const text = (words: string) => [{ type: 'text' as const, text: words }];
    const rows = [
      { ...step(0), seq: 1, step: 0, content: text('a'.repeat(9_000)) },
      { ...step(0), seq: 2, step: 0, role: 'tool' as const, content: text('secret') },
      { ...step(0), seq: 2, step: 1, role: 'assistant' as const, content: text('so it is') },
    ];
    const request = titleRequest('m', rows);
    const asked = JSON.stringify(request?.messages);
    expect(asked).toContain('assistant: so it is');
    expect(asked).not.toContain('secret');
    expect(asked.length).toBeLessThan(3_000);
    expect(request?.maxTokens).toBe(40);
    expect(titleRequest('m', [{ ...step(0), seq: 1, step: 0, content: [] }])).toBeNull();
  });
});

test('in a DeepSeek thread it is asked of a model that is told not to think', () => {
  const model = titleModel('auto', 'deepseek-v4-flash');
  const request = titleRequest(model, [
    { ...step(0), seq: 1, step: 0, role: 'user', content: [{ type: 'text', text: 'hi' }] },
  ]);
  if (request === null || openaiChat.turn === null) throw new Error('no title is asked for');
  const { body } = openaiChat.turn.encode(request).call;
  expect(body).toMatchObject({ model: 'deepseek-flash', thinking: { type: 'disabled' } });
  expect(body).not.toHaveProperty('reasoning_effort');
});
