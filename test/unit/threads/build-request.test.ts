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
const build = async (
  own: readonly TurnMessage[],
  { windowTokens = WINDOW_TOKENS, settings = SETTINGS } = {},
) => {
  const { request, omissions } = await buildRequest(
    { store, model: { contextTokens: () => windowTokens } },
    { ...PLACE, seq: seq + 1, settings },
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

test.each([
  ['an answer as long as the window', { ...SETTINGS, maxTokens: WINDOW_TOKENS }],
  ['a system text as long', { ...SETTINGS, system: 's'.repeat(40_000) }],
])('%s leaves the question that is answered, and says what it cut', async (_kind, settings) => {
  await append({}, text('My name is Zora.'));
  await append(answer, text('Hello Zora.'));
  await append({}, text('who am I'));
  const { messages, omissions } = await build([], { settings });
  expect(messages).toMatchObject([{ role: 'user', content: [text('who am I')] }]);
  expect(omissions).toMatchObject([{ kind: 'history', path: 'seq 1-2' }]);
});

test('a question as long as the window is told alone, and what it cut is said', async () => {
  await append({}, text('My name is Zora.'));
  await append(answer, text('Hello Zora.'));
  const question = asked(text('q'.repeat(40_000)));
  const { messages, omissions } = await build(question);
  expect(messages).toEqual(question);
  expect(omissions).toMatchObject([{ kind: 'history', path: 'seq 1-2' }]);
});

test('a question behind many calls whose results come now is told, and so is its picture', async () => {
  const source = { type: 'url', url: 'https://example.com/i.png' } as const;
  await append({}, text(`what is ${'q'.repeat(20_000)}`), { type: 'image', source });
  await append(answer, text('a'.repeat(20_000)), call('a'));
  const own = [{ role: 'user', content: [result('a', 'sunny')], model: null }] as const;
  const { sent } = await build(own);
  expect(sent).toContain('what is qqq');
  expect(sent).toContain(source.url);
  expect(sent).toContain('"id":"a"');
});

const facts = Array.from({ length: 21 }, (_, at) => `fact ${at}. ${'f'.repeat(900)}`);
const results = ['a', 'b', 'c', 'd'].map((id) => result(id, 'r'.repeat(92_000)));
const calls = ['a', 'b', 'c', 'd'].map((id) => call(id));
const WINDOW = { windowTokens: 128_000 };

test("results of the run's own tools are shortened before words of a person go", async () => {
  for (const fact of facts) {
    await append({}, text(fact));
    await append(answer, text('noted'));
  }
  await append({}, text('now look'));
  const { sent } = await build(
    [
      { role: 'assistant', content: calls, model: SETTINGS.model },
      { role: 'user', content: results, model: null },
    ],
    WINDOW,
  );
  for (const said of [...facts, 'now look']) expect(sent).toContain(said);
});

test('so are results of earlier tools', async () => {
  await append({}, ...facts.map((fact) => text(fact.repeat(3))));
  for (const [at, found] of results.entries()) {
    await append(answer, ...calls.slice(at, at + 1));
    await append({}, found);
  }
  const { sent, omissions } = await build(asked(text('what do you know')), WINDOW);
  for (const fact of facts) expect(sent).toContain(fact);
  expect(omissions).toEqual([]);
});

test('no more of a thread is read than a request may hold in bytes and pictures', async () => {
  const source = { type: 'base64', media_type: 'image/png', data: 'A'.repeat(200_000) } as const;
  for (let at = 0; at < 260; at++) await append({}, { type: 'image', source });
  let read = 0;
  const history: ThreadStore['history'] = async (place, query) => {
    const page = await store.history(place, query);
    read += JSON.stringify(page).length;
    return page;
  };
  const { request } = await buildRequest(
    {
      store: { get: async (place) => await store.get(place), history },
      model: { contextTokens: () => 10_000_000 },
    },
    { ...PLACE, seq: seq + 1, settings: SETTINGS },
    asked(text('and now')),
    [],
  );
  expect(JSON.stringify(request.messages).length).toBeLessThan(20_000_000);
  expect(read).toBeLessThan(26_000_000);
});
