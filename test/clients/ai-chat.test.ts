import { WorkflowChatTransport } from '@ai-sdk/workflow/client';
import { DefaultChatTransport, readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newE2e } from '../support/e2e.ts';
import { eventually } from '../support/stack.ts';
import { textOfRow, threadClient } from '../support/thread-client.ts';

const e2e = newE2e();
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
    transport: new DefaultChatTransport<UIMessage>({ api, headers, body }),
    workflow: (cutAfterBytes: number) =>
      new WorkflowChatTransport({
        api,
        prepareSendMessagesRequest: ({ id, messages, trigger }) => ({
          headers,
          body: { id, messages, trigger, ...body },
        }),
        prepareReconnectToStreamRequest: ({ api: url }) => ({ api: url, headers }),
        fetch: async (input, init) => {
          const answer = await fetch(input, init);
          if (init?.method !== 'POST' || answer.body === null) return answer;
          return new Response(answer.body.pipeThrough(cutter(cutAfterBytes)), answer);
        },
      }),
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

test('a tab that reloads in mid-answer shows the whole answer, as history stores it', async () => {
  const { transport, client } = await chatOf();
  const chatId = `chat-${Date.now()}`;
  const stream = await transport.sendMessages({
    trigger: 'submit-message',
    chatId,
    messageId: undefined,
    messages: [said('u1', 'slow')],
    abortSignal: undefined,
  });
  const reader = stream.getReader();
  for (let chunks = 0; chunks < 6; chunks++) await reader.read();
  await reader.cancel();
  const again = await transport.reconnectToStream({ chatId });
  if (again === null) throw new Error('nothing to resume');
  const whole = await lastOf(again);
  expect(textOf(whole)).toContain('word79');
  const threads = await (await client.api('GET', '/v1/threads')).text();
  const thread = /thread_[0-9a-z]{20}/.exec(threads)?.[0] ?? '';
  await eventually(async () => {
    const row = (await client.messages(thread)).data[1];
    expect(row).toMatchObject({ id: whole.id, status: 'complete' });
    expect(textOfRow(row)).toBe(textOf(whole));
  });
  expect(await transport.reconnectToStream({ chatId })).toBeNull();
});

test.each([1, 200, 500, 900, 1_000_000])(
  'the transport that counts chunks resumes by its run what was cut after %d bytes',
  async (cutAfterBytes) => {
    const { workflow } = await chatOf();
    const stream = await workflow(cutAfterBytes).sendMessages({
      trigger: 'submit-message',
      chatId: `chat-${Date.now()}`,
      messages: [{ id: 'u1', role: 'user', parts: [{ type: 'text', text: 'hello' }] }],
    });
    expect(textOf(await lastOf(stream))).toBe('word0 word1 word2 word3 word4 ');
  },
);

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
