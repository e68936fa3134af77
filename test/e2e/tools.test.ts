import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';
import { explicit, NO_WEBHOOK, resultOf, toolView, typesOf } from '../support/tool-turns.ts';
import { mcpServerTests } from './mcp-servers.ts';
import { startToolServer, type Heard, type ToolServer } from '../support/tool-server.ts';

const e2e = sharedE2e();
const servers: { stop(): void }[] = [];
beforeAll(async () => await e2e.start());
afterAll(async () => {
  for (const server of servers) server.stop();
  await e2e.stop();
});

const serve = async (
  answers: ToolServer['answers'],
  onHeard?: (heard: Heard) => Promise<void>,
): Promise<ToolServer> => {
  const server = await startToolServer(answers, onHeard);
  servers.push(server);
  return server;
};
const OK = [{ status: 200, body: '{"output":"a door"}' }];

mcpServerTests(e2e, (server) => servers.push(server));

const client = async () => threadClient(e2e, (await e2e.mint({ user_id: 'ada' })).secret);

const register = async (fields: object) => {
  const answer = await e2e.admin('POST', '/v1/tools', {
    description: 'Looks at a place',
    input_schema: { type: 'object', properties: { at: { type: 'integer' } } },
    ...fields,
  });
  expect([answer.status, answer.status === 201 ? '' : await answer.clone().text()]).toEqual([
    201,
    '',
  ]);
  return toolView.parse(await answer.json());
};
describe('the registry', () => {
  test('keeps a tool of each name, shows its secret once, and is for admins alone', async () => {
    const tool = await register({ name: 'shop/stock', webhook_url: 'https://shop.example/hook' });
    expect(tool.secret).toMatch(/^whsec_.{43}$/);
    const path = `/v1/tools/${tool.id}`;
    const body = { name: 'shop/stock', webhook_url: 'https://a.example', description: 'x' };
    const again = await e2e.admin('POST', '/v1/tools', {
      ...body,
      input_schema: { type: 'object' },
    });
    expect([again.status, await again.text()]).toEqual([409, expect.stringContaining('name:')]);
    for (const answer of [await e2e.admin('GET', path), await e2e.admin('GET', '/v1/tools')]) {
      const text = await answer.text();
      expect(text).toContain('shop/stock');
      expect(text).not.toContain('whsec_');
    }
    const patched = await e2e.admin('PATCH', path, { timeout_ms: 1_000, requires_approval: true });
    expect(await patched.json()).toMatchObject({ timeout_ms: 1_000, requires_approval: true });
    const ada = await client();
    for (const [method, at] of [
      ['GET', '/v1/tools'],
      ['GET', path],
      ['DELETE', path],
    ] as const)
      expect((await ada.api(method, at)).status).toBe(403);
    expect((await e2e.admin('DELETE', path)).status).toBe(200);
    expect((await e2e.admin('DELETE', path)).status).toBe(404);
    expect((await e2e.admin('GET', path)).status).toBe(404);
  });

  test.each([
    ['webhook_url', { webhook_url: 'http://shop.example/' }],
    ['webhook_url', { webhook_url: 'https://10.0.0.1/' }],
    ['webhook_url', { webhook_url: 'https://169.254.169.254/latest' }],
    ['webhook_url', { webhook_url: 'https://me:pw@shop.example/' }],
    ['name', { name: 'no spaces' }],
    ['name', { name: 'find_tools' }],
    ['timeout_ms', { timeout_ms: 120_001 }],
    ['input_schema', { input_schema: { type: 'string' } }],
    ['colour', { colour: 'red' }],
  ])('refuses a tool by naming %s: %j', async (field, fields) => {
    const answer = await e2e.admin('POST', '/v1/tools', {
      name: 'bad',
      description: 'x',
      input_schema: { type: 'object' },
      webhook_url: 'https://shop.example/',
      ...fields,
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { param: field } });
  });
});

laptopSuite('a tool of the project', NO_WEBHOOK, () => {
  test('is called by the run itself, signed, and the turn goes on with its answer', async () => {
    const server = await serve(OK);
    const tool = await register({ name: 'house/look', webhook_url: server.url });
    const ada = await client();
    const thread = await ada.open();
    const told = await allFrames(await ada.post(thread, 'look', explicit(tool.id)));
    expect(told.at(-1)?.event).toBe('run.completed');
    const [heard] = server.heard;
    expect(JSON.parse(heard?.body ?? '')).toMatchObject({
      name: 'house/look',
      input: { at: 1 },
      thread_id: thread,
      end_user_id: 'ada',
    });
    const signature = createHmac('sha256', tool.secret ?? '')
      .update(`${String(heard?.headers['x-sluice-timestamp'])}.${heard?.body ?? ''}`)
      .digest('hex');
    expect(heard?.headers['x-sluice-signature']).toBe(signature);
    const row = (await ada.messages(thread)).data[1];
    expect(typesOf(row)).toEqual(['text', 'tool_use', 'tool_result', 'text']);
    const audit = (await ada.messages(thread, '?view=audit')).data[1];
    expect(audit?.['steps']).toMatchObject([
      {},
      { tools: [{ name: 'house/look', status: 'completed', attempts: 1 }] },
      {},
    ]);
    expect(e2e.upstream.bodies.at(-1)).toMatchObject({
      messages: [{}, {}, { role: 'tool', content: 'a door' }],
    });
  });

  test('that fails is an error that the model reads, after three tries', async () => {
    const server = await serve([{ status: 500, body: '' }]);
    const tool = await register({ name: 'broken', webhook_url: server.url });
    const ada = await client();
    const told = await allFrames(await ada.post(await ada.open(), 'look', explicit('broken')));
    expect(tool.name).toBe('broken');
    expect(resultOf(told)).toMatchObject({ status: 'failed', attempts: 3 });
    expect(told.at(-1)?.event).toBe('run.completed');
    expect(server.heard).toHaveLength(3);
  });

  test('is found by what it does, in mode dynamic', async () => {
    const server = await serve(OK);
    await register({
      name: 'sky/forecast',
      description: 'Forecasts thunder over a meadow',
      webhook_url: server.url,
    });
    const ada = await client();
    const fields = { tools_mode: 'dynamic' };
    const told = await allFrames(
      await ada.post(await ada.open(), 'find thunder over a meadow', fields),
    );
    expect(
      told.filter(({ event }) => event === 'tool_result').map(({ data }) => data['name']),
    ).toEqual(['find_tools', 'sky/forecast']);
    expect(server.heard).toHaveLength(1);
  });

  test('that wants approval waits for a yes; a result in its place is refused', async () => {
    const server = await serve(OK);
    const tool = await register({
      name: 'wipe',
      webhook_url: server.url,
      requires_approval: true,
    });
    const ada = await client();
    for (const [approve, status, calls] of [
      [false, 'denied', 0],
      [true, 'completed', 1],
    ] as const) {
      const thread = await ada.open();
      const told = await allFrames(await ada.post(thread, 'look', explicit(tool.id)));
      expect(told.at(-1)).toMatchObject({
        event: 'run.requires_action',
        data: { tool_use_ids: ['call_1'], approval_ids: ['call_1'] },
      });
      const path = `/v1/threads/${thread}/tool-results/call_1`;
      const forged = await ada.api('POST', path, { content: 'it is done' });
      expect([forged.status, await forged.text()]).toEqual([
        400,
        expect.stringContaining('approve'),
      ]);
      expect((await ada.api('POST', path, { approve })).status).toBe(202);
      const after = told.at(-1)?.id ?? '';
      const rest = await allFrames(
        await ada.api('GET', `/v1/threads/${thread}/stream?after=${after}`),
      );
      expect(resultOf(rest)).toMatchObject({ status });
      expect(rest.at(-1)?.event).toBe('run.completed');
      expect(server.heard).toHaveLength(calls);
    }
  });

  test('that is silent ends with its run when that is cancelled, and the thread goes on', async () => {
    const ada = await client();
    const thread = await ada.open();
    const run = Promise.withResolvers<string>();
    const server = await serve(['silence'], async () => {
      await ada.api('POST', `/v1/runs/${await run.promise}/cancel`);
    });
    const tool = await register({ name: 'silent', webhook_url: server.url });
    const answer = await ada.post(thread, 'look', explicit(tool.id));
    run.resolve(answer.headers.get('x-sluice-run-id') ?? '');
    const told = await allFrames(answer);
    expect(resultOf(told)).toMatchObject({ status: 'cancelled' });
    expect(told.at(-1)?.event).toBe('run.cancelled');
    expect((await allFrames(await ada.post(thread, 'go on'))).at(-1)?.event).toBe('run.completed');
  });

  test('that posts into its own thread is told so, and the run is unharmed', async () => {
    const ada = await client();
    const thread = await ada.open();
    const said: unknown[] = [];
    const server = await serve(OK, async ({ headers }) => {
      const answer = await fetch(`${e2e.stack.baseUrl}/v1/threads/${thread}/messages`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${e2e.stack.adminKey}`,
          'x-sluice-run-id': String(headers['x-sluice-run-id']),
        },
        body: JSON.stringify({ model: 'gpt-4o-mini', content: 'me again' }),
      });
      said.push(answer.status, await answer.json());
    });
    const tool = await register({ name: 'loud', webhook_url: server.url });
    const told = await allFrames(await ada.post(thread, 'look', explicit(tool.id)));
    expect(said).toMatchObject([409, { error: { code: 'thread_busy_self' } }]);
    expect(told.at(-1)?.event).toBe('run.completed');
    expect((await ada.messages(thread)).data).toHaveLength(2);
  });
});

test.each([
  ['tool_ids', { tools_mode: 'explicit' }],
  ['tool_ids', { tools_mode: 'tenant', tool_ids: ['x'] }],
  ['tool_ids', { tools_mode: 'explicit', tool_ids: ['nobody'] }],
])('a turn that asks wrongly for tools is a 400 that names %s: %j', async (field, fields) => {
  const ada = await client();
  const thread = await ada.open();
  const answer = await ada.post(thread, 'hello', fields);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { param: field } });
  expect((await ada.messages(thread)).data).toEqual([]);
});
