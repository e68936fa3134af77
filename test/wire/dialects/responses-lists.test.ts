import { expect, test } from 'vitest';
import type { Block } from '../../../lambdas/inference/turn/turn.ts';
import { NO_TOKENS } from '../../../lambdas/ledger/domain/usage.ts';
import { summaryBlock } from '../../../lambdas/threads/domain/compaction.ts';
import { newThread } from '../../../lambdas/threads/domain/new-thread.ts';
import { stepOfMessage } from '../../../lambdas/threads/domain/step-of-message.ts';
import { conversationView } from '../../../lambdas/threads/dialects/responses/formats/conversation-format.ts';
import { compactedResponse } from '../../../lambdas/threads/dialects/responses/formats/responses-compaction.ts';
import { historyItems } from '../../../lambdas/threads/dialects/responses/formats/responses-history.ts';
import { itemList } from '../../../lambdas/threads/dialects/responses/routes/item-pages.ts';
import { expectContract } from '../../support/responses-contract.ts';
import { RUN } from '../../support/run-events.ts';

const pixel = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } as const;
const SAID: readonly Block[] = [
  { type: 'text', text: 'what is it' },
  { type: 'image', source: pixel },
  { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
  { type: 'tool_result', tool_use_id: 'c1', content: 'a door' },
  { type: 'tool_result', tool_use_id: 'c2', content: 'patched', form: 'custom' },
  { type: 'tool_result', tool_use_id: 'c3', content: '[]', form: 'tool_search' },
  summaryBlock('all of it'),
];
const USES: readonly Block[] = [
  { type: 'thinking', thinking: 'Hm', signature: 's' },
  { type: 'text', text: 'I look' },
  { type: 'tool_use', id: 'c1', name: 'server/look', input: { at: 1 } },
  { type: 'tool_use', id: 'c2', name: 'patch', input: { input: 'a' }, form: 'custom' },
  { type: 'tool_use', id: 'c3', name: 'tool_search', input: {}, form: 'tool_search' },
];

test('items of history, alone and in lists, are complete, and so is an empty list', () => {
  const row = (seq: number, role: 'user' | 'assistant' | 'system', content: readonly Block[]) => ({
    ...stepOfMessage({ role, content }, 'r', 0),
    seq,
    step: 0,
  });
  const rows = [
    row(1, 'system', [{ type: 'text', text: 'Be kind.' }]),
    row(2, 'assistant', USES),
    row(3, 'user', SAID),
  ];
  const items = rows.flatMap((one) => historyItems(RUN.threadId, [one])).map(({ wire }) => wire);
  expect(items.map(({ type }) => type)).toEqual([
    'message',
    'reasoning',
    'message',
    'function_call',
    'custom_tool_call',
    'tool_search_call',
    'function_call_output',
    'custom_tool_call_output',
    'tool_search_output',
    'message',
    'compaction',
  ]);
  for (const item of items) expectContract('ConversationItem', item);
  for (const list of [itemList(items), itemList([])]) {
    expectContract('ConversationItemList', list);
    expectContract('ResponseItemList', list);
  }
});

test('a conversation and a compaction are complete', () => {
  const place = { projectId: 'p', endUserId: 'u', threadId: RUN.threadId };
  const thread = newThread(place, 0, { metadata: { a: 'b' } });
  expectContract('ConversationResource', conversationView(thread));
  expectContract(
    'CompactResource',
    compactedResponse({
      name: '0123',
      createdAtMs: 0,
      kept: [SAID.slice(0, 3)],
      summary: 'all of it',
      tokens: { ...NO_TOKENS, input: 1, cacheWrite5m: 2, output: 3 },
    }),
  );
});
