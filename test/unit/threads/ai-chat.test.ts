import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer, chatPage, LOOK, said, type Said } from '../../support/chat-page.ts';
import { bodyOf } from '../../support/chat-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

const openChat = async () => await chatPage(upstream);

describe('a turn of a page finds its place by the ids that the page names', () => {
  test('a message sent under an id that was said before is an edit of that message, once', async () => {
    const { chat, shown } = await openChat();
    const first = await chat([said('u1', 'my name is Ada')]);
    const edit = [said('u1', 'my name is Zora')];
    const edited = await chat(edit, { messageId: 'u1' });
    expect(edited.asked).toContain('Zora');
    expect(edited.asked).not.toContain('Ada');
    const again = await chat(edit, { messageId: 'u1' });
    expect([again.text, again.calls]).toEqual([edited.text, 0]);
    expect((await shown(first.thread)).map(([seq]) => seq)).toEqual([3, 4]);
    const back = await chat([said('u1', 'my name is Ada')], { messageId: 'u1' });
    expect([back.calls, (await shown(first.thread)).map(([seq]) => seq)]).toEqual([1, [5, 6]]);
  });

  test('an edit in mid-history, by the id of the page or of the row, leaves what came before alone', async () => {
    const { chat, shown } = await openChat();
    const one = await chat([said('u1', 'first')]);
    const two = await chat([said('u1', 'first'), answer(one.id), said('u2', 'second')]);
    await chat([
      said('u1', 'first'),
      answer(one.id),
      said('u2', 'second'),
      answer(two.id),
      said('u3', 'third'),
    ]);
    const edited = await chat([said('u1', 'first'), answer(one.id), said('u2', 'other')], {
      messageId: 'u2',
    });
    expect(edited.asked).toMatch(/first.*other/);
    expect(edited.asked).not.toMatch(/second|third/);
    expect((await shown(one.thread)).map(([seq]) => seq)).toEqual([1, 2, 7, 8]);
    const row = edited.id.replace(/_\d+$/, '_1');
    await chat([said(row, 'loaded again')], { messageId: row });
    expect((await shown(one.thread)).map(([seq]) => seq)).toEqual([9, 10]);
  });

  test('a page that ends before its thread does is refused: another tab may have gone on', async () => {
    const { chat, shown } = await openChat();
    const one = await chat([said('u1', 'first')]);
    await chat([said('u1', 'first'), answer(one.id), said('u2', 'second')]);
    const stale = [said('u1', 'first'), answer(one.id), said('u3', 'third')];
    await expect(chat(stale)).rejects.toMatchObject({ code: 'thread_moved', status: 409 });
    expect((await shown(one.thread)).map(([seq]) => seq)).toEqual([1, 2, 3, 4]);
  });

  test('a page that was cut back to a branch goes on from there, by the message that it names', async () => {
    const { chat, shown } = await openChat();
    const one = await chat([said('u1', 'first')]);
    await chat([said('u1', 'first'), answer(one.id), said('u2', 'second')]);
    const branch = await chat([said('u1', 'first'), answer(one.id), said('u9', 'other')], {
      messageId: 'u2',
    });
    expect(branch.asked).not.toContain('second');
    expect((await shown(one.thread)).map(([seq]) => seq)).toEqual([1, 2, 5, 6]);
    const again = await chat([said('u1', 'first'), answer(one.id), said('u9', 'other')], {
      messageId: 'u2',
    });
    expect([again.text, again.calls]).toEqual([branch.text, 0]);
  });

  test('a page that ends on what an edit replaced is told so, and nothing is written', async () => {
    const { chat, shown } = await openChat();
    const one = await chat([said('u1', 'first')]);
    await chat([said('u1', 'other')], { messageId: 'u1' });
    await expect(
      chat([said('u1', 'first'), answer(one.id), said('u2', 'on')]),
    ).rejects.toMatchObject({ code: 'conflict' });
    expect(await shown(one.thread)).toHaveLength(2);
  });

  test('only the last message of a page, and a page of ids that nobody knows, go on behind everything', async () => {
    const { chat, shown } = await openChat();
    const one = await chat([said('u1', 'first')]);
    await chat([said('u2', 'second')]);
    await chat([said('x1', 'first'), answer('x2'), said('x3', 'third')]);
    expect((await shown(one.thread)).map(([seq]) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('another answer is asked for by the answer that is named, not by the latest', async () => {
    const { chat, shown } = await openChat();
    const one = await chat([said('u1', 'first')]);
    await chat([said('u1', 'first'), answer(one.id), said('u2', 'second')]);
    const wish = { trigger: 'regenerate-message', messageId: one.id };
    const other = await chat([said('u1', 'first')], wish);
    expect(other.asked).not.toContain('second');
    expect((await shown(one.thread)).map(([seq]) => seq)).toEqual([1, 5]);
    const again = await chat([said('u1', 'first')], wish);
    expect([again.text, again.calls]).toEqual([other.text, 0]);
    const unnamed = await chat([said('u1', 'first')], { trigger: 'regenerate-message' });
    expect([unnamed.calls, (await shown(one.thread)).map(([seq]) => seq)]).toEqual([1, [1, 6]]);
  });

  test('another answer under one request id is one answer', async () => {
    const { chat } = await openChat();
    await chat([said('u1', 'first')]);
    const wish = { trigger: 'regenerate-message', request_id: 'once more' };
    const other = await chat([said('u1', 'first')], wish);
    const again = await chat([said('u1', 'first')], wish);
    expect([other.calls, again.text, again.calls]).toEqual([1, other.text, 0]);
  });
});

test('a page finds its messages by its own ids where its requests have names of their own', async () => {
  const named = (id: string) => ({ request_id: id });
  const { chat, shown } = await openChat();
  const one = await chat([said('u1', 'first')], named('k1'));
  const two = [said('u1', 'first'), answer(one.id), said('u2', 'second')];
  await chat(two, named('k2'));
  const edit = [said('u1', 'first'), answer(one.id), said('u2', 'other')];
  const edited = await chat(edit, { ...named('k3'), messageId: 'u2' });
  expect(edited.asked).toMatch(/first.*other/);
  expect(edited.asked).not.toContain('second');
  expect((await shown(one.thread)).map(([seq]) => seq)).toEqual([1, 2, 5, 6]);
  const again = await chat(edit, { ...named('k3'), messageId: 'u2' });
  expect([again.text, again.calls]).toEqual([edited.text, 0]);
  await chat(edit.slice(0, 1), { ...named('k4'), trigger: 'regenerate-message' });
  expect((await shown(one.thread)).map(([seq]) => seq)).toEqual([1, 7]);
});

describe('a run that waits for somebody', () => {
  test.each([
    ['a new message', [said('u2', 'never mind')], {}],
    ['an edit', [said('u1', 'never mind')], { messageId: 'u1' }],
    ['another answer', [said('u1', 'look')], { trigger: 'regenerate-message', tools: undefined }],
  ])('is ended for %s, which is answered at once', async (_kind, messages, fields) => {
    const { chat, deps } = await openChat();
    const waiting = await chat([said('u1', 'look')], { tools: LOOK });
    expect(waiting.text).toContain('tool-input-available');
    const next = await chat(messages, fields);
    expect(next.text).toContain('word4');
    const place = { projectId: 'project_default', endUserId: null, threadId: waiting.thread };
    expect(await deps.store.run({ ...place, seq: 2 })).toMatchObject({ status: 'cancelled' });
  });

  test('is ended for a message that came before the wait began', async () => {
    const { ask, deps } = await openChat();
    const post = async (id: string, text: string) =>
      await ask('POST /v1/ai/chat', {
        id: 'a chat',
        model: 'gpt-4o-mini',
        max_tokens: 100,
        tools: LOOK,
        messages: [said(id, text)],
      });
    const first = await post('u1', 'look');
    // The first is at work, and does not wait yet.
    const second = await post('u2', 'never mind');
    expect(await bodyOf(first)).toContain('tool-input-available');
    expect(await bodyOf(second)).toContain('word4');
    const threadId = first.headers?.['x-sluice-thread-id'] ?? '';
    const place = { projectId: 'project_default', endUserId: null, threadId };
    expect(await deps.store.run({ ...place, seq: 2 })).toMatchObject({ status: 'cancelled' });
  });

  test('is waited for where the page asks for that', async () => {
    const { chat, deps } = await openChat();
    const waiting = await chat([said('u1', 'look')], { tools: LOOK });
    await expect(chat([said('u2', 'never mind')], { concurrency: 'reject' })).rejects.toMatchObject(
      { code: 'thread_busy' },
    );
    const place = { projectId: 'project_default', endUserId: null, threadId: waiting.thread };
    expect(await deps.store.run({ ...place, seq: 2 })).toMatchObject({ status: 'requires_action' });
  });
});

describe('a new chat', () => {
  const earlier: readonly Said[] = [
    { id: 's', role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
    said('u1', 'where is the door'),
    {
      id: 'a1',
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'hm' },
        { type: 'step-start' },
        {
          type: 'tool-look',
          toolCallId: 'c1',
          state: 'output-available',
          input: { at: 1 },
          output: { seen: 'a door' },
        },
        { type: 'text', text: 'To the left.' },
      ],
    },
    { id: 'u2', role: 'user', parts: [{ type: 'file', mediaType: 'image/png', url: 'blob:1' }] },
  ];

  test('takes what its page says before the first turn as its history', async () => {
    const { chat, shown } = await openChat();
    const first = await chat([...earlier, said('u3', 'and now')]);
    expect(first.asked).toBe(
      JSON.stringify([
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'where is the door' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: '{"seen":"a door"}' },
        { role: 'assistant', content: 'To the left.' },
        {
          role: 'user',
          content: '[file left out: it is not one that a model reads]\n\nand now',
        },
      ]),
    );
    const again = await chat([...earlier, said('u3', 'and now')]);
    expect([again.text, again.calls]).toEqual([first.text, 0]);
    const edited = await chat([said('u1', 'other words')], { messageId: 'u1' });
    expect(edited.asked).not.toContain('door');
    expect((await shown(first.thread)).at(-1)?.[0]).toBe(10);
  });

  test('takes more than one transaction holds', async () => {
    const { chat, shown } = await openChat();
    const many = Array.from({ length: 250 }, (_, at) => said(`m${at}`, `line ${at}`));
    const { asked, thread } = await chat([...many, said('last', 'and now')]);
    expect(asked).toContain('line 0');
    expect(asked).toContain('line 249');
    expect(await shown(thread)).toHaveLength(50);
  });

  test('refuses a message that says nothing', async () => {
    const { chat } = await openChat();
    await expect(chat([said('u1', ' \n')])).rejects.toMatchObject({
      status: 400,
      facts: { param: 'content' },
    });
  });

  test('takes the fields of the transport of assistant-ui', async () => {
    const { chat } = await openChat();
    const fields = { model: undefined, config: { modelName: 'gpt-4o-mini' }, system: 'Be kind.' };
    await chat([said('u1', 'hello')], { ...fields, tools: {}, callSettings: { temperature: 0.5 } });
    expect(upstream.bodies.at(-1)).toMatchObject({ temperature: 0.5 });
    expect(upstream.bodies.at(-1)).not.toHaveProperty('tools');
    const tools = { look: { description: 'Looks', parameters: { type: 'object' } } };
    const called = await chat([said('u2', 'look')], { ...fields, tools });
    expect(called.text).toContain('"toolName":"look"');
  });
});
