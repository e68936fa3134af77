import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listenHere } from '../../../local/http/listen-here.ts';
import { mcpTools } from '../../../lambdas/threads/tools/adapters/mcp-tools.ts';
import type { McpServer } from '../../../lambdas/threads/tools/domain/mcp-server.ts';
import { outbound, systemResolve } from '../../../lambdas/platform/outbound.ts';
import type { McpTools } from '../../../lambdas/threads/tools/ports/tool-calls.ts';
import { startMcpServer, type McpToolServer } from '../../support/mcp-tool-server.ts';

const never = new AbortController().signal;
const use = (name: string, input: { [name: string]: number } = {}) => ({
  type: 'tool_use' as const,
  id: 'c1',
  name,
  input,
});

describe.each([
  ['JSON', true],
  ['events', false],
])('an MCP server that answers by %s', (_how, isJson) => {
  let real: McpToolServer;
  let mcp: McpTools;
  let nowMs = 0;
  const reported: unknown[] = [];
  const server = (fields: Partial<McpServer> = {}): McpServer => ({
    id: 'mcp_a',
    name: 'house',
    url: real.url,
    headers: { authorization: 'Bearer word' },
    timeoutMs: 60_000,
    requiresApproval: false,
    createdAtMs: 0,
    updatedAtMs: 0,
    ...fields,
  });
  const tools = (isLoopbackAllowed = true): McpTools =>
    mcpTools({
      send: outbound({ isLoopbackAllowed, resolve: systemResolve }),
      timers: { nowMs: () => nowMs, sleep: async () => undefined },
      report: (_message, error) => reported.push(error),
    });
  beforeAll(async () => void (real = await startMcpServer(isJson)));
  afterAll(() => real.stop());
  beforeEach(() => {
    nowMs = 0;
    mcp = tools();
    for (const list of [real.heard, real.credentials, reported]) list.splice(0);
  });

  test('lists its tools by its name, once a minute, with the headers that it wants', async () => {
    const names = (await mcp.list('p', server())).map(({ name }) => name);
    expect(names).toEqual([
      'house/look',
      'house/paint',
      'house/broken',
      'house/huge',
      'house/silent',
    ]);
    const asked = (): number => real.heard.filter((one) => one === 'POST tools/list').length;
    await mcp.list('p', server());
    nowMs = 59_999;
    await mcp.list('p', server());
    expect(asked()).toBe(1);
    nowMs = 60_001;
    await mcp.list('p', server());
    await mcp.list('other', server());
    expect(asked()).toBe(3);
    expect(new Set(real.credentials)).toEqual(new Set(['Bearer word']));
  });

  test('is tried anew each time, and says what it lists', async () => {
    await mcp.list('p', server());
    const tried = await mcp.test(server());
    expect(tried).toMatchObject({ problem: null });
    expect(tried.tools.map(({ name }) => name)).toContain('house/look');
    expect(real.heard.filter((one) => one === 'POST tools/list')).toHaveLength(2);
  });

  test.each([
    ['http://127.0.0.1:9/mcp', true, 'ECONNREFUSED'],
    ['http://127.0.0.1:9/mcp', false, 'The request was refused'],
    ['http://house.example/mcp', true, 'the address must be https'],
  ])('%s (loopback: %s) is tried, and the reason is said', async (url, isAllowed, reason) => {
    const { problem, tools: listed } = await tools(isAllowed).test(server({ url }));
    expect(listed).toEqual([]);
    expect(problem).toContain(reason);
  });

  test('is called in a session that is ended', async () => {
    expect(await mcp.call(server(), use('house/look', { at: 7 }), never)).toMatchObject({
      status: 'completed',
      attempts: 1,
      block: { tool_use_id: 'c1', content: [{ type: 'text', text: 'door 7' }] },
    });
    expect(real.heard).toEqual([
      'POST initialize',
      'POST notifications/initialized',
      'POST tools/call',
      'DELETE',
    ]);
  });

  test('gives images as images and other things as what they are', async () => {
    expect(await mcp.call(server(), use('house/paint'), never)).toMatchObject({
      block: {
        content: [
          { type: 'image', source: { media_type: 'image/png' } },
          { type: 'text', text: expect.stringContaining('audio/wav') },
        ],
      },
    });
  });

  test.each([
    ['house/broken', {}, 'the wall is wet'],
    ['house/nobody', {}, 'nobody'],
    ['house/look', { at: 'x' }, 'at'],
    ['house/huge', {}, 'larger than 262144 bytes'],
  ])('that fails %s %j says why to the model', async (name, input, said) => {
    const outcome = await mcp.call(server(), { ...use(name), input }, never);
    expect(outcome).toMatchObject({ status: 'failed', block: { is_error: true } });
    expect(JSON.stringify(outcome)).toContain(said);
  });

  test('that is silent ends as timed out, or as cancelled with its run', async () => {
    const silent = use('house/silent');
    expect(await mcp.call(server({ timeoutMs: 2_000 }), silent, never)).toMatchObject({
      status: 'timed_out',
    });
    const stop = new AbortController();
    real.heard.splice(0);
    const pending = mcp.call(server(), silent, stop.signal);
    await expect.poll(() => real.heard).toContain('POST tools/call');
    stop.abort();
    expect(await pending).toMatchObject({ status: 'cancelled' });
  });

  test('that fails in words of its own is told of without them: they may hold what it was sent', async () => {
    const echo = createServer((request, answer) =>
      answer.writeHead(401).end(`not welcome: ${request.headers.authorization ?? ''}`),
    );
    const port = await listenHere(echo);
    expect(await mcp.list('p', server({ url: `http://127.0.0.1:${port}/mcp` }))).toEqual([]);
    const tried = await mcp.test(server({ url: `http://127.0.0.1:${port}/mcp` }));
    echo.close();
    expect(tried.problem).toMatch(/not welcome/);
    expect(tried.problem).not.toMatch(/word/);
    expect(reported).toEqual([
      { server_id: 'mcp_a', server_name: 'house', error: expect.any(String), code: '401' },
    ]);
  });

  test('that is away or not public has no tools, is reported, and is asked again after a while', async () => {
    const away = server({ url: 'http://127.0.0.1:9/mcp' });
    expect(await mcp.list('p', away)).toEqual([]);
    expect(await mcp.list('p', away)).toEqual([]);
    expect(reported).toHaveLength(1);
    nowMs = 10_001;
    expect(await mcp.list('p', away)).toEqual([]);
    expect(reported).toHaveLength(2);
    const strict = tools(false);
    expect(await strict.list('p', server())).toEqual([]);
    expect(await strict.call(server(), use('house/look', { at: 1 }), never)).toMatchObject({
      status: 'failed',
    });
    expect(real.heard).toEqual([]);
  });
});
