import { describe, expect, test } from 'vitest';
import { laptopTest } from '../support/deployed-stage.ts';
import type { E2e } from '../support/e2e.ts';
import { startMcpServer } from '../support/mcp-tool-server.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';
import { explicit, NO_WEBHOOK, resultOf, toolView } from '../support/tool-turns.ts';

/** MCP servers of a project; `started` stops what it is told of when all is over. */
export const mcpServerTests = (e2e: E2e, started: (server: { stop(): void }) => void): void => {
  const client = async () => threadClient(e2e, (await e2e.mint({ user_id: 'ada' })).secret);

  describe('an MCP server', () => {
    test('is kept by its name, without a word of its headers, for admins alone', async () => {
      const body = {
        name: 'shop',
        url: 'https://shop.example/mcp',
        headers: { 'x-word': 'secret!' },
      };
      const made = await e2e.admin('POST', '/v1/mcp-servers', body);
      expect(made.status).toBe(201);
      const { id } = toolView.parse(await made.clone().json());
      const path = `/v1/mcp-servers/${id}`;
      for (const answer of [
        made,
        await e2e.admin('GET', path),
        await e2e.admin('GET', '/v1/mcp-servers'),
        await e2e.admin('PATCH', path, { timeout_ms: 1_000 }),
      ]) {
        const text = await answer.text();
        expect(text).toContain('"header_names":["x-word"]');
        expect(text).not.toContain('secret!');
      }
      expect((await e2e.admin('POST', '/v1/mcp-servers', body)).status).toBe(409);
      expect((await (await client()).api('GET', path)).status).toBe(403);
      for (const [field, wrong] of [
        ['url', { url: 'https://192.168.0.1/mcp' }],
        ['headers.Host', { headers: { Host: 'x' } }],
        ['name', { name: 'a/b' }],
      ] as const) {
        const answer = await e2e.admin('POST', '/v1/mcp-servers', { ...body, ...wrong });
        expect([answer.status, await answer.json()]).toMatchObject([
          400,
          { error: { param: field } },
        ]);
      }
      expect((await e2e.admin('DELETE', path)).status).toBe(200);
      expect((await e2e.admin('GET', path)).status).toBe(404);
    });

    laptopTest(
      'is tried by its id, and named when a turn misses its tools',
      NO_WEBHOOK,
      async () => {
        const server = await startMcpServer(true);
        started(server);
        const made = await e2e.admin('POST', '/v1/mcp-servers', {
          name: 'garden',
          url: server.url,
        });
        const { id } = toolView.parse(await made.json());
        const path = `/v1/mcp-servers/${id}`;
        const tried = await e2e.admin('POST', `${path}/test`, {});
        expect([tried.status, await tried.json()]).toMatchObject([
          200,
          { object: 'mcp_server_test', server_id: id, ok: true, problem: null },
        ]);
        expect((await (await client()).api('POST', `${path}/test`)).status).toBe(403);
        await e2e.admin('PATCH', path, { url: 'http://127.0.0.1:9/mcp' });
        expect(await (await e2e.admin('POST', `${path}/test`)).json()).toMatchObject({
          ok: false,
          tools: [],
          problem: expect.stringContaining('ECONNREFUSED'),
        });
        const ada = await client();
        const frames = await (
          await ada.post(await ada.open(), 'look', explicit('garden/look'))
        ).text();
        expect(frames).toContain(
          `the MCP server garden did not list garden/look: POST ${path}/test`,
        );
        expect((await e2e.admin('POST', '/v1/mcp-servers/mcp_none/test')).status).toBe(404);
      },
    );

    laptopTest('lends its tools to a turn', NO_WEBHOOK, async () => {
      const server = await startMcpServer(false);
      started(server);
      await e2e.admin('POST', '/v1/mcp-servers', {
        name: 'estate',
        url: server.url,
        headers: { authorization: 'Bearer word' },
      });
      const ada = await client();
      const told = await allFrames(
        await ada.post(await ada.open(), 'look', explicit('estate/look')),
      );
      expect(resultOf(told)).toMatchObject({
        name: 'estate/look',
        status: 'completed',
        block: { content: [{ type: 'text', text: 'door 1' }] },
      });
      expect(told.at(-1)?.event).toBe('run.completed');
      expect(new Set(server.credentials)).toEqual(new Set(['Bearer word']));
    });
  });
};
