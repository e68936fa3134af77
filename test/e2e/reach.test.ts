import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import {
  answerOf as answerFrom,
  nothingLike,
  placeOf,
  routesOf,
  type Asked,
} from '../support/asked-routes.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e, type KeyView } from '../support/e2e.ts';
import { adminOfOtherProject } from '../support/other-project.ts';
import { ROUTE_GUARDS } from '../support/route-guards.ts';
import { NOTHING, thingsOf, type Names } from '../support/named-things.ts';
import { SocketTab } from '../support/socket-client.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';

const MODEL = 'gpt-4o-mini';
const list = z.looseObject({ data: z.array(z.unknown()) });

const e2e = sharedE2e();
let ada: KeyView;
let strangers: Readonly<Record<'of the project' | 'of another project', KeyView>>;
let otherAdmin: string;
let names: Names;

beforeAll(async () => {
  await e2e.start();
  ada = await e2e.mint({ user_id: 'ada' });
  names = await thingsOf(e2e, ada);
});
afterAll(async () => await e2e.stop());

const answerOf = async (secret: string, asked: Asked, named: Names): Promise<string> =>
  await answerFrom(e2e, secret, asked, named);

const nothingOf = (): Names => nothingLike(names, NOTHING);

laptopSuite('what another key may reach', 'it writes a key of a second project', () => {
  beforeAll(async () => {
    otherAdmin = await adminOfOtherProject(e2e.stack.stateDir);
    const minted = await e2e.api('POST', '/v1/keys', otherAdmin, {
      name: 'ada of another project',
      user_id: 'ada',
      max_spend_usd: 1,
    });
    const elsewhere = z
      .looseObject({ id: z.string(), secret: z.string() })
      .parse(await minted.json());
    const eve = await e2e.mint({ user_id: 'eve' });
    strangers = { 'of the project': eve, 'of another project': { ...eve, ...elsewhere } };
  });

  test('every route is listed with what guards it', async () => {
    const document = z
      .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .parse(await (await fetch(`${e2e.stack.baseUrl}/openapi.json`)).json());
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(Object.keys(ROUTE_GUARDS).toSorted()).toEqual(routes.toSorted());
    for (const { route, path } of routesOf('named', 'named in project'))
      for (const [, word = ''] of path.matchAll(/\{(\w+)\}/g))
        expect(names[word], `${word} of ${route}`).toEqual(expect.stringMatching(/./));
  });

  test.each(routesOf('own', 'project', 'named', 'named in project'))(
    '$route without a key is a 401, whatever it names',
    async ({ method, path }) => {
      const place = placeOf({ method, path }, names, MODEL);
      const answer = await fetch(`${e2e.stack.baseUrl}${place}`, { method });
      expect([answer.status, await answer.text()]).toEqual([
        401,
        // Google's wire writes reasons in capitals.
        expect.stringMatching(/missing_api_key/i),
      ]);
    },
  );

  test.each(routesOf('project', 'named in project'))(
    '$route is a 403 for a key that is no admin, whatever it names',
    async (route) => {
      for (const { secret } of [ada, ...Object.values(strangers)]) {
        const answer = await answerOf(secret, route, names);
        expect(answer).toMatch(/^403 .*admin_scope_required/);
        expect(await answerOf(secret, route, nothingOf())).toBe(answer);
      }
    },
  );

  test.each(routesOf('named'))(
    "$route answers a stranger the 404 of what never was, when it is somebody else's",
    async (route) => {
      for (const secret of [...Object.values(strangers).map((key) => key.secret), otherAdmin]) {
        const answer = await answerOf(secret, route, names);
        expect(answer).toMatch(/^404 .*not_found/);
        expect(await answerOf(secret, route, nothingOf())).toBe(answer);
      }
    },
  );

  test.each(routesOf('named in project'))(
    '$route answers the admin of another project the 404 of what never was',
    async (route) => {
      const answer = await answerOf(otherAdmin, route, names);
      expect(answer).toMatch(/^404 .*not_found/);
      expect(await answerOf(otherAdmin, route, nothingOf())).toBe(answer);
    },
  );

  test.each([
    ['/v1/responses', 'conversation', 'conversation_id', { input: 'go on' }],
    ['/v1/responses/input_tokens', 'conversation', 'conversation_id', { input: 'go on' }],
    [
      '/v1/ai/chat',
      'id',
      'thread_id',
      { messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'go on' }] }] },
    ],
  ] as const)(
    'POST %s whose %s is of somebody else is the 404 of what never was',
    async (path, field, word, rest) => {
      for (const secret of [...Object.values(strangers).map((key) => key.secret), otherAdmin]) {
        const asked = (named: Names) =>
          answerOf(
            secret,
            { method: 'POST', path, body: { model: MODEL, ...rest, [field]: named[word] } },
            named,
          );
        const answer = await asked(names);
        expect(answer).toMatch(/^404 .*not_found/);
        expect(await asked(nothingOf())).toBe(answer);
      }
    },
  );

  test.each(['/v1/responses', '/v1/responses/input_tokens', '/v1/responses/compact'])(
    'POST %s behind a response of somebody else is the 400 of what never was, as at OpenAI',
    async (path) => {
      for (const secret of [...Object.values(strangers).map((key) => key.secret), otherAdmin]) {
        const asked = async (named: Names) => {
          const id = named['response_id'] ?? '';
          const body = { model: MODEL, input: 'go on', previous_response_id: id };
          const answer = await answerOf(secret, { method: 'POST', path, body }, named);
          return answer.replace(/id '[^']*' not found/, 'not found');
        };
        const answer = await asked(names);
        expect(answer).toMatch(/^400 .*previous_response_not_found/);
        expect(await asked(nothingOf())).toBe(answer);
      }
    },
  );

  test.each([
    ['thread_id', 204],
    ['run_id', 404],
  ] as const)(
    'the stream of a chat by the %s of somebody else is the %d of none',
    async (word, status) => {
      for (const secret of [...Object.values(strangers).map((key) => key.secret), otherAdmin])
        for (const named of [names, nothingOf()]) {
          const answer = await e2e.api('GET', `/v1/ai/chat/${named[word]}/stream`, secret);
          expect(answer.status).toBe(status);
        }
    },
  );

  test.each(routesOf('named', 'named in project'))(
    '$route answers a 404 for what is no id at all',
    async (route) => {
      for (const text of ['x'.repeat(3_000), '%2F'.repeat(400), '%00', '%F0%9F%98%80', '..%2F..']) {
        const odd = Object.fromEntries(Object.keys(names).map((word) => [word, text]));
        expect(await answerOf(e2e.stack.adminKey, route, odd)).toMatch(/^404 .*not_found/);
      }
    },
  );

  test("a stranger's socket hears nothing of a thread, and says nothing to it", async () => {
    for (const { secret } of Object.values(strangers)) {
      const tab = await SocketTab.withKey(e2e, secret);
      for (const message of [
        { type: 'subscribe', thread_id: 'thread_id' },
        { type: 'send', thread_id: 'thread_id', request_id: 'r1', model: MODEL, content: 'hi' },
        { type: 'cancel', run_id: 'run_id' },
      ]) {
        const told = [];
        for (const named of [names, nothingOf()]) {
          const said = Object.fromEntries(
            Object.entries(message).map(([field, word]) => [field, named[word] ?? word]),
          );
          const { request_id: _id, ...frame } = await tab.ask(said, 'error');
          told.push(
            Object.values(named).reduce(
              (text, id) => text.replaceAll(id, '…'),
              JSON.stringify(frame),
            ),
          );
        }
        expect(told[0]).toContain('not_found');
        expect(told[1]).toBe(told[0]);
      }
      const client = threadClient(e2e, ada.secret);
      await allFrames(await client.post(names['thread_id'] ?? '', 'again'));
      expect(tab.events).toEqual([]);
      tab.cut();
    }
  });

  test('lists of another project hold nothing of this one', async () => {
    for (const path of [
      '/v1/threads',
      '/v1/threads?end_user_id=ada',
      '/v1/tools',
      '/v1/mcp-servers',
      '/v1/keys?name=test',
      '/v1/keys?user_id=eve',
    ]) {
      const answer = await e2e.api('GET', path, otherAdmin);
      expect([path, list.parse(await answer.json()).data]).toEqual([path, []]);
    }
    const usage = await e2e.api('GET', '/v1/usage', otherAdmin);
    expect(await usage.json()).toMatchObject({ totals: { request_count: 0 }, by_key: [] });
  });

  test('a key of one end user may not name another one', async () => {
    const answer = await e2e.api(
      'GET',
      '/v1/threads?end_user_id=ada',
      strangers['of the project'].secret,
    );
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('end_user_id'),
    ]);
  });

  test('after all of it what is named is as it was', async () => {
    const client = threadClient(e2e, ada.secret);
    expect((await client.messages(names['thread_id'] ?? '')).data).toHaveLength(6);
    for (const { route, method, path } of routesOf('named').filter(
      ({ method }) => method === 'GET',
    )) {
      if (/stream|events/.test(path)) continue;
      expect([route, await answerOf(ada.secret, { method, path, body: undefined }, names)]).toEqual(
        [route, expect.stringMatching(/^200 /)],
      );
    }
    for (const path of [`/v1/tools/${names['tool_id']}`, `/v1/mcp-servers/${names['server_id']}`])
      expect((await e2e.admin('GET', path)).status).toBe(200);
    expect(await (await e2e.admin('GET', `/v1/keys/${ada.id}`)).json()).toMatchObject({
      name: 'test',
      status: 'active',
    });
  });
});

test('a key of scope ingest is refused by every route that wants a key', async () => {
  const { secret } = await e2e.mint({ scope: 'ingest', ingest_bytes_per_day: 1_000 });
  const asked = routesOf('own', 'project', 'named', 'named in project');
  expect(asked.length).toBeGreaterThan(50);
  for (const { route, ...one } of asked)
    expect(await answerOf(secret, one, names), route).toMatch(/^403 .*scope_not_allowed/i);
});
