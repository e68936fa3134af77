import OpenAI from 'openai';
import type { ResponseInputItem } from 'openai/resources/responses/responses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployedStage, laptopTest } from '../support/deployed-stage.ts';
import { ownE2e } from '../support/e2e.ts';
import { all, MODEL, openaiClient, WORDS } from '../support/openai-client.ts';
import { eventually } from '../support/stack.ts';
import * as z from 'zod';

const CLAUDE = 'claude-haiku-4-5';
const e2e = ownE2e((upstreamUrl): Readonly<Record<string, string>> => {
  if (deployedStage !== null) return {};
  return {
    ANTHROPIC_BASE_URL: upstreamUrl.replace(/\/v1$/, ''),
    ANTHROPIC_API_KEY: 'sk-upstream',
  };
});
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());
const ada = async () => await openaiClient(e2e);

const usage = z.looseObject({
  by_feature: z.array(z.looseObject({ feature: z.string().nullable(), cost_micros: z.number() })),
});
const toldLast = (): string => JSON.stringify(e2e.upstream.bodies.at(-1)?.['messages']);
/** What a client sends back: the SDK's own way, the output as the next input. */
const asInput = (output: OpenAI.Responses.CompactedResponse['output']) =>
  z.array(z.custom<ResponseInputItem>((item) => typeof item === 'object')).parse(output);
const SUMMARY = String.raw`<conversation_summary>\nword0 word1 word2 word3 word4\n</conversation_summary>`;

describe('a conversation that is compacted', () => {
  test('is the words of the user and one compaction, paid by its own key', async () => {
    const { openai, secret } = await ada();
    const compacted = await openai.responses.compact({
      model: MODEL,
      instructions: 'Mind the door.',
      input: [
        { role: 'developer', content: 'Be short.' },
        { role: 'user', content: 'what is there' },
        { type: 'function_call', call_id: 'c1', name: 'peek', arguments: '{"at":1}' },
        { type: 'function_call_output', call_id: 'c1', output: 'a door' },
        { role: 'assistant', content: 'There is a door.' },
        { role: 'user', content: 'what colour' },
      ],
    });
    expect(compacted).toMatchObject({
      object: 'response.compaction',
      output: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'what is there' }] },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'what colour' }] },
        { type: 'compaction', encrypted_content: expect.any(String) },
      ],
      usage: { input_tokens: 9, output_tokens: 20, total_tokens: 29 },
    });
    expect(toldLast()).toContain('assistant calls peek');
    expect(toldLast()).toContain('result: a door');
    expect(toldLast()).toContain('Mind the door.');
    expect(await e2e.own(secret)).toMatchObject({ held_micros: 0 });
    await eventually(async () => {
      const answer = await e2e.api('GET', '/v1/usage?group_by=feature', secret);
      const rows = usage.parse(await answer.json()).by_feature;
      expect(rows).toMatchObject([{ feature: 'response-compaction', cost_micros: 14 }]);
    });
  });

  const goOn = async (model: string): Promise<void> => {
    const { openai } = await ada();
    const { output } = await openai.responses.compact({ model: MODEL, input: 'first' });
    await openai.responses.create({
      model,
      input: [...asInput(output), { role: 'user', content: 'and now' }],
    });
    for (const words of ['first', SUMMARY, 'and now']) expect(toldLast()).toContain(words);
    expect(toldLast().indexOf(SUMMARY)).toBeLessThan(toldLast().indexOf('and now'));
  };
  test('goes on, and its model is told the summary', async () => await goOn(MODEL));
  laptopTest(
    'goes on with a model of the other family, which is told the summary',
    'an emulated stage has one provider',
    async () => await goOn(CLAUDE),
  );

  test('is what a response ended, and writes nothing', async () => {
    const { openai, threads } = await ada();
    const { id } = await openai.responses.create({ model: MODEL, input: 'the first' });
    const before = await (await threads.api('GET', '/v1/threads')).text();
    const compacted = await openai.responses.compact({
      model: MODEL,
      previous_response_id: id,
      input: 'the second',
    });
    expect(toldLast()).toContain(
      String.raw`user: the first\nassistant: ${WORDS}\nuser: the second`,
    );
    expect(compacted.output).toMatchObject([
      { content: [{ text: 'the first' }] },
      { content: [{ text: 'the second' }] },
      { type: 'compaction' },
    ]);
    expect(await (await threads.api('GET', '/v1/threads')).text()).toBe(before);
    await expect(openai.responses.retrieve(compacted.id)).rejects.toMatchObject({ status: 404 });
    const again = await openai.responses.compact({
      model: MODEL,
      input: asInput(compacted.output),
    });
    expect(again.output).toHaveLength(3);
    expect(toldLast()).toContain(SUMMARY);
  });

  test('is known in a conversation, as the compaction that it is', async () => {
    const { openai } = await ada();
    const { output } = await openai.responses.compact({ model: MODEL, input: 'first' });
    const { id } = await openai.conversations.create({});
    await openai.conversations.items.create(id, { items: asInput(output) });
    const items = await all(openai.conversations.items.list(id, { order: 'asc' }));
    const { encrypted_content } = z
      .looseObject({ encrypted_content: z.string() })
      .parse(output.at(-1));
    const compaction = { type: 'compaction', encrypted_content };
    expect(items).toMatchObject([{ type: 'message', role: 'user' }, compaction]);
    const itemId = z.looseObject({ id: z.string() }).parse(items[1]).id;
    const one = await openai.conversations.items.retrieve(itemId, { conversation_id: id });
    expect(one).toEqual({ ...compaction, id: expect.stringMatching(/^cmp_/) });
    const answer = await openai.responses.create({
      model: MODEL,
      conversation: id,
      input: 'and now',
    });
    const told = await all(openai.responses.inputItems.list(answer.id, { order: 'asc' }));
    expect(told).toMatchObject([{ role: 'user' }, compaction, { role: 'user' }]);
    for (const words of ['first', SUMMARY, 'and now']) expect(toldLast()).toContain(words);
  });

  test('is the same one for a request that is sent again, and is paid once', async () => {
    const { secret } = await ada();
    const compact = async (input: string) => {
      const headers = {
        authorization: `Bearer ${secret}`,
        'content-type': 'application/json',
        'idempotency-key': 'once',
      };
      const body = JSON.stringify({ model: MODEL, input });
      const url = `${e2e.stack.baseUrl}/v1/responses/compact`;
      const answer = await fetch(url, { method: 'POST', headers, body });
      const read: unknown = await answer.json();
      return { status: answer.status, body: read };
    };
    const calls = e2e.upstream.bodies.length;
    const both = await Promise.all([compact('first'), compact('first')]);
    const again = await compact('first');
    for (const answer of both) expect(answer).toEqual(again);
    expect(again).toMatchObject({ status: 200, body: { object: 'response.compaction' } });
    expect(e2e.upstream.bodies).toHaveLength(calls + 1);
    expect(await compact('second')).toMatchObject({
      status: 409,
      body: { error: { code: 'request_id_reused' } },
    });
    expect(await e2e.own(secret)).toMatchObject({ spent_micros: 14, held_micros: 0 });
  });

  test('may have more turns than one request writes', async () => {
    const { openai } = await ada();
    const input = Array.from({ length: 300 }, (_, index) => ({
      role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content: `turn ${index}`,
    }));
    const { output } = await openai.responses.compact({ model: MODEL, input });
    expect(output).toHaveLength(151);
    const next = await openai.responses.create({ model: MODEL, input: asInput(output) });
    expect(next.output_text).toBe(WORDS);
  });
});

describe('what is not compacted', () => {
  test.each([
    [{}, 400, 'input'],
    [{ input: [] }, 400, 'input'],
    [{ input: ' ' }, 400, 'input'],
    [{ input: null, previous_response_id: null }, 400, 'input'],
    [
      { input: [{ type: 'compaction', encrypted_content: 'gAAAA' }] },
      400,
      'input.0.encrypted_content',
    ],
    [{ input: [{ type: 'compaction' }] }, 400, 'input.0.encrypted_content'],
    [{ input: 'hi', image: {} }, 400, 'image'],
    [{ input: 'hi', stream: true }, 400, 'stream'],
    [{ input: 'x'.repeat(300_000) }, 400, 'input'],
    [
      { input: Array.from({ length: 15 }, () => ({ role: 'user', content: 'x'.repeat(250_000) })) },
      413,
      'input',
    ],
  ])('%# answers in OpenAI’s shape', async (fields, status, param) => {
    const { secret } = await ada();
    const body = { model: MODEL, ...fields };
    const before = e2e.upstream.bodies.length;
    const answer = await e2e.api('POST', '/v1/responses/compact', secret, body);
    expect([answer.status, await answer.json()]).toMatchObject([status, { error: { param } }]);
    expect(e2e.upstream.bodies).toHaveLength(before);
  });

  test('a compaction that was changed is refused wherever it is sent', async () => {
    const { openai, secret } = await ada();
    const items = [{ type: 'compaction', encrypted_content: 'cmp1.aGk.AAAAAAAAAAAAAAAA' }];
    const { id } = await openai.conversations.create({});
    for (const [path, body, param] of [
      ['/v1/responses', { model: MODEL, input: items }, 'input.0.encrypted_content'],
      [`/v1/conversations/${id}/items`, { items }, 'items.0.encrypted_content'],
    ] as const) {
      const answer = await e2e.api('POST', path, secret, body);
      expect([answer.status, await answer.json()]).toMatchObject([400, { error: { param } }]);
    }
  });

  test("somebody else's response answers the same 400 as none", async () => {
    const { openai } = await ada();
    const eve = await openaiClient(e2e, { user_id: 'eve' });
    const { id } = await openai.responses.create({ model: MODEL, input: 'mine' });
    const bodies = [];
    for (const previous_response_id of [id, `resp_${'0'.repeat(20)}_2`, 'nonsense']) {
      const body = { model: MODEL, input: 'x', previous_response_id };
      const answer = await e2e.api('POST', '/v1/responses/compact', eve.secret, body);
      expect(answer.status).toBe(400);
      const text = await answer.text();
      expect(text).toContain('previous_response_not_found');
      bodies.push(text.replace(/req_\w+/, '').replace(previous_response_id, ''));
    }
    expect(new Set(bodies).size).toBe(1);
  });

  test('a conversation whose key has no money is a 402, and no model is asked', async () => {
    const { openai } = await openaiClient(e2e, { user_id: 'poor', max_spend_usd: 0.00001 });
    const before = e2e.upstream.bodies.length;
    await expect(openai.responses.compact({ model: MODEL, input: 'hi' })).rejects.toMatchObject({
      status: 402,
      type: 'billing_error',
    });
    expect(e2e.upstream.bodies).toHaveLength(before);
  });

  test('one whose summary broke off is a 502, and its money is not held', async () => {
    const { openai, secret } = await ada();
    const broken = openai.responses.compact({ model: MODEL, input: 'cut' });
    await expect(broken).rejects.toMatchObject({ status: 502 });
    expect(await e2e.own(secret)).toMatchObject({ held_micros: 0 });
  });
});
