import * as z from 'zod';
import { describe, expect, test } from 'vitest';
import { CONTRACT } from '../../../lambdas/contract.ts';
import { checked } from '../../../lambdas/http/body.ts';
import { contractRoutes, routeAdvice } from '../../../lambdas/http/route-advice.ts';
import {
  featureNotPricedWords,
  modelNotFoundWords,
} from '../../../lambdas/inference/models/refusals.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { closest } from '../../../lambdas/shared/closest.ts';

const schema = z.strictObject({
  name: z.string().min(1).max(3),
  max_spend_usd: z.number().min(0).optional(),
  rpm: z.int().optional(),
  period: z.enum(['day', 'week', 'lifetime']).optional(),
  models: z.array(z.string()).max(1).optional(),
  end: z.iso.datetime().optional(),
  hook: z.url().optional(),
  cohort: z.strictObject({ country: z.string().optional() }).optional(),
  content: z.union([z.string(), z.array(z.string())]).optional(),
  block: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('text'), text: z.string() }),
      z.strictObject({ type: z.literal('image') }),
    ])
    .optional(),
  labels: z.record(z.string().regex(/^[a-z]+$/, 'lower-case letters'), z.string()).optional(),
  custom: z.string().regex(/^x/, 'begins with x').optional(),
});

const refused = (value: unknown): string => {
  try {
    checked(schema, value);
    return 'accepted';
  } catch (error) {
    return error instanceof AppError ? error.publicMessage : String(error);
  }
};

describe('a refused value is explained in words', () => {
  test.each([
    [{}, 'name: is missing: a string'],
    [{ name: 5 }, 'name: must be a string, not a number'],
    [{ name: null }, 'name: must be a string, not null'],
    [{ name: '' }, 'name: must have at least 1 character'],
    [{ name: 'abcd' }, 'name: must have at most 3 characters'],
    [{ name: 'a', max_spend_usd: '5' }, 'max_spend_usd: must be a number, not a string'],
    [{ name: 'a', max_spend_usd: -1 }, 'max_spend_usd: must be at least 0'],
    [{ name: 'a', rpm: 1.5 }, 'rpm: must be a whole number, not 1.5'],
    [{ name: 'a', models: {} }, 'models: must be a list, not an object'],
    [{ name: 'a', models: ['b', 'c'] }, 'models: must have at most 1 entry'],
    [{ name: 'a', end: 'soon' }, 'end: must be a date and time as in 2026-11-30T12:00:00Z'],
    [{ name: 'a', hook: 'soon' }, 'hook: must be a URL'],
    [
      { name: 'a', period: 'weak' },
      'period: must be "day", "week" or "lifetime"; did you mean week?',
    ],
    [{ name: 'a', content: 5 }, 'content: must be a string or a list'],
    [{ name: 'a', content: [5] }, 'content.0: must be a string, not a number'],
    [
      { name: 'a', block: { type: 'txt' } },
      'block.type: must be "text" or "image"; did you mean text?',
    ],
    [{ name: 'a', block: {} }, 'block.type: is missing: "text" or "image"'],
    [{ name: 'a', labels: { A: 'b' } }, 'labels.A: is no name for a field: lower-case letters'],
    [{ name: 'a', custom: 'y' }, 'custom: begins with x'],
    [[], 'body: must be an object, not a list'],
  ])('%j: %s', (value, message) => expect(refused(value)).toBe(message));

  test.each([
    [{ max_spend: 5 }, 'max_spend: unknown field; did you mean max_spend_usd?'],
    [{ maxSpendUsd: 5 }, 'maxSpendUsd: unknown field; did you mean max_spend_usd?'],
    [{ naem: 'a' }, 'naem: unknown field; did you mean name?'],
    [{ cohort: { cuntry: 'x' } }, 'cohort.cuntry: unknown field; did you mean country?'],
    [{ colour: 'red' }, 'colour: unknown field'],
    [{ name: undefined, naem: 'a' }, 'naem: unknown field; did you mean name?'],
  ])('%j: %s', (fields, message) => expect(refused({ name: 'a', ...fields })).toBe(message));
});

describe('a misspelt name is guessed', () => {
  const names = ['max_tokens', 'messages', 'model', 'metadata', 'n'];
  test.each([
    ['max_token', 'max_tokens'],
    ['maxTokens', 'max_tokens'],
    ['mesages', 'messages'],
    ['modle', 'model'],
    ['meta', 'metadata'],
    ['colour', null],
    ['', null],
    ['m'.repeat(100_000), null],
  ])('%s', (given, meant) => expect(closest(given, names)).toBe(meant));

  test.each([
    ['gpt-4o-mni', 'Did you mean gpt-4o-mini?'],
    ['gpt4o', 'Did you mean gpt-4o?'],
    ['claude-sonet-5', 'Did you mean claude-sonnet-5?'],
    ['llama-of-mine', 'does not exist here. GET /v1/models lists'],
  ])('%s', (model, words) => expect(modelNotFoundWords(model)).toContain(words));
});

describe('a route that nobody has is answered with the one that was meant', () => {
  const routes = contractRoutes(CONTRACT);
  test.each([
    [
      'POST',
      '/chat/completions',
      'Did you mean POST /v1/chat/completions? The base URL lacks `/v1`',
    ],
    ['POST', '/messages', 'Did you mean POST /v1/messages? The base URL lacks'],
    [
      'POST',
      '/v1/v1/messages',
      'Did you mean POST /v1/messages? The base URL has `/v1` once too often',
    ],
    [
      'POST',
      '/v1/v1/chat/completions',
      "once too often: that of OpenAI's clients ends with it, that of Anthropic's before it.",
    ],
    ['POST', '/api/v1/chat/completions', 'Did you mean POST /v1/chat/completions?'],
    ['GET', '/threads/thread_1/messages', 'Did you mean GET /v1/threads/thread_1/messages?'],
    ['GET', '/v1/chat/completions', 'It answers POST.'],
    ['POST', '/v1/chat/completion', 'Did you mean POST /v1/chat/completions?'],
    ['GET', '/v1/thread/thread_1/messages', 'Did you mean GET /v1/threads/thread_1/messages?'],
    ['POST', '/v1/rerank', 'GET /openapi.json has all routes'],
    ['POST', '/v1/threads/thread_1/tool-results/', 'GET /openapi.json has all routes'],
    ['GET', '/favicon.ico', 'GET /openapi.json has all routes'],
  ])('%s %s: %s', (method, path, words) =>
    expect(routeAdvice(method, path, routes)).toContain(words),
  );

  test('a path of thousands of parts costs no more looks at the routes than one of twenty', () => {
    const looksFor = (parts: number) => {
      let looks = 0;
      const counted = new Proxy([...routes], {
        get: (all, name, self) => {
          looks += 1;
          return Reflect.get(all, name, self);
        },
      });
      const words = routeAdvice('GET', `/x${'/a'.repeat(parts)}/threads`, counted);
      expect(words).toContain('Did you mean GET /v1/threads?');
      return looks;
    };
    expect(looksFor(5_000)).toBe(looksFor(20));
  });
});

test('names a field that has no price once, and what it holds beside it', () => {
  expect(featureNotPricedWords('a.frobnicate', 'frobnicate', [])).toMatch(/^a\.frobnicate has no/);
  expect(featureNotPricedWords('tools.0', 'computer', [])).toMatch(/^tools\.0: computer has no/);
});
