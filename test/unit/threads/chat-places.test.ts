import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toolOutcome } from '../../../lambdas/threads/tools/domain/tool-outcome.ts';
import { answer, chatPage, LOOK, said } from '../../support/chat-page.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

const openChat = async () => await chatPage(upstream);
type Page = Awaited<ReturnType<typeof openChat>>;
const REFUSED = { model: 'no-such-model' };

describe('what a page says behind the last message that the thread knows is taken in', () => {
  test('a message whose turn was refused stands before the next one', async () => {
    const { chat, shown } = await openChat();
    const one = await chat([said('u1', 'first')]);
    const page = [said('u1', 'first'), answer(one.id), said('u2', 'my name is Ada')];
    await expect(chat(page, REFUSED)).rejects.toMatchObject({ status: 404 });
    const three = await chat([...page, said('u3', 'and now')]);
    expect(three.asked).toMatch(/first.*my name is Ada.*and now/);
    expect((await shown(one.thread)).map(([seq]) => seq)).toEqual([1, 2, 3, 4, 5]);
    const again = await chat([...page, said('u3', 'and now')]);
    expect([again.text, again.calls]).toEqual([three.text, 0]);
  });

  test('what a page says under one id before each of its messages is told each time', async () => {
    const { chat } = await openChat();
    const context = (text: string) => ({ ...said('context', text), role: 'system' as const });
    const one = await chat([context('it rains'), said('u1', 'first')]);
    const list = [said('u1', 'first'), answer(one.id)];
    for (let at = 2; at < 5; at++) {
      const page = [...list, context(`it rains ${at}`), said(`u${at}`, `question ${at}`)];
      const { id, asked } = await chat(page);
      expect(asked).toMatch(new RegExp(`it rains ${at}.*question ${at}`));
      list.push(said(`u${at}`, `question ${at}`), answer(id));
    }
    const own = Array.from({ length: 5 }, (_, at) => ({ ...answer(`own${at}`) }));
    const late = [...list.slice(0, 7), ...own, context('it snows'), said('u9', 'and now')];
    expect((await chat(late)).asked).toMatch(/question 4.*it snows.*and now/);
  });

  test('an answer that the page knows by an id of its own is not said twice', async () => {
    const { chat, shown } = await openChat();
    const one = await chat([said('u1', 'first')]);
    await chat([said('u1', 'first'), answer('its own'), said('u2', 'second')]);
    expect(await shown(one.thread)).toHaveLength(4);
  });

  test('a history of more than one transaction is whole when its turn is sent again', async () => {
    const { chat, deps } = await openChat();
    const many = Array.from({ length: 250 }, (_, at) => said(`m${at}`, `line ${at};`));
    const page = [...many, said('last', 'and now')];
    await expect(chat(page, REFUSED)).rejects.toMatchObject({ status: 404 });
    const { asked, thread } = await chat(page);
    const lines = [...(asked ?? '').matchAll(/line (\d+);/g)].map(([, at]) => Number(at));
    expect(lines).toEqual(many.map((_, at) => at));
    const place = { projectId: 'project_default', endUserId: null, threadId: thread };
    expect(await deps.store.get(place)).toMatchObject({ lastSeq: 252 });
  });
});

describe('a turn that comes while another finds its place', () => {
  /** Somebody posts once, before the transaction of the next turn. */
  const meanwhile = ({ deps }: Page, post: () => Promise<unknown>): void => {
    const { store } = deps;
    let isFirst = true;
    const openTurn: typeof store.openTurn = async (turn) => {
      if (isFirst) {
        isFirst = false;
        await post();
      }
      return await store.openTurn(turn);
    };
    Object.assign(deps, { store: { ...store, openTurn } });
  };

  test.each([
    ['a new message', [said('u3', 'third')], null],
    ['an edit', [said('u2', 'other')], 'u2'],
    ['a list that was cut', [said('u4', 'other')], 'u2'],
  ])('of another page is never replaced by %s', async (_kind, last, messageId) => {
    const page = await openChat();
    const one = await page.chat([said('u1', 'first')]);
    const before = [said('u1', 'first'), answer(one.id)];
    if (messageId !== null) await page.chat([...before, said('u2', 'second')]);
    meanwhile(page, async () => await page.chat([said('v1', 'from another tab')]));
    await expect(page.chat([...before, ...last], { messageId })).rejects.toMatchObject({
      code: 'thread_moved',
    });
    expect(JSON.stringify(await page.shown(one.thread))).toContain('from another tab');
  });

  test('of the same page is gone on from', async () => {
    const page = await openChat();
    const one = await page.chat([said('u1', 'first')]);
    const two = [said('u1', 'first'), answer(one.id), said('u2', 'second')];
    meanwhile(page, async () => await page.chat(two));
    const { asked } = await page.chat([...two, said('u3', 'third')]);
    expect(asked).toMatch(/first.*second.*third/);
    expect((await page.shown(one.thread)).map(([seq]) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('a page whose list is all that it shows', () => {
  const cut = async (fields: object) => {
    const { chat, shown } = await openChat();
    const one = await chat([said('u1', 'first')]);
    await chat([said('u1', 'first'), answer(one.id), said('u2', 'second')]);
    const edit = [said('u1', 'first'), answer(one.id), said('u9', 'other')];
    return { chat, edit, asking: chat(edit, fields), shown: async () => await shown(one.thread) };
  };

  test.each([
    ['says so', { replace_rest: true }],
    ['is of assistant-ui, which cuts its list to edit', { tools: {} }],
  ])('replaces what the thread has behind it when it %s', async (_kind, fields) => {
    const { chat, edit, asking, shown } = await cut(fields);
    const { asked, text } = await asking;
    expect(asked).toMatch(/first.*other/);
    expect(asked).not.toContain('second');
    expect((await shown()).map(([seq]) => seq)).toEqual([1, 2, 5, 6]);
    const again = await chat(edit, fields);
    expect([again.text, again.calls]).toEqual([text, 0]);
  });

  test.each([{}, { tools: {}, replace_rest: false }])(
    'replaces nothing with %o',
    async (fields) => {
      const { asking, shown } = await cut(fields);
      await expect(asking).rejects.toMatchObject({ code: 'thread_moved' });
      expect(await shown()).toHaveLength(4);
    },
  );

  test('replaces all of the thread by a first message that is new, only when it says so', async () => {
    const { chat, shown } = await openChat();
    const one = await chat([said('u1', 'first')]);
    await chat([said('u2', 'second')], { tools: {} });
    expect(await shown(one.thread)).toHaveLength(4);
    const edited = await chat([said('u3', 'other')], { replace_rest: true });
    expect(edited.asked).not.toMatch(/first|second/);
    expect((await shown(one.thread)).map(([seq]) => seq)).toEqual([5, 6]);
  });
});

describe('what a page says to calls that wait', () => {
  const waiting = async () => {
    const page = await openChat();
    const one = await page.chat([said('u1', 'look')], { tools: LOOK });
    const toolCallId = /"toolCallId":"([^"]+)"/.exec(one.text)?.[1] ?? '';
    const call = (fields: object) => ({
      id: one.id,
      role: 'assistant' as const,
      parts: [{ type: 'tool-look', toolCallId, input: {}, ...fields }],
    });
    return { ...page, one, toolCallId, call };
  };

  test('with a new message is their result, and the message is answered', async () => {
    const { chat, call, deps, one } = await waiting();
    const output = call({ state: 'output-available', output: 'a red door' });
    const next = await chat([said('u1', 'look'), output, said('u2', 'go on')]);
    expect(next.asked).toMatch(/"role":"tool".*a red door.*go on/);
    expect(next.asked).not.toContain('cancelled');
    const place = { projectId: 'project_default', endUserId: null, threadId: one.thread };
    expect(await deps.store.run({ ...place, seq: 2 })).toMatchObject({ status: 'cancelled' });
  });

  test.each([
    [true, /"role":"tool".*a red door/, 'complete'],
    [false, /"role":"tool".*Their reason: too dear/, 'cancelled'],
  ])('approved: %s, it is told so and the message is answered', async (approved, told, status) => {
    const page = await openChat();
    const { store } = page.deps;
    const tools: typeof page.deps.tools = {
      ...page.deps.tools,
      call: async (run, use) =>
        (await store.toolAnswer(run, use.id)) === null
          ? { kind: 'waits', wants: 'approval' }
          : toolOutcome(use, 'a red door', 'completed', { latencyMs: 1, attempts: 1 }),
    };
    Object.assign(page.deps, { tools });
    const one = await page.chat([said('u1', 'look')], { tools: LOOK });
    const toolCallId = /"toolCallId":"([^"]+)"/.exec(one.text)?.[1] ?? '';
    const approval = { id: toolCallId, approved, reason: 'too dear' };
    const part = {
      type: 'tool-look',
      toolCallId,
      state: 'approval-responded',
      input: {},
      approval,
    };
    const answered = { id: one.id, role: 'assistant' as const, parts: [part] };
    const next = await page.chat([said('u1', 'look'), answered, said('u2', 'go on')]);
    expect(next.asked).toMatch(told);
    expect(next.asked).toContain('go on');
    const place = { projectId: 'project_default', endUserId: null, threadId: one.thread };
    expect(await store.run({ ...place, seq: 2 })).toMatchObject({ status });
  });

  test('to none of them cancels them', async () => {
    const { chat, call } = await waiting();
    const open = call({ state: 'input-available' });
    const next = await chat([said('u1', 'look'), open, said('u2', 'go on')]);
    expect(next.asked).toMatch(/"role":"tool".*cancelled.*go on/);
  });
});
