import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployedStage } from '../support/deployed-stage.ts';
import { sharedE2e, type KeyView } from '../support/e2e.ts';
import { thingsOf, type Names } from '../support/named-things.ts';
import { ROUTE_GUARDS } from '../support/route-guards.ts';

const MODEL = 'gpt-4o-mini';
/** A deployed stage was sent no telemetry. */
const ROUTES = Object.entries(ROUTE_GUARDS)
  .map(([route, { guard }]) => {
    const [method = '', path = ''] = route.split(' ');
    return { route, guard, method, path };
  })
  .filter(({ path }) => deployedStage === null || !/\{(anomaly|trace)_id\}/.test(path));

const e2e = sharedE2e();
let key: KeyView;
let names: Names;

beforeAll(async () => {
  await e2e.start();
  key = await e2e.mint({ user_id: 'methods' });
  names = await thingsOf(e2e, key);
});
afterAll(async () => await e2e.stop());

/** A path with what its words name. */
const placeOf = (path: string): string =>
  path
    .replace('/v1/models/{id}', `/v1/models/${MODEL}`)
    .replaceAll(/\{(\w+)\}/g, (_all, word: string) => names[word] ?? names['thread_id'] ?? '');

/** Those that say the same of both: not of one request, and not of how its body is sent. */
const headersOf = ({ headers }: Response) => {
  const own = [
    'connection',
    'keep-alive',
    'date',
    'x-request-id',
    'request-id',
    'x-amz-request-id',
    'x-amzn-requestid',
    'x-amz-apigw-id',
    'x-amzn-trace-id',
    'content-length',
    'transfer-encoding',
  ];
  return Object.fromEntries([...headers].filter(([name]) => !own.includes(name)));
};

test('HEAD of every GET has its status and headers, and no body', async () => {
  const gets = ROUTES.filter(({ method }) => method === 'GET');
  expect(gets.length).toBeGreaterThan(30);
  const seen = new Set<number>();
  for (const { route, guard, path } of gets)
    for (const secret of [
      guard.includes('project') ? e2e.stack.adminKey : key.secret,
      'nonsense',
    ]) {
      const ask = async (method: string) =>
        await fetch(`${e2e.stack.baseUrl}${placeOf(path)}`, {
          method,
          headers: { authorization: `Bearer ${secret}`, origin: 'https://app.example' },
        });
      const got = await ask('GET');
      await got.body?.cancel();
      const head = await ask('HEAD');
      expect([route, head.status, headersOf(head)]).toEqual([route, got.status, headersOf(got)]);
      expect([route, await head.text()]).toEqual([route, '']);
      seen.add(head.status);
    }
  expect(seen).toEqual(new Set([200, 204, 400, 401, 404]));
});

test('a method that a path does not answer is a 405 that lists those it does, before any key is asked for', async () => {
  const paths = new Map<string, string[]>();
  for (const { method, path } of ROUTES) paths.set(path, [...(paths.get(path) ?? []), method]);
  for (const [path, methods] of paths)
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      if (methods.includes(method)) continue;
      const answer = await fetch(`${e2e.stack.baseUrl}${placeOf(path)}`, { method });
      const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
      expect([
        method,
        path,
        answer.status,
        answer.headers.get('allow')?.split(', ').toSorted(),
      ]).toEqual([method, path, 405, allow.toSorted()]);
      // Google writes reasons in capitals.
      expect((await answer.text()).toLowerCase()).toContain('method_not_allowed');
    }
});

test('a page of another origin is told by each path that it may ask', async () => {
  for (const path of new Set(ROUTES.map((route) => route.path))) {
    const answer = await fetch(`${e2e.stack.baseUrl}${placeOf(path)}`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-headers': 'x-api-key' },
    });
    expect([path, answer.status, answer.headers.get('access-control-allow-headers')]).toEqual([
      path,
      204,
      'x-api-key',
    ]);
  }
});
