import { expect, test } from 'vitest';
import { tableProjectBook } from '../../../lambdas/threads/adapters/table-project-book.ts';
import { PROJECT_TTL_MS } from '../../../lambdas/threads/domain/limits.ts';
import {
  fromQlaudResult,
  fromQlaudTurn,
} from '../../../lambdas/threads/dialects/qlaud/formats/qlaud-request.ts';
import {
  qlaudSeq,
  seqOfQlaud,
} from '../../../lambdas/threads/dialects/qlaud/formats/qlaud-rows.ts';
import { MemoryTables } from '../../support/memory-tables.ts';

const SPEAKS = { dialects: ['qlaud'] } as const;

test('what a project has set is its own, and seen by every function within the time that one is kept', async () => {
  let nowMs = 0;
  const tables = new MemoryTables();
  const timers = { nowMs: () => nowMs };
  const [one, other] = [tableProjectBook({ tables, timers }), tableProjectBook({ tables, timers })];
  expect(await other.settings('p')).toEqual({ dialects: [] });
  await one.set('p', SPEAKS);
  expect(await one.settings('p')).toEqual(SPEAKS);
  expect(await one.settings('p#1')).toEqual({ dialects: [] });
  nowMs = PROJECT_TTL_MS - 1;
  expect(await other.settings('p')).toEqual({ dialects: [] });
  nowMs = PROJECT_TTL_MS;
  expect(await other.settings('p')).toEqual(SPEAKS);
  await one.set('p', { dialects: [] });
  expect(await one.settings('p')).toEqual({ dialects: [] });
});

test('a turn of that API is read as ours; one of ours stays as it is', () => {
  const tool = { name: 'look', description: '', input_schema: {} };
  const ours = { model: 'm', content: 'hi', tools: [tool] };
  expect(fromQlaudTurn(ours)).toEqual(ours);
  expect(fromQlaudTurn({ content: 'hi', tools: ['tool_1'], qlaud_runtime: {} })).toEqual({
    content: 'hi',
    tools_mode: 'explicit',
    tool_ids: ['tool_1'],
  });
  expect(fromQlaudTurn({ content: 'hi', client_tools: [tool] })).toEqual({
    content: 'hi',
    tools: [tool],
  });
  for (const raw of [null, 'text', 3]) expect(fromQlaudTurn(raw)).toBe(raw);
});

test('a result of that API is read as ours; one of ours stays as it is', () => {
  expect(fromQlaudResult({ output: 'seen', is_error: true })).toEqual({
    content: 'seen',
    is_error: true,
  });
  expect(fromQlaudResult({ output: { a: 1 } })).toEqual({ content: '{"a":1}' });
  for (const raw of [{ content: 'seen' }, { approve: true }, null])
    expect(fromQlaudResult(raw)).toBe(raw);
});

test('its numbers sort as the rows do, and name the message', () => {
  const numbers = [qlaudSeq(1, 0), qlaudSeq(2, 0), qlaudSeq(2, 101), qlaudSeq(3, 0)];
  expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers);
  expect(numbers.map(seqOfQlaud)).toEqual([1, 2, 2, 3]);
});
