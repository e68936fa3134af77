import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedE2e } from '../support/e2e.ts';
import {
  all,
  conversationOfResponse,
  MODEL,
  openaiClient,
  STREAMED,
  threadOfResponse,
  toldLast,
  WORDS,
} from '../support/openai-client.ts';
import { agentResponseTests } from './responses-agents.ts';
import { backgroundResponseTests } from './responses-background.ts';
import { refusedResponseTests } from './responses-refused.ts';
import { responseTurnTests } from './responses-turns.ts';
import { BARE, said } from '../support/bare-response.ts';
import { textOfRow } from '../support/thread-client.ts';

const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());
const ada = async () => await openaiClient(e2e);
backgroundResponseTests(e2e);
refusedResponseTests(e2e);
agentResponseTests(e2e);
responseTurnTests(e2e);

describe('a response', () => {
  test('is made whole or streamed with the same words, and is there again by its id', async () => {
    const { openai } = await ada();
    const metadata = { feature: 'chat' };
    const whole = await openai.responses.create({ model: MODEL, input: 'hello', metadata });
    expect(whole).toEqual({ ...BARE, metadata, output: [said(WORDS)], output_text: WORDS });
    expect(toldLast(e2e)).toEqual({ ...STREAMED, messages: [{ role: 'user', content: 'hello' }] });
    expect(await openai.responses.retrieve(whole.id)).toEqual(whole);
    const final = await openai.responses.stream({ model: MODEL, input: 'hello' }).finalResponse();
    expect(final.output_text).toBe(WORDS);
    expect((await openai.responses.retrieve(final.id)).output).toEqual(
      whole.output.map((item) => ({ ...item, id: final.output[0]?.id })),
    );
  });

  test('is the message of history: same words, same id', async () => {
    const { openai, threads } = await ada();
    const { id, output_text, output } = await openai.responses.create({
      model: MODEL,
      input: 'hi',
    });
    const { data } = await threads.messages(threadOfResponse(id));
    expect(data.map(textOfRow)).toEqual(['hi', output_text]);
    const items = await openai.conversations.items.retrieve(String(output[0]?.id), {
      conversation_id: conversationOfResponse(id),
    });
    expect(items).toEqual(output[0]);
  });

  test('goes on from the one before it, whose instructions it does not inherit', async () => {
    const { openai } = await ada();
    const first = await openai.responses.create({
      model: MODEL,
      input: 'first',
      instructions: 'Be kind.',
    });
    const next = { model: MODEL, previous_response_id: first.id };
    const second = await openai.responses.create({ ...next, input: 'second' });
    expect(toldLast(e2e)).toEqual({
      ...STREAMED,
      messages: [
        { role: 'user', content: 'first' },
        { role: 'assistant', content: WORDS },
        { role: 'user', content: 'second' },
      ],
    });
    expect(second).toEqual({
      ...BARE,
      id: expect.stringMatching(/^resp_\w{20}_4$/),
      previous_response_id: first.id,
      output: [{ ...said(WORDS), id: expect.stringMatching(/^msg_\w{20}_4_0_0$/) }],
      output_text: WORDS,
    });
    expect(threadOfResponse(second.id)).toBe(threadOfResponse(first.id));
    const items = await all(
      openai.responses.inputItems.list(second.id, { limit: 1, order: 'asc' }),
    );
    expect(items.map((item) => ('role' in item ? item.role : item.type))).toEqual([
      'user',
      'assistant',
      'user',
    ]);
  });

  test('that is not the latest is gone on from beside it, and of two at once one is', async () => {
    const { openai } = await ada();
    const first = await openai.responses.create({ model: MODEL, input: 'first' });
    const next = { model: MODEL, previous_response_id: first.id };
    const both = await Promise.all(
      ['left', 'right'].map(async (input) => await openai.responses.create({ ...next, input })),
    );
    const threads = both.map(({ id }) => threadOfResponse(id));
    expect(new Set(threads).size).toBe(2);
    expect(threads).toContain(threadOfResponse(first.id));
    const third = await openai.responses.create({ ...next, input: 'third', store: false });
    expect(third.output_text).toBe(WORDS);
    expect(toldLast(e2e)['messages']).toEqual([
      { role: 'user', content: 'first' },
      { role: 'assistant', content: WORDS },
      { role: 'user', content: 'third' },
    ]);
    const headers = { 'idempotency-key': 'k3' };
    const again = async () =>
      await openai.responses.create({ ...next, input: 'again' }, { headers });
    expect((await again()).id).toBe((await again()).id);
  });

  test('sent again with its key is the same response; with other words it is refused', async () => {
    const { openai } = await ada();
    const ask = async (input: string) =>
      await openai.responses.create(
        { model: MODEL, input },
        { headers: { 'idempotency-key': 'k1' } },
      );
    const once = await ask('once');
    expect(await ask('once')).toEqual(once);
    await expect(ask('other')).rejects.toMatchObject({ status: 409, code: 'request_id_reused' });
  });

  test('that shall not be stored is in no list and under no id, and its request sent again finds it', async () => {
    const { openai, threads } = await ada();
    const ask = async () =>
      await openai.responses.create(
        { model: MODEL, input: 'secret', store: false },
        { headers: { 'idempotency-key': 'k2' } },
      );
    const said = await ask();
    expect(said).toMatchObject({ output_text: WORDS, store: false });
    expect(await ask()).toEqual(said);
    await expect(openai.responses.retrieve(said.id)).rejects.toMatchObject({ status: 404 });
    const next = { model: MODEL, input: 'x', previous_response_id: said.id };
    await expect(openai.responses.create(next)).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    });
    const listed = await (await threads.api('GET', '/v1/threads')).text();
    expect(listed).not.toContain(threadOfResponse(said.id));
  });

  test('is deleted, and with a lone one goes its thread', async () => {
    const { openai, threads } = await ada();
    const first = await openai.responses.create({ model: MODEL, input: 'one' });
    const next = { model: MODEL, previous_response_id: first.id };
    const second = await openai.responses.create({ ...next, input: 'two' });
    await openai.responses.delete(first.id);
    await expect(openai.responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 });
    expect((await openai.responses.retrieve(second.id)).output_text).toBe(WORDS);
    const lone = await openai.responses.create({ model: MODEL, input: 'one' });
    await openai.responses.delete(lone.id);
    const thread = await threads.api('GET', `/v1/threads/${threadOfResponse(lone.id)}`);
    expect(thread.status).toBe(404);
  });

  test('that fails says so, and keeps what it said', async () => {
    const { openai } = await ada();
    const failed = await openai.responses.create({ model: MODEL, input: 'cut' });
    expect(failed).toMatchObject({
      status: 'failed',
      error: { code: expect.any(String) },
      output: [{ status: 'incomplete' }],
    });
    expect(failed.output_text).toContain('word0');
  });
});

describe('the input of a response is counted', () => {
  test('by itself, and with what it goes on from', async () => {
    const { openai } = await ada();
    const alone = await openai.responses.inputTokens.count({ model: MODEL, input: 'a few words' });
    expect(alone).toMatchObject({ object: 'response.input_tokens' });
    expect(alone.input_tokens).toBeGreaterThan(3);
    const { id } = await openai.responses.create({ model: MODEL, input: 'many '.repeat(200) });
    const next = { model: MODEL, input: 'a few words', previous_response_id: id };
    const more = await openai.responses.inputTokens.count(next);
    expect(more.input_tokens).toBeGreaterThan(alone.input_tokens + 200);
    await expect(
      openai.responses.inputTokens.count({ model: 'nobody', input: 'x' }),
    ).rejects.toMatchObject({ status: 404 });
  });
});
