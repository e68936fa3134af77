import { describe, expect, test } from 'vitest';
import { ratesHeard, worstCostNanoUsd } from '../../../lambdas/inference/models/cost.ts';
import { priceOf } from '../../../lambdas/inference/models/prices.ts';
import { gemini } from '../../../lambdas/inference/wires/gemini/wire.ts';
import { LIST_PRICES } from '../../../lambdas/inference/models/own-prices.ts';
import { hiddenTokens } from '../../../lambdas/inference/calls/hidden-work.ts';
import { utf8Text } from '../../../lambdas/shared/utf8.ts';

const MODEL = 'gemini-2.5-flash';
const read = (body: object, action?: string) =>
  gemini.read(
    Buffer.from(JSON.stringify({ contents: [{ parts: [{ text: 'hi' }] }], ...body })),
    'application/json',
    { model: MODEL, isStream: true, ...(action === undefined ? {} : { action }) },
  );
const say = (...parts: readonly object[]) => ({ contents: [{ role: 'user', parts }] });
const unpriced = (body: object): readonly string[] => read(body).unpriced.map(({ path }) => path);
const data = (mimeType: string) => ({ inlineData: { mimeType, data: 'AAAA' } });

describe('what may bill more than is held', () => {
  test.each([
    [{ cachedContent: 'cachedContents/1' }, 'cachedContent'],
    [{ cached_content: 'cachedContents/1' }, 'cachedContent'],
    [{ continuationToken: 'x' }, 'continuationToken'],
    [{ store: true }, 'store'],
    [{ serviceTier: 'priority' }, 'serviceTier'],
    [{ brandNew: 1 }, 'brandNew'],
    [{ generationConfig: { imageConfig: {} } }, 'generationConfig.imageConfig'],
    [{ generationConfig: { speechConfig: {} } }, 'generationConfig.speechConfig'],
    [
      { generationConfig: { responseModalities: ['TEXT', 'IMAGE'] } },
      'generationConfig.responseModalities',
    ],
    [
      { generationConfig: { thinkingConfig: { branches: 2 } } },
      'generationConfig.thinkingConfig.branches',
    ],
    [{ tools: [{ googleSearch: {} }] }, 'tools.0.googleSearch'],
    [{ tools: [{ google_search: {} }] }, 'tools.0.googleSearch'],
    [{ tools: [{ codeExecution: {} }] }, 'tools.0.codeExecution'],
    [{ tools: [{ urlContext: {} }] }, 'tools.0.urlContext'],
    [{ tools: { fileSearch: {} } }, 'tools.0.fileSearch'],
    [{ tools: [{ functionDeclarations: [], googleMaps: {} }] }, 'tools.0.googleMaps'],
    [{ toolConfig: { retrievalConfig: {} } }, 'toolConfig.retrievalConfig'],
    ...[
      'https://generativelanguage.googleapis.com/v1beta/files/abc',
      'https://a@generativelanguage.googleapis.com/v1beta/files/abc',
      'https://GENERATIVELANGUAGE.GOOGLEAPIS.COM./v1beta/files/abc',
      'https:\\\\generativelanguage.googleapis.com/v1beta/files/abc',
      'https://files.example\\@generativelanguage.googleapis.com/v1beta/files/abc',
      ' https://files.example/1',
      'http://files.example/1',
      'gs://bucket/1',
      'files/abc',
      7,
    ].map((fileUri): [object, string] => [
      say({ fileData: { fileUri } }),
      'contents.0.parts.0.fileData.fileUri',
    ]),
    [
      say({ fileData: { fileUri: 'https://files.example/1', crop: 1 } }),
      'contents.0.parts.0.fileData.crop',
    ],
    [
      say({ fileData: { fileUri: 'https://files.example/1' }, videoMetadata: { fps: 24 } }),
      'contents.0.parts.0',
    ],
    [say({ text: 'x', ...data('image/png') }), 'contents.0.parts.0'],
    [say({ ...data('image/png'), videoMetadata: { fps: 24 } }), 'contents.0.parts.0'],
    [say({ executableCode: { code: 'x' } }), 'contents.0.parts.0'],
    [say(data('application/zip')), 'contents.0.parts.0.inlineData'],
    [say(data('')), 'contents.0.parts.0.inlineData'],
    [
      say({
        functionResponse: { name: 'f', response: {}, parts: [{ fileData: { fileUri: 'x' } }] },
      }),
      'contents.0.parts.0.functionResponse.parts.0.fileData.fileUri',
    ],
    [
      { systemInstruction: { parts: [{ fileData: {} }] } },
      'systemInstruction.parts.0.fileData.fileUri',
    ],
    [{ systemInstruction: 'be kind' }, 'systemInstruction'],
  ])('is named: %j', (body, path) => {
    expect(unpriced(body)).toEqual([path]);
  });

  test.each([
    [{ tools: [{ functionDeclarations: [{ name: 'f', parameters: {} }] }] }],
    [{ safetySettings: [{ category: 'x', threshold: 'y' }] }],
    [{ serviceTier: 'standard', generationConfig: { responseModalities: ['TEXT'] } }],
    [say(data('image/png'), data('application/pdf'), data('audio/wav'))],
    [say({ functionResponse: { name: 'f', response: {}, parts: [data('image/png')] } })],
    [say({ text: 'x', thought: true, thoughtSignature: 'U0lH' })],
    [say({ fileData: { fileUri: 'https://youtu.be/x', mimeType: 'video/mp4' } })],
    [say({ file_data: { file_uri: 'https://files.example:8443/1?sign=2', displayName: 'one' } })],
  ])('is not what is counted: %j', (body) => {
    expect(unpriced(body)).toEqual([]);
  });

  test('a file that Gemini reads by itself is all that it can read, at the dearest price, whatever it is said to be', () => {
    const fileUri = `https://files.example/${'a'.repeat(900)}`;
    const call = read(say({ text: 'x' }, { fileData: { fileUri, mimeType: 'image/png' } }));
    expect(call).toMatchObject({ readsAudio: true, measures: { documents: 1, images: 0 } });
    expect(call.measures.bytes).toBeLessThan(900);
  });
});

describe('a body under either of its names', () => {
  test('is one body, and arguments and schemas keep the names of whoever wrote them', () => {
    const call = read({
      system_instruction: { parts: { text: 'be kind' } },
      generation_config: { max_output_tokens: 7, candidate_count: 2 },
      tools: [
        { function_declarations: { name: 'f', parameters_json_schema: { some_name: { a_b: 1 } } } },
      ],
    });
    expect(call).toMatchObject({ model: MODEL, isStream: true, maxTokens: 7, choices: 2 });
    expect(JSON.parse(utf8Text(gemini.rewrite(call, MODEL, 5)))).toEqual({
      contents: [{ parts: [{ text: 'hi' }] }],
      systemInstruction: { parts: [{ text: 'be kind' }] },
      generationConfig: { maxOutputTokens: 5, candidateCount: 2 },
      tools: [
        { functionDeclarations: [{ name: 'f', parametersJsonSchema: { some_name: { a_b: 1 } } }] },
      ],
    });
  });

  test('is refused where a field is there twice: one of them alone would be held for', () => {
    const twice = { generationConfig: { maxOutputTokens: 5 }, generation_config: {} };
    expect(() => read(twice)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    const inside = { generationConfig: { maxOutputTokens: 5, max_output_tokens: 9_000 } };
    expect(() => read(inside)).toThrow(
      expect.objectContaining({ facts: { param: 'generationConfig.max_output_tokens' } }),
    );
  });

  test('keeps its numbers as they were written', () => {
    const bytes = Buffer.from(
      '{"contents":[{"parts":[{"functionCall":{"name":"f","args":{"n":12345678901234567890}}}]}]}',
    );
    const call = gemini.read(bytes, '', { model: MODEL, isStream: false });
    expect(utf8Text(gemini.rewrite(call, MODEL, null))).toContain('12345678901234567890');
  });
});

test('a name is one part of the path, whatever it says', () => {
  const query = { isStream: true, headers: {} };
  const path = (model: string) => gemini.endpoint({ apiKey: null }, { ...query, model }).path;
  expect(path(MODEL)).toBe(`/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`);
  expect(path('gemini-x/../../files?a=b')).toBe(
    '/v1beta/models/gemini-x%2F..%2F..%2Ffiles%3Fa%3Db:streamGenerateContent?alt=sse',
  );
});

test('what may be heard is held for at the price of what is heard', () => {
  const call = read(say(data('audio/wav')));
  expect(call.readsAudio).toBe(true);
  const { rates } = priceOf('google', MODEL, 0) ?? { rates: {} };
  const cost = (readsAudio: boolean) =>
    worstCostNanoUsd(ratesHeard(rates, readsAudio), 1_000, 0, 'none');
  expect([cost(false), cost(true)]).toEqual([300_000, 1_000_000]);
});

test('thoughts that nobody saw are paid, unless none were asked for', () => {
  const hidden = (thinkingConfig: object) => {
    const call = read({ generationConfig: { thinkingConfig } });
    const route = { provider: 'google', model: MODEL };
    return hiddenTokens({ call, route, prices: LIST_PRICES, startedAtMs: 0 }, 10_000);
  };
  expect(hidden({})).toBe(3_800);
  expect(hidden({ thinkingBudget: 1_024, includeThoughts: true })).toBe(3_800);
  expect(hidden({ thinkingBudget: 0 })).toBe(0);
});

test('a count asks for all of the call, in the words of a count', () => {
  const call = read({ generateContentRequest: { contents: [{ parts: [{ text: 'a' }] }] } });
  const asked: unknown = JSON.parse(utf8Text(gemini.counter?.ask(call, MODEL) ?? new Uint8Array()));
  expect(asked).toEqual({
    generateContentRequest: {
      contents: [{ parts: [{ text: 'a' }] }],
      model: `models/${MODEL}`,
    },
  });
});
