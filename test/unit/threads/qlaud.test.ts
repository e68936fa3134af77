import { plainTurn } from '../../../lambdas/threads/formats/plain-turn.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
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
import {
  defaultModelOf,
  fromQlaudListQuery,
  fromQlaudPatch,
  fromQlaudThread,
  qlaudThread,
} from '../../../lambdas/threads/dialects/qlaud/formats/qlaud-threads.ts';
import { chatRoom } from '../../support/chat-room.ts';
import { MemoryTables } from '../../support/memory-tables.ts';

const threadBody = z.looseObject({ metadata: z.record(z.string(), z.string()).default({}) });

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

test('a turn of that API is read as ours; one of ours stays as it is but for its stream', () => {
  const tool = { name: 'look', description: '', input_schema: {} };
  const ours = { model: 'm', content: 'hi', tools: [tool], stream: true };
  expect(fromQlaudTurn(ours)).toEqual(ours);
  expect(fromQlaudTurn({ content: 'hi', tools: ['tool_1'], qlaud_runtime: {} })).toEqual({
    content: 'hi',
    stream: false,
    tools_mode: 'explicit',
    tool_ids: ['tool_1'],
  });
  expect(fromQlaudTurn({ content: 'hi', client_tools: [tool] }, 'm')).toEqual({
    model: 'm',
    content: 'hi',
    stream: false,
    tools: [tool],
  });
  expect(fromQlaudTurn({ model: 'n', content: 'hi' }, 'm')).toEqual({
    model: 'n',
    content: 'hi',
    stream: false,
  });
  for (const raw of [null, 'text', 3, { run: false, content: 'hi' }])
    expect(fromQlaudTurn(raw)).toBe(raw);
});

test('its system may be blocks, and a mark for a cache on one takes nothing from it', () => {
  const cache_control = { type: 'ephemeral' };
  const text = (words: string) => ({ type: 'text', text: words });
  const system = [{ ...text('Be kind.'), cache_control }, text('Be short.')];
  expect(plainTurn(fromQlaudTurn({ content: 'hi', system }))).toMatchObject({
    system: 'Be kind.\n\nBe short.',
  });
  expect(fromQlaudTurn({ content: 'hi', system: 'Be kind.' })).toMatchObject({
    system: 'Be kind.',
  });
  for (const odd of [[{ type: 'image' }], 7])
    expect(fromQlaudTurn({ content: 'hi', system: odd })).toMatchObject({ system: odd });
});

test('metadata of any values comes back as it was, and takes no field’s place', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^(qlaud\.)?[a-z]{1,8}$/), fc.jsonValue(), { maxKeys: 8 }),
      (metadata) => {
        const given = Object.entries(metadata);
        const body = threadBody.parse(
          fromQlaudThread({ metadata: Object.fromEntries(given) }, true),
        );
        const view = qlaudThread({ metadata: body.metadata, end_user_id: null });
        const named = given.map(([name, value]) => [
          name.startsWith('qlaud.') ? `_${name}` : name,
          value,
        ]);
        const { metadata: shown, ...fields } = view;
        expect(JSON.stringify(shown)).toBe(JSON.stringify(Object.fromEntries(named)));
        expect(fields).toEqual({
          end_user_id: null,
          kind: null,
          default_mode: null,
          default_model: null,
          workspace_id: null,
        });
      },
    ),
  );
  expect(fromQlaudThread({ metadata: null, title: 'a' }, true)).toEqual({ title: 'a' });
  for (const raw of [null, 3]) expect(fromQlaudPatch(raw)).toBe(raw);
  for (const metadata of [7, [1, 'a']]) expect(fromQlaudPatch({ metadata })).toEqual({ metadata });
  expect(fromQlaudPatch({ metadata: { a: null, b: 2 } })).toEqual({
    metadata: { a: null, b: 'json:2' },
  });
});

test('the fields that only its threads have are kept, and an unbound key names whose a thread is', () => {
  const fields = { kind: 'chat', default_mode: 'build', default_model: 'm', workspace_id: 'w' };
  const raw = { end_user_id: 'ada', ...fields, metadata: { n: 1 } };
  const body = threadBody.parse(fromQlaudThread(raw, true));
  expect(body).not.toHaveProperty('end_user_id');
  expect(qlaudThread({ metadata: body.metadata, end_user_id: null })).toEqual({
    end_user_id: 'ada',
    metadata: { n: 1 },
    ...fields,
  });
  expect(defaultModelOf(body)).toBe('m');
  expect(fromQlaudThread({ end_user_id: 'ada' }, false)).toEqual({ end_user_id: 'ada' });
  const query = { limit: '5', end_user_id: 'ada' };
  expect(fromQlaudListQuery(query, true)).toEqual({
    limit: '5',
    'metadata.qlaud.end_user_id': 'ada',
  });
  expect(fromQlaudListQuery(query, false)).toEqual(query);
});

test('a field that is changed is an entry like any other, and one without a value is taken away', () => {
  const change = { title: 'a', default_model: 'n', workspace_id: null, metadata: { b: 2 } };
  expect(fromQlaudPatch(change)).toEqual({
    title: 'a',
    metadata: { b: 'json:2', 'qlaud.default_model': 'n', 'qlaud.workspace_id': null },
  });
  expect(fromQlaudThread({ kind: null, metadata: { a: null } }, true)).toEqual({
    metadata: { a: 'json:null' },
  });
  const body = threadBody.parse(fromQlaudThread({ default_model: 42, kind: { a: 1 } }, true));
  expect(qlaudThread({ metadata: body.metadata, end_user_id: null })).toMatchObject({
    default_model: 42,
    kind: { a: 1 },
  });
  expect(defaultModelOf(body)).toBeUndefined();
});

test('a turn whose model is null asks the thread’s', () => {
  expect(fromQlaudTurn({ model: null, content: 'hi' }, 'm')).toMatchObject({ model: 'm' });
  expect(fromQlaudTurn({ model: null, content: 'hi' })).not.toHaveProperty('model');
});

test('an end user may be a number, and is found by it', () => {
  const body = threadBody.parse(fromQlaudThread({ end_user_id: 42 }, true));
  expect(body.metadata).toEqual({ 'qlaud.end_user_id': '42' });
  expect(fromQlaudThread({ end_user_id: 42 }, false)).toEqual({ end_user_id: '42' });
  for (const odd of [{ a: 1 }, true])
    expect(fromQlaudThread({ end_user_id: odd }, true)).toEqual({ end_user_id: odd });
});

test('what its clients keep in a thread is kept through the routes, by any name', async () => {
  const room = await chatRoom('http://127.0.0.1:9', { dialects: ['qlaud'] });
  const many = Object.fromEntries(Array.from({ length: 13 }, (_, at) => [`n${at}`, at]));
  const metadata = { ...many, 'a name': ['x'], large: { text: 'x'.repeat(2_000) }, none: null };
  const fields = { kind: 'chat', default_mode: 'build', default_model: 'm', workspace_id: 'w' };
  const body = { ...fields, end_user_id: 'ada', metadata };
  const made = await room.ask('POST /v1/threads', body);
  expect(made.body).toMatchObject({ ...fields, metadata });
  const { id } = z.looseObject({ id: z.string() }).parse(made.body);
  const change = { default_model: 'n', kind: null, metadata: { 'a name': null, more: [1] } };
  const changed = await room.ask('PATCH /v1/threads/{thread_id}', change, {
    params: { thread_id: id },
  });
  const { 'a name': _gone, ...kept } = metadata;
  expect(changed.body).toMatchObject({ kind: null, default_model: 'n', workspace_id: 'w' });
  expect(changed.body).toHaveProperty('metadata', { ...kept, more: [1] });
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
