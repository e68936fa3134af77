import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedE2e } from '../support/e2e.ts';
import { all, MODEL, openaiClient, STREAMED, toldLast, WORDS } from '../support/openai-client.ts';

const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());
const ada = async () => await openaiClient(e2e);
const say = (content: string) => ({ role: 'user', content }) as const;

describe('a conversation', () => {
  test('is made with items, read, given other metadata, and deleted', async () => {
    const { openai } = await ada();
    const made = await openai.conversations.create({
      metadata: { plan: 'free', topic: 'a' },
      items: [say('one'), say('two')],
    });
    expect(made).toMatchObject({ object: 'conversation', metadata: { plan: 'free', topic: 'a' } });
    expect(await openai.conversations.retrieve(made.id)).toEqual(made);
    const updated = await openai.conversations.update(made.id, { metadata: { topic: 'b' } });
    expect(updated).toEqual({ ...made, metadata: { topic: 'b' } });
    expect(await openai.conversations.delete(made.id)).toEqual({
      id: made.id,
      object: 'conversation.deleted',
      deleted: true,
    });
    await expect(openai.conversations.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
  });

  test('keeps what its responses say, under the ids that they said it with', async () => {
    const { openai } = await ada();
    const { id } = await openai.conversations.create({ items: [say('before')] });
    const first = await openai.responses.create({ model: MODEL, conversation: id, input: 'one' });
    const second = await openai.responses.create({
      model: MODEL,
      conversation: { id },
      input: 'two',
    });
    expect(first.conversation).toEqual({ id });
    expect(toldLast(e2e)).toEqual({
      ...STREAMED,
      messages: [
        { role: 'user', content: 'before\n\none' },
        { role: 'assistant', content: WORDS },
        { role: 'user', content: 'two' },
      ],
    });
    const items = await all(openai.conversations.items.list(id, { order: 'asc', limit: 2 }));
    expect(items.map((item) => ('role' in item ? item.role : item.type))).toEqual([
      'user',
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
    expect([items[2], items[4]]).toEqual([first.output[0], second.output[0]]);
    const backwards = await all(openai.conversations.items.list(id, { limit: 2 }));
    expect(backwards.toReversed()).toEqual(items);
    for (const item of items)
      expect(
        await openai.conversations.items.retrieve(String(item.id), { conversation_id: id }),
      ).toEqual(item);
  });

  test('takes items, once for one key', async () => {
    const { openai } = await ada();
    const { id } = await openai.conversations.create({});
    const headers = { 'idempotency-key': 'k1' };
    const items = [
      say('look'),
      { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' } as const,
      { type: 'function_call_output', call_id: 'c1', output: 'a door' } as const,
    ];
    const made = await openai.conversations.items.create(id, { items }, { headers });
    expect(made.data).toHaveLength(3);
    expect(await openai.conversations.items.create(id, { items }, { headers })).toEqual(made);
    await expect(
      openai.conversations.items.create(id, { items: [say('other')] }, { headers }),
    ).rejects.toMatchObject({ status: 409 });
    expect(await all(openai.conversations.items.list(id))).toHaveLength(3);
  });

  test('forgets a deleted item, and tells no model half of a call', async () => {
    const { openai, threads } = await ada();
    const { id } = await openai.conversations.create({
      items: [
        say('keep'),
        { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: 'a door' },
        say('forget'),
      ],
    });
    const items = await all(openai.conversations.items.list(id, { order: 'asc' }));
    const remove = async (place: number) =>
      await openai.conversations.items.delete(String(items[place]?.id), { conversation_id: id });
    expect(await remove(1)).toMatchObject({ id, object: 'conversation' });
    await remove(3);
    const left = await all(openai.conversations.items.list(id, { order: 'asc' }));
    expect(left).toEqual([items[0], items[2]]);
    await expect(remove(3)).rejects.toMatchObject({ status: 404 });
    await openai.responses.create({ model: MODEL, conversation: id, input: 'well?' });
    expect(e2e.upstream.bodies.at(-1)).toMatchObject({
      messages: [{ role: 'user', content: 'keep\n\nwell?' }],
    });
    const { data } = await threads.messages(id.replace('conv_', 'thread_'));
    expect(JSON.stringify(data)).not.toContain('forget');
  });
});
