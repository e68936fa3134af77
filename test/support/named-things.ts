import { expect } from 'vitest';
import * as z from 'zod';
import type { E2e, KeyView } from './e2e.ts';
import { allFrames, threadClient } from './thread-client.ts';

const MODEL = 'gpt-4o-mini';
const withId = z.looseObject({ id: z.string() });
const list = z.looseObject({ data: z.array(z.unknown()) });

/** What a path names, by the word that stands for it. */
export type Names = Readonly<Record<string, string>>;

/** Of the right shape, and nobody's. */
export const NOTHING: Names = {
  key_id: `key_${'0'.repeat(16)}`,
  thread_id: `thread_${'0'.repeat(20)}`,
  run_id: `run_${'0'.repeat(20)}_2`,
  response_id: `resp_${'0'.repeat(20)}_2`,
  conversation_id: `conv_${'0'.repeat(20)}`,
  item_id: `msg_${'0'.repeat(20)}_1_0_0`,
  tool_id: `tool_${'0'.repeat(20)}`,
  server_id: `mcp_${'0'.repeat(20)}`,
};

const idOf = async (answer: Response): Promise<string> => {
  expect(answer.status, await answer.clone().text()).toBeLessThan(300);
  return withId.parse(await answer.json()).id;
};

/** One of each thing that a path can name: the key's own, and those of its project. */
export const thingsOf = async (e2e: E2e, key: KeyView): Promise<Names> => {
  const client = threadClient(e2e, key.secret);
  const thread_id = await client.open({ title: 'mine' });
  const turn = await client.post(thread_id, 'my words');
  const run_id = turn.headers.get('x-sluice-run-id') ?? '';
  await allFrames(turn);
  const call = await e2e.complete(key.secret, {
    model: MODEL,
    max_tokens: 9,
    messages: [{ role: 'user', content: 'my words' }],
  });
  await call.text();
  const conversation_id = await idOf(
    await client.api('POST', '/v1/conversations', {
      items: [{ type: 'message', role: 'user', content: 'my words' }],
    }),
  );
  const items = await client.api('GET', `/v1/conversations/${conversation_id}/items`);
  const tool = { description: 'd', input_schema: { type: 'object' }, name: 'look' };
  return {
    key_id: key.id,
    request_id: call.headers.get('x-request-id') ?? '',
    thread_id,
    run_id,
    seq: '1',
    tool_use_id: 'call_1',
    response_id: await idOf(
      await client.api('POST', '/v1/responses', { model: MODEL, input: 'my words' }),
    ),
    conversation_id,
    item_id: withId.parse(list.parse(await items.json()).data[0]).id,
    tool_id: await idOf(
      await e2e.admin('POST', '/v1/tools', { ...tool, webhook_url: 'https://tool.example/' }),
    ),
    server_id: await idOf(
      await e2e.admin('POST', '/v1/mcp-servers', { name: 'docs', url: 'https://mcp.example/' }),
    ),
  };
};
