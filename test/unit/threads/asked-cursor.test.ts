import { afterAll, beforeAll, expect, test } from 'vitest';
import { isBehind, parseEventCursor } from '../../../lambdas/threads/domain/event-cursor.ts';
import { isLogCursorBehind, parseLogCursor } from '../../../lambdas/threads/domain/log-cursor.ts';
import { askedCursor } from '../../../lambdas/threads/routes/asked-cursor.ts';
import { bodyOf, chatRoom } from '../../support/chat-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

const asked = (after: string | undefined, id: string | undefined) => ({
  query: after === undefined ? {} : { after },
  headers: id === undefined ? {} : { 'last-event-id': id },
});
const STARTS = [undefined, '', '0', '-1'];
const PLACES = [
  {
    kind: 'a run',
    read: (after?: string, id?: string) =>
      askedCursor(asked(after, id), parseLogCursor, isLogCursorBehind),
    parse: parseLogCursor,
    // As numbers, not as texts of any length, and the run before the event.
    places: ['0000000002.00000009', '0000000002.00000010', '0000000003.00000001'],
  },
  {
    kind: 'a thread',
    read: (after?: string, id?: string) =>
      askedCursor(asked(after, id), parseEventCursor, isBehind),
    parse: parseEventCursor,
    places: ['1-9-0-1', '2-10-0-1', '2-10-1-1'],
  },
];

test.each(PLACES)('a reader of $kind goes on at the further place of two', (cursors) => {
  const { read, parse, places } = cursors;
  for (const [index, place] of places.entries())
    for (const before of [...STARTS, ...places.slice(0, index + 1)]) {
      expect(read(before, place)).toEqual(parse(place));
      expect(read(place, before)).toEqual(parse(place));
    }
});

test.each(PLACES)('a reader of $kind that has seen nothing begins at the start', ({ read }) => {
  for (const after of STARTS) for (const id of STARTS) expect(read(after, id)).toBeNull();
});

test.each(PLACES)('what is no place of $kind is a 400, wherever it stands', ({ read, places }) => {
  for (const other of [undefined, '0', places[0]])
    for (const odd of ['1', 'x', '-2']) {
      expect(() => read(odd, other)).toThrow('after: not a cursor');
      expect(() => read(other, odd)).toThrow('after: not a cursor');
    }
});

test('a stream that is read again with the URL it began with goes on behind what was seen', async () => {
  const { ask } = await chatRoom(upstream.url);
  const turn = { model: 'gpt-4o-mini', max_tokens: 100 };
  const told = await ask('POST /v1/ai/chat', {
    ...turn,
    id: 'chat',
    messages: [{ id: 'm', role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  });
  await bodyOf(told);
  const params = { run_id: told.headers?.['x-sluice-run-id'] ?? '' };
  const stream = async (after: string, id: string) =>
    await bodyOf(await ask('GET /v1/runs/{run_id}/stream', {}, { params, ...asked(after, id) }));
  const whole = await stream('0', '-1');
  const ids = [...whole.matchAll(/^id: (\S+)$/gm)].map(([, cursor = '']) => cursor);
  const [first = '', second = '', third = ''] = ids;
  const rest = whole.slice(whole.indexOf(`id: ${third}`));
  expect(await stream(first, second)).toBe(rest);
  expect(await stream(second, first)).toBe(rest);
});
