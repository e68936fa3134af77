import { beforeEach, expect, test } from 'vitest';
import type { Block, TurnMessage } from '../../../lambdas/inference/turn/turn.ts';
import { tableThreadStore } from '../../../lambdas/threads/adapters/threads/table-thread-store.ts';
import type { MessageStep } from '../../../lambdas/threads/domain/thread.ts';
import type { ThreadStore } from '../../../lambdas/threads/ports/store.ts';
import { buildRequest } from '../../../lambdas/threads/usecases/build-request.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { PLACE, SETTINGS, step, thread } from '../../support/thread-rows.ts';
import { call, result, text } from '../../support/turns.ts';

const WINDOW_TOKENS = 10_000;
const timers = { nowMs: () => 0, sleep: async () => undefined };
let store: ThreadStore;
let seq = 0;
beforeEach(async () => {
  store = tableThreadStore({ tables: new MemoryTables(), timers, random: () => 0 });
  await store.create(thread(0));
  seq = 0;
});

const append = async (fields: Partial<MessageStep>, ...content: Block[]): Promise<void> => {
  seq++;
  const record = { requestId: `r${seq}`, bodyHash: 'b', expiresAtMs: 1 };
  await store.append(PLACE, record, [{ ...step(0), ...fields, content }]);
};
const answer = {
  role: 'assistant',
  isAnswer: true,
  provider: 'openai',
  model: SETTINGS.model,
} as const;
const asked = (...content: Block[]): readonly TurnMessage[] => [
  { role: 'user', content, model: null },
];
const build = async (own: readonly TurnMessage[]) => {
  const { request, omissions } = await buildRequest(
    { store, model: { contextTokens: () => WINDOW_TOKENS } },
    { ...PLACE, seq: seq + 1, settings: SETTINGS },
    own,
    [],
  );
  return { messages: request.messages, omissions, sent: JSON.stringify(request.messages) };
};

test('two pictures of 200 KB leave the words before them where they are', async () => {
  const source = { type: 'base64', media_type: 'image/png', data: 'A'.repeat(260_000) } as const;
  await append({}, text('My name is Zora.'));
  await append(answer, text('Hello Zora.'));
  const { sent, omissions } = await build(
    asked(text('what is this'), { type: 'image', source }, { type: 'image', source }),
  );
  expect(sent).toContain('My name is Zora.');
  expect(omissions).toEqual([]);
});

test('a request of one turn begins with the whole request of the turn before, but where history is cut', async () => {
  let before: readonly TurnMessage[] = [];
  let cuts = 0;
  for (let turn = 0; turn < 60; turn++) {
    const question = asked(text(`question ${turn} ${'q'.repeat(300)}`));
    const { messages, omissions } = await build(question);
    const isExtended = JSON.stringify(messages.slice(0, before.length)) === JSON.stringify(before);
    if (!isExtended) cuts++;
    expect(JSON.stringify(messages)).toContain(`question ${Math.max(0, turn - 8)} `);
    before = messages;
    await append({}, ...(question[0]?.content ?? []));
    await append({ ...answer, omissions }, text(`answer ${'a'.repeat(900)}`));
  }
  expect(cuts).toBeGreaterThan(2);
  expect(cuts).toBeLessThan(14);
});

test('what a person said before a cut outlives the answers and the results of tools there', async () => {
  await append({}, text('My name is Zora.'));
  await append(answer, text('e'.repeat(12_000)), call('a'));
  await append({}, result('a', 'r'.repeat(12_000)));
  await append(answer, text('f'.repeat(12_000)));
  const { sent, omissions } = await build(asked(text('who am I')));
  expect(sent).toContain('My name is Zora.');
  expect(sent).not.toContain('eee');
  expect(omissions).toMatchObject([{ kind: 'history', path: 'seq 1-3' }]);
});

test('the question that is answered is told, however large, and results of tools give way to it', async () => {
  const question = `question ${'q'.repeat(20_000)}`;
  await append({}, text(question));
  const own = [
    { role: 'assistant', content: [call('a')], model: SETTINGS.model },
    { role: 'user', content: [result('a', 'r'.repeat(200_000))], model: null },
  ] as const;
  const { sent } = await build(own);
  expect(sent).toContain(question);
  expect(sent.length / 3).toBeLessThan(WINDOW_TOKENS);
});
