import { createServer, type ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import * as z from 'zod';
import { listenHere } from '../../../local/http/listen-here.ts';
import { outbound, systemResolve } from '../../../lambdas/platform/outbound.ts';
import { mcpTools } from '../../../lambdas/threads/tools/adapters/mcp-tools.ts';

const call = z.looseObject({ id: z.number().optional(), method: z.string().optional() });
const never = new AbortController().signal;
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A server that says what it is told to, where the SDK's own never would. */
const oddServer = async (
  results: Readonly<Record<string, unknown>>,
  end: (answer: ServerResponse, text: string) => void = (answer, text) => answer.end(text),
) => {
  const server = createServer((request, answer) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { id, method = '' } = call.parse(JSON.parse(Buffer.concat(parts).toString() || '{}'));
      const result =
        method === 'initialize'
          ? {
              protocolVersion: '2025-06-18',
              capabilities: {},
              serverInfo: { name: 'o', version: '1' },
            }
          : results[method];
      if (id === undefined || result === undefined) return void answer.writeHead(202).end();
      answer.writeHead(200, { 'content-type': 'text/event-stream' });
      const text = `data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`;
      if (method === 'tools/call') end(answer, text);
      else answer.end(text);
    });
  });
  const port = await listenHere(server);
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const mcp = mcpTools({
    send: outbound({ isLoopbackAllowed: true, resolve: systemResolve }),
    timers: { nowMs: () => 0, sleep: async () => undefined },
    report: () => undefined,
  });
  const house = {
    id: 'mcp_a',
    name: 'house',
    url: `http://127.0.0.1:${port}/mcp`,
    headers: {},
    timeoutMs: 30_000,
    requiresApproval: false,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
  const use = { type: 'tool_use', id: 'c1', name: 'house/look', input: {} } as const;
  return {
    list: async () => await mcp.list('p', house),
    call: async () => await mcp.call(house, use, never),
  };
};

test('a server that names its last page for ever, or a tool twice, offers each tool once', async () => {
  const look = { name: 'look', description: 'Looks', inputSchema: { type: 'object' } };
  const other = { ...look, description: 'Looks elsewhere' };
  for (const nextCursor of ['again', '']) {
    const { list } = await oddServer({ 'tools/list': { tools: [look, other, look], nextCursor } });
    expect(await list()).toMatchObject([
      { name: 'house/look', description: 'Looks' },
      {
        name: 'house/look',
        description: 'Looks elsewhere',
        problem: { reason: expect.stringContaining('of this name'), isLeftOut: true },
      },
    ]);
  }
});

test('one bad tool of a list is mended or left out alone, and says why', async () => {
  const { list } = await oddServer({
    'tools/list': {
      tools: [
        { name: 'good', description: 'Good', inputSchema: { type: 'object', properties: {} } },
        { name: 'bare' },
        { name: 'text', description: 7, inputSchema: 'none' },
        { description: 'nameless', inputSchema: {} },
        'no tool',
        { name: 'n'.repeat(200), inputSchema: {} },
        { name: 'big', inputSchema: { type: 'object', description: 'x'.repeat(20_000) } },
        { name: 'smile', description: `${'x'.repeat(4_095)}😀`, inputSchema: {} },
        {
          name: 'either',
          inputSchema: {
            anyOf: [
              { properties: { a: { type: 'string' }, b: {} }, required: ['a', 'b'] },
              { properties: { a: { type: 'string' }, c: {} }, required: ['a'] },
            ],
          },
        },
      ],
      nextCursor: 7,
    },
  });
  const tools = await list();
  expect(tools.map(({ name, problem }) => [name.slice(0, 20), problem])).toEqual([
    ['house/good', undefined],
    ['house/bare', { reason: 'it has no inputSchema', isLeftOut: false }],
    ['house/text', { reason: 'it has no inputSchema', isLeftOut: false }],
    [`house/${'n'.repeat(14)}`, { reason: expect.stringContaining('name'), isLeftOut: true }],
    ['house/big', { reason: expect.stringContaining('larger'), isLeftOut: true }],
    ['house/smile', undefined],
    ['house/either', { reason: 'anyOf at the top of its schema', isLeftOut: false }],
  ]);
  expect(tools.find(({ name }) => name === 'house/smile')?.description).toBe('x'.repeat(4_095));
  expect(tools.at(-1)?.input_schema).toEqual({
    type: 'object',
    properties: { a: { type: 'string' }, b: {}, c: {} },
    required: ['a'],
  });
});

const PNG = Buffer.from('\x89PNG\r\n\x1a\n with some bytes behind it', 'latin1').toString('base64');

test('bytes are an image where a model reads them, else a line that says what was left out', async () => {
  const content = [
    { type: 'image', mimeType: 'image/svg+xml', data: 'A'.repeat(160_000) },
    { type: 'image', mimeType: 'IMAGE/JPG', data: '/9j/4AAQ' },
    { type: 'image', mimeType: 'image/png', data: `${PNG.slice(0, 20)}\r\n${PNG.slice(20)}` },
    { type: 'image', mimeType: 'image/jpeg', data: PNG },
    { type: 'audio', mimeType: 'audio/wav', data: 'A'.repeat(4_000) },
    { type: 'resource', resource: { uri: 'a:b', mimeType: 'image/png', blob: PNG } },
    { type: 'resource', resource: { uri: 'a:b', text: 'words' } },
    { type: 'resource_link', uri: 'a:b', name: 'b' },
    { type: 'odd', inner: { data: 'A'.repeat(9_000) } },
    { type: 'image', mimeType: 'image/png' },
    { type: 'text', text: 'half \ud83d' },
    'no part',
  ];
  const { call: ask } = await oddServer({ 'tools/call': { content } });
  const outcome = await ask();
  const image = (media_type: string, data: string) => ({
    type: 'image',
    source: { type: 'base64', media_type, data },
  });
  const line = (words: string) => ({ type: 'text', text: expect.stringContaining(words) });
  expect(outcome).toMatchObject({
    status: 'completed',
    block: {
      content: [
        line('[image/svg+xml, 120000 bytes, left out'),
        image('image/jpeg', '/9j/4AAQ'),
        image('image/png', PNG),
        image('image/png', PNG),
        line('[audio/wav, 3000 bytes, left out'),
        image('image/png', PNG),
        { type: 'text', text: 'words' },
        line('resource_link'),
        line('9000 characters of base64 left out'),
        line('image/png'),
        { type: 'text', text: 'half \ufffd' },
        line('no part'),
      ],
    },
  });
  expect(JSON.stringify(outcome)).not.toContain('AAAAAAAA');
});

const LARGE = Buffer.concat([Buffer.from(PNG, 'base64'), Buffer.alloc(150_000)]).toString('base64');

test('an image that a result has no room for takes only itself', async () => {
  const large = { type: 'image', mimeType: 'image/png', data: LARGE };
  const content = [large, large, { type: 'text', text: 'words' }];
  const { call: ask } = await oddServer({ 'tools/call': { content } });
  expect(await ask()).toMatchObject({
    status: 'completed',
    block: { content: [{ type: 'image' }, { type: 'text' }, { type: 'text', text: 'words' }] },
  });
});

test.each([
  ['breaks off', (answer: ServerResponse) => answer.destroy()],
  ['ends in mid-frame', (answer: ServerResponse, text: string) => answer.end(text.slice(0, 30))],
  ['ends without a word', (answer: ServerResponse) => answer.end()],
  [
    'ends behind something else',
    (answer: ServerResponse) => answer.end('data: {"jsonrpc":"2.0"}\n\n'),
  ],
])('a server whose answer %s has failed at once', { timeout: 10_000 }, async (_how, end) => {
  const { call: ask } = await oddServer({ 'tools/call': { content: [] } }, end);
  expect(await ask()).toMatchObject({
    status: 'failed',
    block: { content: 'The tool could not be reached.' },
  });
});
