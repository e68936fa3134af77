import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { qlaudSessionTests } from './qlaud-session.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { ownE2e } from '../support/e2e.ts';
import { allFrames, frames, threadClient, type Frame } from '../support/thread-client.ts';
import { startToolServer, type ToolServer } from '../support/tool-server.ts';

const rows = z.object({
  data: z.array(z.object({ seq: z.number(), role: z.string(), content: z.array(z.unknown()) })),
  has_more: z.boolean(),
  next_after_seq: z.number().nullable(),
});

/** Behind message 2, in the numbers of that API. */
const ANSWER = 2 * 128;

laptopSuite('a project that speaks the qlaud API', 'it would change the whole stage', () => {
  const e2e = ownE2e();
  let server: ToolServer;
  let ada: ReturnType<typeof threadClient>;
  beforeAll(async () => {
    server = await startToolServer([{ status: 200, body: '{"output":"a door"}' }]);
    await e2e.start();
    const set = await e2e.admin('PATCH', '/v1/project', { dialects: ['qlaud'] });
    expect(set.status).toBe(200);
    ada = threadClient(e2e, (await e2e.mint({ user_id: 'ada' })).secret);
  });
  afterAll(async () => {
    server.stop();
    await e2e.stop();
  });

  qlaudSessionTests(e2e);

  const aliases = (told: readonly Frame[]) =>
    told.filter(({ event }) => event.startsWith('qlaud.')).map(({ event }) => event.slice(6));

  test('is a setting that admins read and change, and nobody else', async () => {
    const read = await e2e.admin('GET', '/v1/project');
    expect(await read.json()).toMatchObject({ object: 'project', dialects: ['qlaud'] });
    expect((await ada.api('GET', '/v1/project')).status).toBe(403);
    const bad = await e2e.admin('PATCH', '/v1/project', { dialects: ['klingon'] });
    expect(bad.status).toBe(400);
  });

  test('tells its clients of tools and of the end, by its headers, and pages through its rows', async () => {
    const registered = await e2e.admin('POST', '/v1/tools', {
      name: 'door',
      description: 'Looks at a place',
      input_schema: { type: 'object' },
      webhook_url: server.url,
    });
    const { id } = z.looseObject({ id: z.string() }).parse(await registered.json());
    const thread = await ada.open();
    const answer = await ada.post(thread, 'look', { tools: [id], stream: true });
    expect(answer.headers.get('x-qlaud-thread-id')).toBe(thread);
    expect(answer.headers.get('x-qlaud-assistant-seq')).toBe(String(ANSWER));
    const told = await allFrames(answer);
    expect(aliases(told)).toEqual([
      'tool_dispatch_start',
      'tool_dispatch_done',
      'iteration_start',
      'done',
    ]);
    expect(told.find(({ event }) => event === 'qlaud.done')?.data).toMatchObject({
      iterations: 2,
      seq: ANSWER + 2,
      thread_id: thread,
    });
    expect(server.heard[0]?.headers['x-qlaud-signature']).toMatch(/^[0-9a-f]{64}$/);

    const path = `/v1/threads/${thread}/messages`;
    const all = rows.parse(await (await ada.api('GET', path)).json());
    expect(all.data.map(({ seq, role }) => [seq, role])).toEqual([
      [128, 'user'],
      [ANSWER, 'assistant'],
      [ANSWER + 1, 'user'],
      [ANSWER + 2, 'assistant'],
    ]);
    const rest = await ada.api('GET', `${path}?after_seq=${ANSWER}`);
    expect(rows.parse(await rest.json()).data).toEqual(all.data.slice(2));
    const first = await ada.api('GET', `${path}?limit=1`);
    expect(await first.json()).toMatchObject({ has_more: true, next_after_seq: 128 });

    const runId = answer.headers.get('x-sluice-run-id') ?? '';
    const native = told.filter(({ id: cursor }) => cursor !== '');
    const from = native.at(-3)?.id ?? '';
    const again = await allFrames(await ada.api('GET', `/v1/runs/${runId}/stream?after=${from}`));
    expect(again).toEqual(told.slice(-3));
  });

  test('keeps the stream open for the result of a client, and tells the rest on it', async () => {
    const thread = await ada.open();
    const look = { name: 'look', description: 'Looks', input_schema: { type: 'object' } };
    const answer = await ada.post(thread, 'look', { client_tools: [look], stream: true });
    const told: Frame[] = [];
    for await (const frame of frames(answer)) {
      told.push(frame);
      if (frame.event !== 'run.requires_action') continue;
      const path = `/v1/threads/${thread}/tool-results/call_1`;
      const taken = await ada.api('POST', path, { output: { seen: 'a door' }, is_error: false });
      expect(taken.status).toBe(202);
    }
    expect(aliases(told)).toEqual([
      'tool_dispatch_start',
      'tool_dispatch_done',
      'iteration_start',
      'done',
    ]);
    expect(told.find(({ event }) => event === 'qlaud.tool_dispatch_done')?.data).toMatchObject({
      name: 'look',
      output: '{"seen":"a door"}',
    });
  });
});
