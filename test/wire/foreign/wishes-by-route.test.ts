import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { chatRoom } from '../../support/chat-room.ts';
import { wireOf } from '../../support/foreign/families.ts';
import { speak } from '../../support/foreign/spoken.ts';
import { KEY_ID, PROJECT } from '../../support/key-items.ts';
import { roomFetch } from '../../support/room-fetch.ts';
import { routesIn } from '../../support/route-room.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

/** Wishes of a response that is asked for by a project's own name: each model of its route hears them in its own words. */
const OPUS = 'claude-opus-4-8';
const BUDGET = 'claude-haiku-4-5';
const GEMINI = 'gemini-2.5-flash';
const NANO = 'gpt-5-nano';
const PLAIN = 'gpt-4o-mini';

let upstream: ScriptedUpstream;
let ask: (model: string, fields: object) => Promise<Response>;
let route: ReturnType<typeof routesIn>['route'];
let failing: readonly string[] = [];
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  const room = await chatRoom(upstream.url);
  await room.room.deps.keys.patch(PROJECT, KEY_ID, { capNanoUsd: null }, Date.now());
  const send = roomFetch(room);
  ({ route } = routesIn(room.room));
  ask = async (model, fields) =>
    await send('http://127.0.0.1/v1/responses', {
      method: 'POST',
      body: JSON.stringify({ model, input: 'hi', store: false, ...fields }),
    });
  upstream.script = (json, path) => {
    const model = /models\/([^:]+):/.exec(path)?.[1] ?? /"model":"([^"]+)"/.exec(json)?.[1] ?? '';
    if (failing.includes(model))
      return { status: 500, type: 'application/json', chunks: ['{"error":{"message":"down"}}'] };
    return speak(wireOf(model), model, { words: ['so'] });
  };
});
afterAll(() => upstream.stop());

const asked = z.record(z.string(), z.unknown());
/** What the model that answered was asked. */
const answeredFor = async (model: string, fields: object): Promise<Record<string, unknown>> => {
  const answer = await ask(model, fields);
  expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
  return asked.parse(upstream.requests.at(-1)?.body);
};
const refusal = z.object({ error: z.object({ message: z.string(), param: z.string() }) });

describe('an effort', () => {
  const CASES: readonly (readonly [model: string, effort: string, heard: object])[] = [
    [OPUS, 'minimal', { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } }],
    [BUDGET, 'medium', { thinking: { type: 'enabled', budget_tokens: 8_192 } }],
    [NANO, 'minimal', { reasoning_effort: 'minimal' }],
    [GEMINI, 'medium', { generationConfig: { thinkingConfig: { thinkingBudget: 8_192 } } }],
  ];
  test.each(CASES)('of a name is %s in its own words: %s', async (model, effort, heard) => {
    failing = [];
    const name = `by-${model}`;
    await route(name, [model]);
    expect(await answeredFor(name, { reasoning: { effort } })).toMatchObject(heard);
  });

  test('goes on in the words of the next model, by a name and as the fallback of a model', async () => {
    failing = [OPUS, NANO];
    await route('thinker', [OPUS, NANO, BUDGET]);
    await route(OPUS, [BUDGET]);
    for (const model of ['thinker', OPUS]) {
      const heard = await answeredFor(model, { reasoning: { effort: 'high' } });
      expect(heard).toMatchObject({
        model: BUDGET,
        thinking: { type: 'enabled', budget_tokens: 24_576 },
      });
      expect(heard).not.toHaveProperty('output_config');
    }
  });

  test('passes over a model that cannot be told, and is refused where no other is left', async () => {
    failing = [];
    await route('mixed', [PLAIN, NANO]);
    const heard = await answeredFor('mixed', { reasoning: { effort: 'low' } });
    expect(heard).toMatchObject({ model: NANO, reasoning_effort: 'low' });
    await route('plain', [PLAIN]);
    const requests = upstream.requests.length;
    const refused = await ask('plain', { reasoning: { effort: 'low' } });
    expect(refused.status).toBe(400);
    expect(refusal.parse(await refused.json()).error).toEqual({
      message: expect.stringContaining('this model takes none'),
      param: 'reasoning.effort',
    });
    expect(upstream.requests).toHaveLength(requests);
  });
});

test('a form of the answer, a verbosity and a strict tool are asked of the model behind a name', async () => {
  failing = [];
  await route('shaped', [NANO]);
  const schema = { type: 'object', properties: {}, required: [], additionalProperties: false };
  const heard = await answeredFor('shaped', {
    text: {
      format: { type: 'json_schema', name: 'shape', schema, strict: true },
      verbosity: 'low',
    },
    tools: [{ type: 'function', name: 'look', parameters: schema, strict: true }],
  });
  expect(heard).toMatchObject({
    verbosity: 'low',
    response_format: { type: 'json_schema', json_schema: { name: 'shape', strict: true } },
    tools: [{ function: { name: 'look', strict: true } }],
  });
});

test('a name that is nobody stays unknown, whatever is wished', async () => {
  const answer = await ask('nobody-at-all', { reasoning: { effort: 'low' } });
  expect(answer.status).toBe(404);
});
