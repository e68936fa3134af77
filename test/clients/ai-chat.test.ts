import { WorkflowChatTransport } from '@ai-sdk/workflow/client';
import {
  DefaultChatTransport,
  isToolUIPart,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  lastAssistantMessageIsCompleteWithToolCalls,
  readUIMessageStream,
  type ChatInit,
  type UIMessage,
  type UIMessageChunk,
} from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { eventually } from '../support/stack.ts';
import { frames, threadClient } from '../support/thread-client.ts';
import { startToolServer } from '../support/tool-server.ts';
import { MemoryChat } from './memory-chat.ts';

const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const said = (id: string, text: string): UIMessage => ({
  id,
  role: 'user',
  parts: [{ type: 'text', text }],
});

const chatOf = async () => {
  const { secret } = await e2e.mint({ user_id: 'ada' });
  const headers = { authorization: `Bearer ${secret}` };
  const body = { model: 'gpt-4o-mini', max_tokens: 100 };
  const api = `${e2e.stack.baseUrl}/v1/ai/chat`;
  return {
    client: threadClient(e2e, secret),
    ask: async (chatId: string, messages: UIMessage[], trigger?: 'regenerate-message') =>
      await new DefaultChatTransport<UIMessage>({ api, headers, body }).sendMessages({
        trigger: trigger ?? 'submit-message',
        chatId,
        messageId: undefined,
        messages,
        abortSignal: undefined,
      }),
  };
};

/** A connection that breaks off. */
const cutter = (bytesMax: number): TransformStream<Uint8Array, Uint8Array> => {
  let left = bytesMax;
  return new TransformStream({
    transform: (bytes, controller) => {
      controller.enqueue(bytes.subarray(0, left));
      left -= bytes.length;
      if (left <= 0) controller.terminate();
    },
  });
};

/** Notes the whole chunks that pass. */
const noted = (chunks: string[]): TransformStream<Uint8Array, Uint8Array> => {
  let text = '';
  return new TransformStream({
    transform: (bytes, controller) => {
      controller.enqueue(bytes);
      text += Buffer.from(bytes).toString('latin1');
      const frames = text.split('\n\n');
      text = frames.pop() ?? '';
      for (const frame of frames) if (frame.startsWith('data: {')) chunks.push(frame.slice(6));
    },
  });
};

const lastOf = async (stream: ReadableStream<UIMessageChunk>): Promise<UIMessage> => {
  let last: UIMessage | undefined;
  for await (const message of readUIMessageStream({ stream })) last = message;
  if (last === undefined) throw new Error('no message came');
  return last;
};
const textOf = (message: UIMessage): string =>
  message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

test('a chat is answered, remembered, and asked twice is one turn', async () => {
  const { ask, client } = await chatOf();
  const chatId = `chat-${Date.now()}`;
  const first = await lastOf(await ask(chatId, [said('u1', 'hello')]));
  expect(textOf(first)).toBe('word0 word1 word2 word3 word4 ');
  const again = await lastOf(await ask(chatId, [said('u1', 'hello')]));
  expect(again).toEqual(first);
  await lastOf(await ask(chatId, [said('u1', 'hello'), first, said('u2', 'and now')]));
  expect(e2e.upstream.bodies.at(-1)).toMatchObject({
    messages: [{ content: 'hello' }, { role: 'assistant' }, { content: 'and now' }],
  });
  const listed = await (await client.api('GET', '/v1/threads')).json();
  expect(JSON.stringify(listed)).toContain('"last_seq":4');
});

test('another answer to the same words stands in place of the first', async () => {
  const { ask, client } = await chatOf();
  const chatId = `chat-${Date.now()}`;
  await lastOf(await ask(chatId, [said('u1', 'hello')]));
  const other = await lastOf(await ask(chatId, [said('u1', 'hello')], 'regenerate-message'));
  expect(other.id).toMatch(/_3$/);
  const threads = await (await client.api('GET', '/v1/threads')).text();
  const thread = /thread_[0-9a-z]{20}/.exec(threads)?.[0] ?? '';
  expect((await client.messages(thread)).data.map(({ seq }) => seq)).toEqual([1, 3]);
});

/** What the reader of a stream gets, and where its headers say that the stream is. */
const read = async (secret: string, path: string) => {
  const answer = await e2e.api('GET', `/v1/ai/chat/${path}`, secret);
  const chunks = [...(await answer.text()).matchAll(/^data: (\{.*)$/gm)].map(
    ([, data = '']): UIMessageChunk => JSON.parse(data),
  );
  return {
    status: answer.status,
    tail: answer.headers.get('x-workflow-stream-tail-index'),
    chunks,
  };
};

describe('a reader that counts chunks', () => {
  test('of an idle chat gets a finish and nothing else, and without a count a 204', async () => {
    const { secret } = await e2e.mint({ user_id: 'ada' });
    for (const startIndex of ['0', '7', '-5'])
      expect(await read(secret, `nobody/stream?startIndex=${startIndex}`)).toEqual({
        status: 200,
        tail: '-1',
        chunks: [{ type: 'finish' }],
      });
    expect((await read(secret, 'nobody/stream')).status).toBe(204);
    expect((await read(secret, 'nobody/stream?startIndex=1.5')).status).toBe(400);
  });

  test('comes back with a number from the end, or behind the end, and always gets a finish', async () => {
    const { secret } = await e2e.mint({ user_id: 'ada' });
    const ada = threadClient(e2e, secret);
    const posted = await ada.post(await ada.open(), 'hello');
    await posted.text();
    const run = posted.headers.get('x-sluice-run-id') ?? '';
    const whole = await read(secret, `${run}/stream?startIndex=0`);
    const count = whole.chunks.length;
    expect(whole.tail).toBe(String(count - 1));
    for (const [startIndex, rest] of [
      ['-1', whole.chunks.slice(-1)],
      ['-4', whole.chunks.slice(-4)],
      ['-999', whole.chunks],
      ['5', whole.chunks.slice(5)],
      [String(count), [{ type: 'finish' }]],
      ['900', [{ type: 'finish' }]],
    ] as const)
      expect(await read(secret, `${run}/stream?startIndex=${startIndex}`)).toEqual({
        status: 200,
        tail: whole.tail,
        chunks: rest,
      });
  });

  test('goes on by the tail index of a running answer when its connection breaks', async () => {
    const { secret } = await e2e.mint({ user_id: 'ada' });
    const ada = threadClient(e2e, secret);
    const posted = await ada.post(await ada.open(), 'slow');
    const run = posted.headers.get('x-sluice-run-id') ?? '';
    for await (const frame of frames(posted)) if (JSON.stringify(frame).includes('word3')) break;
    const heard: { readonly startIndex: string; readonly chunks: string[] }[] = [];
    let tail = Number.NaN;
    const transport = new WorkflowChatTransport({
      prepareReconnectToStreamRequest: () => ({
        api: `${e2e.stack.baseUrl}/v1/ai/chat/${run}/stream`,
        headers: { authorization: `Bearer ${secret}` },
      }),
      fetch: async (input, init) => {
        const answer = await fetch(input, init);
        const url = new URL(input instanceof Request ? input.url : String(input));
        const chunks: string[] = [];
        heard.push({ startIndex: url.searchParams.get('startIndex') ?? '', chunks });
        if (heard.length > 1) return new Response(answer.body?.pipeThrough(noted(chunks)), answer);
        tail = Number(answer.headers.get('x-workflow-stream-tail-index'));
        return new Response(
          answer.body?.pipeThrough(cutter(300)).pipeThrough(noted(chunks)),
          answer,
        );
      },
    });
    for await (const _ of (await transport.reconnectToStream({ chatId: run, startIndex: -2 })) ??
      []);
    const [first, second] = heard;
    const whole = await read(secret, `${run}/stream?startIndex=0`);
    const told = [...(first?.chunks ?? []), ...(second?.chunks ?? [])];
    expect(tail).toBeGreaterThan(1);
    expect(first?.startIndex).toBe('-2');
    expect(second?.startIndex).toBe(String(tail - 1 + (first?.chunks.length ?? 0)));
    expect(told.map((text): unknown => JSON.parse(text))).toEqual(whole.chunks.slice(tail - 1));
  });
});

laptopSuite('calls that wait', 'a webhook of the test', () => {
  const openChat = async (init: ChatInit<UIMessage>, body: object) => {
    const { secret } = await e2e.mint({ user_id: 'ada' });
    const api = `${e2e.stack.baseUrl}/v1/ai/chat`;
    const headers = { authorization: `Bearer ${secret}` };
    const settings = { model: 'gpt-4o-mini', max_tokens: 100, ...body };
    return new MemoryChat({
      id: `chat-${Date.now()}`,
      transport: new DefaultChatTransport({ api, headers, body: settings }),
      ...init,
    });
  };
  const callOf = (chat: MemoryChat) => chat.lastMessage?.parts.find(isToolUIPart);
  const settled = async (chat: MemoryChat): Promise<string> => {
    await eventually(async () => {
      expect([chat.status, chat.error]).toEqual(['ready', undefined]);
      expect(textOf(chat.lastMessage ?? said('', ''))).toContain('word4');
    });
    return textOf(chat.lastMessage ?? said('', ''));
  };

  test.each([
    [true, 'output-available', 1],
    [false, 'output-denied', 0],
  ] as const)(
    'for a person: the chat asks, is answered %s, and goes on in the same message',
    async (isApproved, state, calls) => {
      const server = await startToolServer([{ status: 200, body: '{"output":"a door"}' }]);
      const name = `door-${isApproved}`;
      const registered = await e2e.admin('POST', '/v1/tools', {
        name,
        description: 'Looks at a place',
        input_schema: { type: 'object', properties: { at: { type: 'integer' } } },
        webhook_url: server.url,
        requires_approval: true,
      });
      expect(registered.status).toBe(201);
      const chat = await openChat(
        { sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses },
        { tools_mode: 'explicit', tool_ids: [name] },
      );
      await chat.sendMessage({ text: 'look' });
      const asked = callOf(chat);
      expect(asked).toMatchObject({ state: 'approval-requested', input: { at: 1 } });
      expect(server.heard).toHaveLength(0);
      await chat.addToolApprovalResponse({ id: asked?.approval?.id ?? '', approved: isApproved });
      await settled(chat);
      expect(chat.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
      expect(callOf(chat)).toMatchObject({ state, ...(isApproved ? { output: 'a door' } : {}) });
      expect(server.heard).toHaveLength(calls);
      server.stop();
    },
  );

  test('for the page: its tool runs there, and the chat goes on in the same message', async () => {
    const chat = await openChat(
      {
        sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
        onToolCall: ({ toolCall }) =>
          void chat.addToolOutput({
            tool: toolCall.toolName,
            toolCallId: toolCall.toolCallId,
            output: { seen: 'a door' },
          }),
      },
      { tools: [{ name: 'look', description: 'Looks', input_schema: { type: 'object' } }] },
    );
    await chat.sendMessage({ text: 'look' });
    await settled(chat);
    expect(chat.messages).toHaveLength(2);
    expect(e2e.upstream.bodies.at(-1)).toMatchObject({
      messages: [{}, {}, { role: 'tool', content: '{"seen":"a door"}' }],
    });
  });

  test('are answered once: the same answers sent again read the same, others are refused', async () => {
    const chat = await openChat(
      {},
      { tools: [{ name: 'look', description: 'Looks', input_schema: { type: 'object' } }] },
    );
    await chat.sendMessage({ text: 'look' });
    const { toolCallId = '' } = callOf(chat) ?? {};
    await chat.addToolOutput({ tool: 'look', toolCallId, output: 'a door' });
    const before = structuredClone(chat.messages);
    await chat.sendMessage();
    const first = structuredClone(chat.messages);
    chat.messages = before;
    await chat.sendMessage();
    expect(chat.messages).toEqual(first);
    await chat.addToolOutput({ tool: 'look', toolCallId, output: 'a door' });
    const other = before
      .at(-1)
      ?.parts.map((part) =>
        isToolUIPart(part) ? { ...part, toolCallId: 'call_of_nobody' } : part,
      );
    chat.messages = [...before.slice(0, -1), { id: 'a', role: 'assistant', parts: other ?? [] }];
    await chat.sendMessage();
    expect(chat.error?.message).toContain('No run waits for these outputs');
  });
});
