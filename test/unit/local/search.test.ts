import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { indexTemplate } from '../../../lambdas/sre/adapters/open-search-documents.ts';
import type { Endpoint } from '../../../local/http/http-endpoint.ts';
import { startSearchEndpoint } from '../../../local/search/search-endpoint.ts';
import { SearchStore } from '../../../local/search/search-store.ts';

const DAY_MS = 86_400_000;
const SIGNED = { authorization: 'AWS4-HMAC-SHA256 Credential=none' };
const SORT = [{ time: 'desc' }, { id: 'desc' }];
const FIELDS = { tenant: 't', kind: 'log', id: 'a#0', time: 1, severity: 9, words: ['one'] };

const policy = (days: number) => ({
  policy: {
    description: 'd',
    default_state: 'kept',
    states: [
      {
        name: 'kept',
        actions: [],
        transitions: [{ state_name: 'deleted', conditions: { min_index_age: `${days}d` } }],
      },
      { name: 'deleted', actions: [{ delete: {} }], transitions: [] },
    ],
    ism_template: [{ index_patterns: ['sluice-logs-*'], priority: 1 }],
  },
});

describe('the local OpenSearch', () => {
  let store: SearchStore;
  let endpoint: Endpoint;
  let nowMs: number;
  beforeEach(async () => {
    nowMs = 0;
    store = new SearchStore(':memory:', () => nowMs);
    endpoint = await startSearchEndpoint(store);
    vi.spyOn(console, 'error').mockReturnValue();
  });
  afterEach(() => {
    endpoint.stop();
    store.close();
    vi.restoreAllMocks();
  });

  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${endpoint.url}${path}`, {
      method,
      headers: SIGNED,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.text() };
  };
  const create = async (fields: object, index = 'sluice-logs-1970.01.01', name = 'n') =>
    await call(
      'POST',
      '/_bulk',
      `${JSON.stringify({ create: { _index: index, _id: name } })}\n${JSON.stringify(fields)}\n`,
    );
  const search = async (change: object) =>
    await call('POST', '/sluice-logs/_search', {
      size: 10,
      query: { bool: { filter: [{ term: { tenant: 't' } }] } },
      sort: SORT,
      timeout: '1s',
      track_total_hits: false,
      ...change,
    });
  const ready = async (): Promise<void> => {
    const made = await call(
      'PUT',
      '/_index_template/sluice-logs',
      indexTemplate({ shards: 1, replicas: 0 }),
    );
    expect(made.status).toBe(200);
    expect((await create(FIELDS)).status).toBe(200);
  };

  test.each([
    ['GET', '/_cat/indices'],
    ['POST', '/sluice-logs/_count'],
    ['DELETE', '/sluice-logs-1970.01.01'],
    ['POST', '/sluice-logs/_search?scroll=1m'],
    ['POST', '/_bulk?refresh=true'],
  ])('refuses %s %s by its name', async (method, path) => {
    const { status, body } = await call(method, path);
    expect(status).toBe(400);
    expect(body).toContain(`does not know ${method} ${path}`);
  });

  test.each([
    ['another kind of query', { query: { fuzzy: { words: 'x' } } }, 'the query fuzzy'],
    ['a field without a mapping', { query: { term: { colour: 'x' } } }, 'colour'],
    ['a word of a text as a term', { query: { term: { words: 'x' } } }, 'a term of words'],
    ['a range of names', { query: { range: { service: { gte: 1 } } } }, 'service'],
    ['a range that excludes its end', { query: { range: { time: { gt: 1 } } } }, 'time'],
    ['existence of an attribute', { query: { exists: { field: 'attributes.a' } } }, 'exists'],
    [
      'a wish beside a condition',
      { query: { bool: { filter: [], should: [{}], must: [] } } },
      'bool',
    ],
    ['another aggregation', { aggs: { bars: { terms: { field: 'service' } } } }, 'aggs'],
    ['a highlight', { highlight: { fields: {} } }, 'highlight'],
    ['a page by offset', { from: 10 }, 'from'],
    ['a cursor of another sort', { search_after: [1] }, 'search_after'],
  ])('refuses %s by its name', async (_, change, named) => {
    await ready();
    const { status, body } = await search(change);
    expect(status).toBe(400);
    expect(body).toContain(named);
  });

  test('refuses an index that would guess its fields, and fields of another kind', async () => {
    await ready();
    expect((await create(FIELDS, 'other-1')).body).toContain('the index other-1');
    expect((await create({ ...FIELDS, time: '1970-01-01' })).body).toContain(
      'such a value of time',
    );
    expect((await create({ ...FIELDS, attributes: { a: { b: 'c' } } })).body).toContain(
      'attributes',
    );
    const update = '{"index":{"_index":"sluice-logs-1","_id":"a"}}\n{}\n';
    expect((await call('POST', '/_bulk', update)).status).toBe(400);
  });

  test('answers as OpenSearch: nothing there yet, there already, not mapped, refused', async () => {
    expect((await search({})).status).toBe(404);
    await ready();
    expect((await create(FIELDS)).body).toContain('"status":409');
    expect((await create({ ...FIELDS, colour: 'red' }, undefined, 'm')).body).toContain('201');
    expect((await create({ ...FIELDS, severity: 500 }, undefined, 'o')).body).toContain(
      '"status":400',
    );
    expect((await create(FIELDS, undefined, 'x'.repeat(513))).body).toContain('"status":400');
  });

  test('deletes an index when its policy says so, with all that is in it', async () => {
    expect((await call('GET', '/_plugins/_ism/policies/sluice-logs')).status).toBe(404);
    expect((await call('PUT', '/_plugins/_ism/policies/sluice-logs', policy(2))).status).toBe(201);
    expect((await call('PUT', '/_plugins/_ism/policies/sluice-logs', policy(3))).status).toBe(409);
    await ready();
    nowMs = DAY_MS;
    await create({ ...FIELDS, words: ['two'] }, 'sluice-logs-1970.01.02');
    const hits = async (word: string) => {
      const { body } = await search({ query: { match_phrase: { words: word } } });
      return [...body.matchAll(/"_index"/g)].length;
    };
    expect(await hits('one')).toBe(1);
    nowMs = 2 * DAY_MS + 1;
    await create({ ...FIELDS, words: ['three'] }, 'sluice-logs-1970.01.03');
    expect([await hits('one'), await hits('two'), await hits('three')]).toEqual([0, 1, 1]);
    expect((await call('DELETE', '/_plugins/_ism/policies/sluice-logs')).status).toBe(200);
    expect((await call('DELETE', '/_plugins/_ism/policies/sluice-logs')).status).toBe(404);
  });

  test('answers nobody who does not sign', async () => {
    const answer = await fetch(`${endpoint.url}/sluice-logs/_search`, { method: 'POST' });
    expect(answer.status).toBe(403);
  });
});
