import * as z from 'zod';
import { bodyOf, chatRoom } from './chat-room.ts';
import type { Upstream } from './upstream.ts';

export interface Said {
  readonly id: string;
  readonly role: 'user' | 'assistant' | 'system';
  readonly parts: readonly object[];
}
export const said = (id: string, text: string): Said => ({
  id,
  role: 'user',
  parts: [{ type: 'text', text }],
});
export const answer = (id: string): Said => ({
  id,
  role: 'assistant',
  parts: [{ type: 'text', text: 'word0 word1 word2 word3 word4 ' }],
});
export const LOOK = [{ name: 'look', description: 'Looks', input_schema: { type: 'object' } }];

const list = z.looseObject({
  data: z.array(
    z.looseObject({ seq: z.number(), role: z.string(), content: z.array(z.unknown()) }),
  ),
});

/** A page of the AI SDK over a room of its own. */
export const chatPage = async (upstream: Upstream) => {
  const room = await chatRoom(upstream.url);
  const chat = async (messages: readonly Said[], fields: object = {}) => {
    const before = upstream.bodies.length;
    const told = await room.ask('POST /v1/ai/chat', {
      id: 'a chat',
      model: 'gpt-4o-mini',
      max_tokens: 100,
      messages,
      ...fields,
    });
    const text = await bodyOf(told);
    return {
      id: /"messageId":"(msg_\w+)"/.exec(text)?.[1] ?? '',
      text,
      thread: told.headers?.['x-sluice-thread-id'] ?? '',
      calls: upstream.bodies.length - before,
      asked: JSON.stringify(upstream.bodies.at(-1)?.['messages']),
    };
  };
  const shown = async (threadId: string) => {
    const params = { thread_id: threadId };
    const route = 'GET /v1/threads/{thread_id}/messages';
    const told = list.parse((await room.ask(route, {}, { params })).body);
    return told.data.map(({ seq, content }) => [seq, JSON.stringify(content)]);
  };
  return { ...room, chat, shown };
};
