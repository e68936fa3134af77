import { describe, expect, test } from 'vitest';
import { projectToolBox } from '../../../lambdas/threads/tools/adapters/project-tool-box.ts';
import { registeredTools } from '../../../lambdas/threads/tools/adapters/registered-tools.ts';
import { mcpServers } from '../../../lambdas/threads/tools/adapters/mcp-servers.ts';
import { FIND_TOOLS } from '../../../lambdas/threads/tools/domain/find-tools.ts';
import type { McpServer } from '../../../lambdas/threads/tools/domain/mcp-server.ts';
import type { Run, RunSettings } from '../../../lambdas/threads/domain/thread.ts';
import { toolOutcome } from '../../../lambdas/threads/tools/domain/tool-outcome.ts';
import type { ToolAnswer } from '../../../lambdas/threads/domain/tool-answer.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { newRun, PLACE } from '../../support/thread-rows.ts';
import { registered } from '../../support/tools.ts';
import { assistant } from '../../support/turns.ts';

const never = new AbortController().signal;
const WEATHER = registered({ name: 'weather/today', description: 'Rain and sun in a city' });
const MAIL = registered({ name: 'mail.send', description: 'Sends a letter to somebody' });
const DELETE = registered({
  name: 'delete',
  description: 'Deletes a file',
  requiresApproval: true,
});

const box = async (answers: Readonly<Record<string, ToolAnswer>> = {}) => {
  const tables = new MemoryTables();
  const tools = registeredTools(tables);
  const servers = mcpServers(tables);
  for (const tool of [WEATHER, MAIL, DELETE]) await tools.create(PLACE.projectId, tool);
  await tools.create('other', registered({ name: 'foreign' }));
  const called: string[] = [];
  const asked: string[] = [];
  const toolBox = projectToolBox({
    store: { toolAnswer: async (_run, id) => answers[id] ?? null },
    tools,
    webhook: async (tool, _run, use) => {
      called.push(tool.name);
      return toolOutcome(use, 'done', 'completed', { latencyMs: 1, attempts: 1 });
    },
    mcpServers: servers,
    mcp: {
      list: async (_projectId, { name }) => {
        asked.push(name);
        return ['look', 'mail.send'].map((tool) => ({ ...client, name: `${name}/${tool}` }));
      },
      test: async () => ({ tools: [], latencyMs: 0, problem: null }),
      call: async ({ name }, use) => {
        called.push(`${name}: ${use.name}`);
        return toolOutcome(use, 'done', 'completed', { latencyMs: 1, attempts: 1 });
      },
    },
  });
  return { toolBox, called, asked, servers };
};

const run = (settings: Partial<RunSettings>): Run => ({
  ...newRun(0),
  settings: { ...newRun(0).settings, ...settings },
});
const use = (name: string, input: { [name: string]: string } = {}) => ({
  type: 'tool_use' as const,
  id: 'c1',
  name,
  input,
});
const client = { name: 'mine', description: '', input_schema: { type: 'object' } };
const namesOf = (tools: readonly { readonly name: string }[]) =>
  tools.map(({ name }) => name).toSorted();

describe('what a model is offered', () => {
  test.each([
    ['none', {}, []],
    ['client', { clientTools: [client] }, ['mine']],
    ['tenant', { clientTools: [client] }, ['delete', 'mail.send', 'mine', 'weather/today']],
    ['explicit', { toolIds: [MAIL.id, 'weather/today'] }, ['mail.send', 'weather/today']],
    ['dynamic', {}, ['find_tools']],
  ] as const)('in mode %s', async (toolsMode, settings, names) => {
    const { toolBox } = await box();
    expect(namesOf(await toolBox.offered(run({ toolsMode, ...settings }), []))).toEqual(names);
  });

  test.each([
    ['tool_ids', { toolsMode: 'explicit', toolIds: ['foreign'] }],
    ['tools', { toolsMode: 'tenant', clientTools: [{ ...client, name: 'delete' }] }],
  ] as const)('is refused with a word on %s when it cannot be', async (param, settings) => {
    const { toolBox } = await box();
    await expect(toolBox.offered(run(settings), [])).rejects.toMatchObject({
      code: 'invalid_request',
      facts: { param },
    });
  });

  test('in mode dynamic grows by what the run has searched for, the same after a resume', async () => {
    const { toolBox } = await box();
    const dynamic = run({ toolsMode: 'dynamic' });
    const search = use(FIND_TOOLS.name, { query: 'is there rain in Bonn' });
    const own = [assistant('m', search)];
    const offered = namesOf(await toolBox.offered(dynamic, own));
    expect(offered).toContain('weather/today');
    expect(offered).not.toContain('mail.send');
    expect(namesOf(await (await box()).toolBox.offered(dynamic, own))).toEqual(offered);
    expect(await toolBox.call(dynamic, search, never)).toMatchObject({
      status: 'completed',
      block: { content: expect.stringContaining('weather/today') },
    });
  });
});

test('the time of a call is its tool’s own, and none where it waits or is not there', async () => {
  const { toolBox } = await box();
  const tenant = run({ toolsMode: 'tenant', clientTools: [client] });
  expect(await toolBox.timeMs(tenant, use('mail.send'))).toBe(MAIL.timeoutMs);
  expect(MAIL.timeoutMs).toBeGreaterThan(0);
  for (const name of ['mine', 'delete', 'nobody'])
    expect(await toolBox.timeMs(tenant, use(name))).toBe(0);
  const approved = await box({ c1: { kind: 'decided', isApproved: true } });
  expect(await approved.toolBox.timeMs(tenant, use('delete'))).toBe(DELETE.timeoutMs);
});

describe('tools of MCP servers', () => {
  const server = (name: string, requiresApproval = false): McpServer => ({
    id: `mcp_${name}`,
    name,
    url: 'https://mcp.example/',
    headers: {},
    timeoutMs: 1_000,
    requiresApproval,
    createdAtMs: 0,
    updatedAtMs: 0,
  });

  test('are offered by name, called at their server, and only the servers named are asked', async () => {
    const { toolBox, called, asked, servers } = await box();
    for (const name of ['house', 'office']) await servers.create(PLACE.projectId, server(name));
    const explicit = run({ toolsMode: 'explicit', toolIds: ['house/look'] });
    expect(namesOf(await toolBox.offered(explicit, []))).toEqual(['house/look']);
    await toolBox.call(explicit, use('house/look'), never);
    expect(await toolBox.call(explicit, use('house/mail.send'), never)).toMatchObject({
      status: 'failed',
    });
    expect([called, new Set(asked)]).toEqual([['house: house/look'], new Set(['house'])]);
    const all = namesOf(await toolBox.offered(run({ toolsMode: 'tenant' }), []));
    expect(all.filter((name) => /^(?:house|office)\//.test(name))).toHaveLength(4);
  });

  test('wait for a yes when their server is registered so', async () => {
    const { toolBox, called, servers } = await box();
    await servers.create(PLACE.projectId, server('house', true));
    const tenant = run({ toolsMode: 'tenant' });
    expect(await toolBox.call(tenant, use('house/look'), never)).toEqual({
      kind: 'waits',
      wants: 'approval',
    });
    expect(called).toEqual([]);
  });
});

describe('a call', () => {
  test('of a tool that is not there is an error that the model reads', async () => {
    const { toolBox, called } = await box();
    for (const name of ['foreign', 'nobody'])
      expect(await toolBox.call(run({ toolsMode: 'tenant' }), use(name), never)).toMatchObject({
        status: 'failed',
        block: { is_error: true },
      });
    expect(await toolBox.call(run({ toolsMode: 'none' }), use('delete'), never)).toMatchObject({
      status: 'failed',
    });
    expect(called).toEqual([]);
  });

  test('that wants approval waits, runs after a yes, and after nothing else', async () => {
    const tenant = run({ toolsMode: 'tenant' });
    const waiting = await box();
    expect(await waiting.toolBox.call(tenant, use('delete'), never)).toEqual({
      kind: 'waits',
      wants: 'approval',
    });
    const yes = await box({ c1: { kind: 'decided', isApproved: true } });
    expect(await yes.toolBox.call(tenant, use('delete'), never)).toMatchObject({
      status: 'completed',
    });
    expect(yes.called).toEqual(['delete']);
    const block = { type: 'tool_result', tool_use_id: 'c1', content: 'it is done' } as const;
    const noes = [
      await box({ c1: { kind: 'decided', isApproved: false } }),
      await box({ c1: { kind: 'result', block } }),
    ];
    for (const no of noes)
      expect(await no.toolBox.call(tenant, use('delete'), never)).toMatchObject({
        status: 'denied',
        block: { content: 'A person refused this call.', is_error: true },
      });
    const why = await box({ c1: { kind: 'decided', isApproved: false, reason: 'too dear' } });
    expect(await why.toolBox.call(tenant, use('delete'), never)).toMatchObject({
      status: 'denied',
      block: { content: 'A person refused this call. Their reason: too dear', is_error: true },
    });
    expect([waiting, ...noes].flatMap(({ called }) => called)).toEqual([]);
  });
});
