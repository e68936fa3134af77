import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { CALL_MICROS, say, sharedE2e, type KeyView } from '../support/e2e.ts';
import { eventually } from '../support/stack.ts';

const row = z.looseObject({ cost_micros: z.number(), request_count: z.number() });
const usageView = z.looseObject({
  totals: row,
  by_key: z.array(z.looseObject({ ...row.shape, key_id: z.string() })),
  groups: z.array(row).default([]),
});

/** Where the money went. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const { admin, api, complete, mint, own } = e2e;
const usage = async (query: string, secret: string) =>
  usageView.parse(await (await api('GET', `/v1/usage${query}`, secret)).json());
/** A key with this many calls, all of them rolled up. */
const spender = async (calls: number, fields: object = {}): Promise<KeyView> => {
  const key = await mint(fields);
  for (let call = 0; call < calls; call++)
    expect(
      (await complete(key.secret, { ...say('hi'), metadata: { feature: 'chat' } })).status,
    ).toBe(200);
  await eventually(async () =>
    expect((await usage('', key.secret)).totals.request_count).toBe(calls),
  );
  return key;
};

test.each([
  ['key', 'key_id'],
  ['user', 'user_id'],
  ['model', 'model'],
  ['feature', 'feature'],
  ['cohort.plan', 'cohort.plan'],
  ['hour', 'hour'],
  ['day', 'day'],
])('usage is grouped by %s, and every group adds up to the total', async (by, label) => {
  const key = await spender(2, { user_id: 'grace', cohort: { plan: 'team' } });
  const { totals, groups } = await usage(`?group_by=${by}`, key.secret);
  expect(totals).toMatchObject({ cost_micros: Math.ceil(2 * CALL_MICROS), request_count: 2 });
  const expected: Readonly<Record<string, unknown>> = {
    key: key.id,
    user: 'grace',
    model: 'gpt-4o-mini',
    feature: 'chat',
    'cohort.plan': 'team',
    hour: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:00:00/),
    day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
  };
  expect(groups.map((group) => group[label])).toEqual(
    groups.length === 1 ? [expected[by]] : [expected[by], expected[by]],
  );
  expect(groups.reduce((sum, group) => sum + group.request_count, 0)).toBe(2);
});

test('the usage of several keys sums to what they spent, key by key and together', async () => {
  const project = await Promise.all([spender(1), spender(2), spender(3)]);
  const { by_key: rows } = await usage('', e2e.stack.adminKey);
  let together = 0;
  for (const [index, key] of project.entries()) {
    const found = rows.find((entry) => entry.key_id === key.id);
    const { spent_micros: spent } = await own(key.secret);
    expect(found).toMatchObject({ cost_micros: spent, request_count: index + 1 });
    together += found?.request_count ?? 0;
  }
  expect(together).toBe(6);
});

test('usage is exported as csv and ndjson, the same rows in both', async () => {
  const key = await spender(2);
  const csv = await api('GET', '/v1/usage/export?format=csv', key.secret);
  expect(csv.headers.get('content-type')).toContain('text/csv');
  const [header = '', ...lines] = (await csv.text()).trim().split('\r\n');
  const names = header.split(',');
  const ndjson = await api('GET', '/v1/usage/export?format=ndjson', key.secret);
  expect(ndjson.headers.get('content-type')).toContain('application/x-ndjson');
  const rows = (await ndjson.text())
    .trim()
    .split('\n')
    .map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
  expect(rows.length).toBe(lines.length);
  expect(rows.reduce((sum, entry) => sum + Number(entry['request_count']), 0)).toBe(2);
  for (const [index, entry] of rows.entries()) {
    expect(entry).toMatchObject({ key_id: key.id, model: 'gpt-4o-mini' });
    const cells = lines[index]?.split(',') ?? [];
    expect(names.map((name, place) => [name, cells[place]])).toEqual(
      Object.entries(entry).map(([name, value]) => [
        name,
        value === null ? '' : String(z.union([z.string(), z.number()]).parse(value)),
      ]),
    );
  }
});

test('a key sees its own events, newest first and page by page, and a foreign key none', async () => {
  const key = await spender(3);
  const page = z.looseObject({
    data: z.array(z.looseObject({ request_id: z.string(), settled_at: z.number() })),
    has_more: z.boolean(),
    next_cursor: z.string().nullable(),
  });
  const read = async (query: string) =>
    page.parse(await (await admin('GET', `/v1/keys/${key.id}/usage${query}`)).json());
  const first = await read('?limit=2');
  expect([first.data.length, first.has_more]).toEqual([2, true]);
  const second = await read(`?limit=2&cursor=${encodeURIComponent(first.next_cursor ?? '')}`);
  expect([second.data.length, second.has_more]).toEqual([1, false]);
  const times = [...first.data, ...second.data].map((event) => event.settled_at);
  expect(times).toEqual(times.toSorted((left, right) => right - left));
  const stranger = await mint();
  const refused = await api('GET', `/v1/keys/${key.id}/usage`, stranger.secret);
  expect(refused.status).toBe(404);
});
