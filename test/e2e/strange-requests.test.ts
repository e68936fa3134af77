import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { problemOf, sendRaw } from '../support/raw-request.ts';
import { ROUTE_GUARDS } from '../support/route-guards.ts';
import { THREAD_BODIES, THREAD_LISTS } from '../support/thread-bodies.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';

const MODEL = 'gpt-4o-mini';
const withId = z.looseObject({ id: z.string() });
laptopSuite('what no client sends', 'API Gateway itself answers much of it', () => {
  const e2e = sharedE2e();
  let secret: string;
  let names: Readonly<Record<string, string>>;

  beforeAll(async () => {
    await e2e.start();
    ({ secret } = await e2e.mint({ user_id: 'ada' }));
    const ada = threadClient(e2e, secret);
    const thread_id = await ada.open();
    const turn = await ada.post(thread_id, 'hello');
    await allFrames(turn);
    const idOf = async (answer: Response) => withId.parse(await answer.json()).id;
    names = {
      thread_id,
      run_id: turn.headers.get('x-sluice-run-id') ?? '',
      seq: '1',
      tool_use_id: 'call_1',
      id: 'chat',
      item_id: `msg_${'0'.repeat(20)}_1_0_0`,
      response_id: await idOf(
        await ada.api('POST', '/v1/responses', { model: MODEL, input: 'hello' }),
      ),
      conversation_id: await idOf(await ada.api('POST', '/v1/conversations', {})),
    };
  });
  afterAll(async () => await e2e.stop());

  const pathOf = (path: string) => path.replace(/\{(\w+)\}/g, (_, name) => names[name] ?? 'x');
  const send = async (
    method: string,
    path: string,
    body: string | Buffer | null = null,
    headers: Readonly<Record<string, string>> = {},
  ) => await sendRaw(e2e.stack.baseUrl, secret, { method, path, body, headers });
  const refused = async (
    asked: readonly (readonly [method: string, path: string, body?: string | Buffer | null])[],
    naming?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    const problems: string[] = [];
    for (const [method, path, body] of asked) {
      const answer = await send(method, pathOf(path), body ?? null, headers);
      const problem =
        problemOf(answer) ??
        (naming === undefined || answer.text.includes(naming) ? null : answer.text.slice(0, 200));
      if (problem !== null)
        problems.push(`${method} ${path} ${String(body).slice(0, 60)}: ${problem}`);
    }
    expect(problems).toEqual([]);
  };
  const bodies = (change: (body: object) => string) =>
    Object.entries(THREAD_BODIES).map(([route, body]) => {
      const [method = '', path = ''] = route.split(' ');
      return [method, path, change(body)] as const;
    });

  test('an unknown field is refused by its name, on every route with a body', async () => {
    // A chat's page sends what it likes beside what is read.
    const strict = bodies((body) => JSON.stringify({ ...body, colour: 1 })).filter(
      ([, path]) => path !== '/v1/ai/chat',
    );
    await refused(strict, 'colour');
  });

  test.each(['[]', '"x"', '12', 'null', 'true', '{', '{"a":}', '\u0000', '{"title":"a"}{}'])(
    'a body %j is refused on every route with a body',
    async (text) => await refused(bodies(() => text)),
  );

  test('a body that is nested too deep is refused, wherever it may stand', async () => {
    for (const depth of [2_000, 200_000]) {
      const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
      const schema = `{"type":"object","x":${deep}}`;
      await refused([
        ['POST', '/v1/threads', deep],
        ['POST', '/v1/threads', `{"metadata":${deep}}`],
        [
          'POST',
          '/v1/threads/{thread_id}/messages',
          `{"model":"${MODEL}","content":"x","tools":[{"name":"a","description":"a","input_schema":${schema}}]}`,
        ],
        ['POST', '/v1/threads/{thread_id}/messages', `{"model":"${MODEL}","content":${deep}}`],
        [
          'POST',
          '/v1/responses',
          `{"model":"${MODEL}","input":"x","tools":[{"type":"function","name":"a","parameters":${schema}}]}`,
        ],
        ['POST', '/v1/responses', `{"model":"${MODEL}","input":${deep}}`],
        ['POST', '/v1/ai/chat', `{"id":"c","model":"${MODEL}","messages":${deep}}`],
      ]);
    }
  });

  test.each([
    ['content', 12],
    ['content', null],
    ['content', { type: 'text', text: 'x' }],
    ['content', [null]],
    ['content', [{ type: 'text', text: 1 }]],
    ['model', ''],
    ['model', 12],
    ['max_tokens', 0],
    ['max_tokens', -1],
    ['max_tokens', 1.5],
    ['max_tokens', 1e30],
    ['temperature', 99],
    ['temperature', '1'],
    ['loop_max', 0],
    ['loop_max', 1e9],
    ['tools', {}],
    ['tools', [{}]],
    ['tools', [{ name: '', input_schema: {} }]],
    ['concurrency', 'never'],
    ['stream', 'yes'],
    ['request_id', ''],
    ['request_id', 12],
    ['request_id', 'x'.repeat(257)],
    ['system', 12],
    ['run', 'no'],
  ])('a turn whose %s is %j is refused by its name', async (field, value) => {
    const body = { model: MODEL, content: 'hi', max_tokens: 100, [field]: value };
    await refused([['POST', '/v1/threads/{thread_id}/messages', JSON.stringify(body)]], field);
  });

  test.each([
    '-1',
    '0',
    '1.5',
    '1e99',
    'NaN',
    '',
    'ten',
    '99999999999999999999',
    '%00',
    '%D9%A3',
    '0x10',
  ])(
    'a limit of "%s" is refused by its name, on every list',
    async (limit) =>
      await refused(
        THREAD_LISTS.map((path) => ['GET', `${path}?limit=${limit}`] as const),
        'limit',
      ),
  );

  test.each(['before_seq', 'after_seq'])(
    'a %s that is no seq is refused by its name',
    async (name) => {
      const values = ['-1', '1.5', 'x', '', '1e99', '99999999999999999999', '%F0%9F%98%80'];
      await refused(
        values.map(
          (value) => ['GET', `/v1/threads/{thread_id}/messages?${name}=${value}`] as const,
        ),
        name,
      );
    },
  );

  test.each([
    ['/v1/threads/{thread_id}/messages?order=up', 'order'],
    ['/v1/threads/{thread_id}/messages?view=all', 'view'],
    ['/v1/threads/{thread_id}/messages?cursor=', 'cursor'],
    ['/v1/threads/{thread_id}/messages?cursor=%F0%9F%98%80', 'cursor'],
    ['/v1/threads/{thread_id}/stream?after=%00', 'after'],
    ['/v1/threads/{thread_id}/events?after=x', 'after'],
    ['/v1/runs/{run_id}/stream?after=0000000002.-0000001', 'after'],
    ['/v1/runs/{run_id}/stream?after=9999999999.99999999', 'after'],
    ['/v1/responses/{response_id}?stream=true&starting_after=-2', 'starting_after'],
    ['/v1/responses/{response_id}?stream=maybe', 'stream'],
    ['/v1/responses/{response_id}/input_items?after=x', 'after'],
    ['/v1/conversations/{conversation_id}/items?order=up', 'order'],
    ['/v1/ai/chat/{id}/stream?startIndex=x', 'startIndex'],
  ])('%s is refused by the name of %s', async (path, name) => {
    await refused([['GET', path]], name);
  });

  test('a parameter that is said twice is not taken for another one', async () => {
    for (const path of THREAD_LISTS) {
      const answer = await send('GET', pathOf(`${path}?limit=1&limit=-5`));
      expect([path, problemOf(answer)]).toEqual([path, null]);
    }
  });

  test('ids that are none are the 404 of what never was', async () => {
    const odd = [
      '%00',
      '%F0%9F%98%80',
      'x'.repeat(3_000),
      '..%2f..',
      '%20',
      "'",
      '-1',
      '%E2%80%AE',
    ];
    const paths = Object.keys(ROUTE_GUARDS)
      .filter((route) => /\/v1\/(threads|runs|responses|conversations)\/\{/.test(route))
      .flatMap((route) => {
        const [method = '', path = ''] = route.split(' ');
        const body = THREAD_BODIES[route];
        return odd.map(
          (id) =>
            [
              method,
              path.replace(/\{\w+\}/, id),
              body === undefined ? null : JSON.stringify(body),
            ] as const,
        );
      });
    await refused(paths);
  });

  test('half a percent code, an empty part, a trailing slash, and methods that are not served', async () => {
    await refused([
      ['GET', '/v1/threads/%E0%A4%A'],
      ['GET', '/v1/threads/%'],
      ['GET', '/v1/threads//messages'],
      ['PUT', '/v1/threads/{thread_id}', '{}'],
      ['DELETE', '/v1/threads'],
      ['PATCH', '/v1/runs/{run_id}', '{}'],
      [
        'POST',
        '/v1/threads/{thread_id}/messages/0/edit',
        JSON.stringify({ model: MODEL, content: 'x' }),
      ],
      [
        'POST',
        '/v1/threads/{thread_id}/messages/-1/edit',
        JSON.stringify({ model: MODEL, content: 'x' }),
      ],
      [
        'POST',
        '/v1/threads/{thread_id}/messages/1e3/edit',
        JSON.stringify({ model: MODEL, content: 'x' }),
      ],
      [
        'POST',
        '/v1/threads/{thread_id}/messages/99999999999/regenerate',
        JSON.stringify({ model: MODEL }),
      ],
    ]);
    // A slash at the end is read over, as API Gateway does it.
    expect((await send('GET', pathOf('/v1/threads/{thread_id}/'))).status).toBe(200);
    for (const path of [
      '/v1/threads',
      '/v1/threads/{thread_id}',
      '/v1/runs/{run_id}/stream',
      '/health',
    ]) {
      const { status, text } = await send('HEAD', pathOf(path));
      expect([path, status < 500, text]).toEqual([path, true, '']);
    }
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    '',
  ])('a body said to be "%s" is read as the JSON that it is, or refused', async (type) => {
    const good = await send('POST', '/v1/threads', '{"title":"a"}', { 'content-type': type });
    expect(good.status === 201 || problemOf(good) === null).toBe(true);
    await refused([['POST', '/v1/threads', 'title=a']], undefined, { 'content-type': type });
  });

  test('bytes that are no text, and more than an event holds in chunks of no said length', async () => {
    await refused([['POST', '/v1/threads', Buffer.from([0xff, 0xfe, 0x00, 0x7b])]]);
    const large = Buffer.from(JSON.stringify({ model: MODEL, content: 'x'.repeat(6_300_000) }));
    for (const headers of [{ 'transfer-encoding': 'chunked' }, {}]) {
      const answer = await send('POST', pathOf('/v1/threads/{thread_id}/messages'), large, headers);
      expect([answer.status, answer.text]).toEqual([
        413,
        expect.stringContaining('body_too_large'),
      ]);
    }
  });

  test('and after all of it the thread goes on', async () => {
    const ada = threadClient(e2e, secret);
    const { data } = await ada.messages(names['thread_id'] ?? '');
    const last = data.at(-1)?.seq ?? 0;
    const answer = await ada.post(names['thread_id'] ?? '', 'go on');
    expect((await allFrames(answer)).at(-1)?.event).toBe('run.completed');
    expect((await ada.messages(names['thread_id'] ?? '')).data.at(-1)?.seq).toBe(last + 2);
  });
});
