import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { WireName } from '../../../lambdas/inference/models/families.ts';
import { WIRES } from '../../support/all-wires.ts';
import { engineRoom } from '../../support/engine-room.ts';
import { answer, failureOf, usage } from '../../support/scripted-answers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

/** What agents and SDKs sent by themselves to a server that wrote it down; long texts are cut, names of a machine replaced. */
const RECORDED = z
  .array(
    z.object({
      client: z.string(),
      path: z.enum(['/v1/messages', '/v1/chat/completions', '/v1/responses']),
      headers: z.record(z.string(), z.string()),
      body: z.looseObject({ model: z.string() }),
    }),
  )
  .parse(JSON.parse(readFileSync('test/fixtures/agent-bodies.json', 'utf8')))
  .filter(({ path }) => path !== '/v1/responses');

const limits = z.looseObject({
  max_tokens: z.int().optional(),
  max_completion_tokens: z.int().optional(),
});

const wireOf = (path: string): WireName =>
  path === '/v1/messages' ? 'anthropic-messages' : 'openai-chat';

const unpricedOf = (
  wire: WireName,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): readonly string[] => {
  const whole = { model: 'm', messages: [{ role: 'user', content: 'hi' }], ...body };
  const call = WIRES[wire].read(Buffer.from(JSON.stringify(whole)), 'application/json');
  return [...call.unpriced, ...WIRES[wire].unpricedHeaders(headers, call)].map(({ path }) => path);
};
const say = (...content: readonly object[]) => ({ messages: [{ role: 'user', content }] });

describe('what the agents and SDKs of today send by default', () => {
  test.each(RECORDED)('passes on a key with a cap: $client', ({ path, headers, body }) => {
    expect(unpricedOf(wireOf(path), body, headers)).toEqual([]);
  });
});

describe('what may bill more than is held', () => {
  const messages = 'anthropic-messages';
  const chat = 'openai-chat';
  const compaction = { type: 'compact_20260112', trigger: { type: 'input_tokens', value: 50_000 } };
  test.each([
    [messages, { fallbacks: [{ model: 'claude-opus-5' }] }, 'fallbacks'],
    [messages, { thread: { type: 'continue', id: 'msg_1' } }, 'thread'],
    [messages, { compaction: {} }, 'compaction'],
    [messages, { billing_policy: {} }, 'billing_policy'],
    [messages, { fallback_credit_token: 'x' }, 'fallback_credit_token'],
    [messages, { user_profile_id: 'u' }, 'user_profile_id'],
    [messages, { workspace_id: 'w' }, 'workspace_id'],
    [messages, { container: 'c' }, 'container'],
    [messages, { mcp_servers: [{ url: 'https://mcp.example' }] }, 'mcp_servers'],
    [messages, { speed: 'fast' }, 'speed'],
    [messages, { inference_geo: 'us' }, 'inference_geo'],
    [
      messages,
      { max_tokens: 10, thinking: { type: 'enabled', budget_tokens: 190_000 } },
      'thinking.budget_tokens',
    ],
    [messages, { output_config: { branches: 4 } }, 'output_config.branches'],
    [messages, { context_management: { edits: [compaction] } }, 'context_management.edits.0.type'],
    [messages, { context_management: { summaries: true } }, 'context_management.summaries'],
    [messages, { tools: [{ type: 'web_search_20260318', name: 'w' }] }, 'tools.0.type'],
    [messages, { tools: [{ type: 'advisor_20260301', name: 'a' }] }, 'tools.0.type'],
    [messages, { tools: [{ type: 'tool_search_tool_bm25_20251119', name: 'a' }] }, 'tools.0.type'],
    [
      messages,
      { tools: [{ name: 'a', input_schema: {} }, { type: 'mcp_toolset' }] },
      'tools.1.type',
    ],
    [messages, { tools: [{ google_search: {} }] }, 'tools.0.google_search'],
    [messages, { tools: [{ type: null, name: 'web_search' }] }, 'tools.0.type'],
    [messages, { tools: [{ type: 'bash_20250124', mcp_server: 'm' }] }, 'tools.0.mcp_server'],
    [messages, say({ source: { type: 'url', url: 'u' } }), 'messages.0.content.0'],
    [messages, say({ type: null, source: { type: 'url', url: 'u' } }), 'messages.0.content.0'],
    [messages, say({ type: 'text', text: 'x', source: { type: 'url' } }), 'messages.0.content.0'],
    [
      messages,
      say({ type: 'tool_result', tool_use_id: 't', content: [{ source: { type: 'url' } }] }),
      'messages.0.content.0.content.0',
    ],
    [messages, { system: { type: 'image', source: {} } }, 'system'],
    [messages, { system: [[{ type: 'image', source: {} }]] }, 'system.0'],
    [
      messages,
      say({ type: 'tool_addition', tool: { type: 'web_search_20250305' } }),
      'messages.0.content.0',
    ],
    [messages, say({ type: 'compaction', content: 'x' }), 'messages.0.content.0'],
    [messages, say({ type: 'container_upload', file_id: 'f' }), 'messages.0.content.0'],
    [
      messages,
      say({ type: 'document', source: { type: 'url', url: 'https://papers.example/1.pdf' } }),
      'messages.0.content.0.source',
    ],
    [
      messages,
      { messages: [{ role: 'user', content: 'x', attachments: [{ id: 'f' }] }] },
      'messages.0.attachments',
    ],
    [messages, { brand_new: true }, 'brand_new'],
    [chat, { models: ['gpt-4', 'o1-pro'] }, 'models'],
    [chat, { plugins: [{ id: 'web' }] }, 'plugins'],
    [chat, { route: 'fallback' }, 'route'],
    [chat, { provider: { order: ['dear'] } }, 'provider'],
    [chat, { search_parameters: {} }, 'search_parameters'],
    [chat, { web_search_options: {} }, 'web_search_options'],
    [chat, { prediction: { type: 'content', content: 'x' } }, 'prediction'],
    [chat, { service_tier: 'fast' }, 'service_tier'],
    [chat, { modalities: ['text', 'audio'] }, 'modalities'],
    [chat, { tools: [{ type: 'openrouter:web_search' }] }, 'tools.0.type'],
    [chat, { tools: [{ google_search: {} }] }, 'tools.0.google_search'],
    [chat, { tools: [{ type: null, web_search: {} }] }, 'tools.0.web_search'],
    [
      chat,
      { tools: [{ type: 'function', function: {}, googleSearch: {} }] },
      'tools.0.googleSearch',
    ],
    [chat, { tools: [{ name: 'web_search' }] }, 'tools.0.type'],
    [chat, { functions: [{ name: 'f', url_context: {} }] }, 'functions.0.url_context'],
    [chat, say({ image_url: { url: 'u' } }), 'messages.0.content.0'],
    [chat, say({ input_audio: { data: 'aGk=' } }), 'messages.0.content.0'],
    [chat, say({ type: 'text', text: 'x', image_url: { url: 'u' } }), 'messages.0.content.0'],
    [chat, say({ type: 'text', text: { image: 'u' } }), 'messages.0.content.0'],
    [chat, say({ type: 'image_url', image_url: [{ url: 'u' }] }), 'messages.0.content.0'],
    [chat, { messages: [{ role: 'user', content: { image: 'u' } }] }, 'messages.0.content'],
    [
      chat,
      { messages: [{ role: 'user', content: [[{ type: 'image_url' }]] }] },
      'messages.0.content.0',
    ],
    [chat, { chat_template_kwargs: { chat_template: 'x' } }, 'chat_template_kwargs'],
    [chat, { chat_template_kwargs: { thinking: { tools: [] } } }, 'chat_template_kwargs'],
    [chat, { max_tokens: -1 }, 'max_tokens'],
    [chat, { max_completion_tokens: 0 }, 'max_completion_tokens'],
    [chat, { best_of: 5 }, 'best_of'],
    [chat, { options: { num_predict: -1 } }, 'options'],
    [chat, say({ type: 'file', file: { file_id: 'f' } }), 'messages.0.content.0'],
    [
      chat,
      say({ type: 'file', file: { file_data: 'https://papers.example/1.pdf' } }),
      'messages.0.content.0',
    ],
    [chat, say({ type: 'video_url', video_url: { url: 'v' } }), 'messages.0.content.0'],
    [chat, { messages: [{ role: 'user', content: 'x', images: ['aGk='] }] }, 'messages.0.images'],
  ] as const)('is named: %s %j', (wire, body, path) => {
    expect(unpricedOf(wire, body)).toEqual([path]);
  });

  test.each([
    [messages, { 'anthropic-workspace-id': 'w' }, 'anthropic-workspace-id'],
    [messages, { 'anthropic-user-profile-id': 'u' }, 'anthropic-user-profile-id'],
    [messages, { 'anthropic-beta': 'effort-2025-11-24, fast-mode-2026-02-01' }, 'anthropic-beta'],
    [messages, { 'anthropic-beta': 'compact-2026-01-12' }, 'anthropic-beta'],
    [messages, { 'anthropic-beta': 'anything-2027-01-01' }, 'anthropic-beta'],
    [chat, { 'openai-beta': 'something=v9' }, 'openai-beta'],
  ] as const)('is named, as a header: %s %j', (wire, headers, path) => {
    expect(unpricedOf(wire, {}, headers)).toEqual([path]);
  });

  test('is no beta whose tools are refused by their types', () => {
    const headers = { 'anthropic-beta': 'advanced-tool-use-2025-11-20' };
    expect(unpricedOf(messages, {}, headers)).toEqual([]);
    const search = { type: 'tool_search_tool_regex_20251119', name: 's' };
    expect(unpricedOf(messages, { tools: [search] }, headers)).toEqual(['tools.0.type']);
  });

  test('is a document in a window that a beta makes longer than is held', () => {
    const headers = { 'anthropic-beta': 'context-1m-2025-08-07' };
    const pdf = say({ type: 'document', source: { type: 'base64', data: 'JVBERi0=' } });
    const model = 'claude-sonnet-4-5';
    expect(unpricedOf(messages, { model, ...pdf }, headers)).toEqual(['anthropic-beta']);
    expect(unpricedOf(messages, { model }, headers)).toEqual([]);
    expect(unpricedOf(messages, { model: 'claude-opus-5', ...pdf }, headers)).toEqual([]);
  });

  test.each([
    [messages, { tools: [{ type: 'bash_20250124', name: 'bash' }] }],
    [messages, { tools: [{ type: 'text_editor_20250728', name: 'edit' }] }],
    [messages, { tools: [{ type: 'memory_20250818', name: 'memory' }] }],
    [messages, { tools: [{ type: 'computer_20251124', name: 'computer' }] }],
    [messages, { speed: 'standard', inference_geo: 'global', container: null }],
    [messages, { context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] } }],
    [messages, { mcp_servers: [], fallbacks: [], tools: [] }],
    [messages, { tools: [{ name: 'a', description: 'b', input_schema: {}, defer_loading: true }] }],
    [messages, say({ text: 'words' })],
    [chat, { models: [], plugins: [], transforms: [], tools: [] }],
    [chat, { stop_token_ids: [2], guided_json: { type: 'object' }, min_tokens: 1 }],
    [chat, { chat_template_kwargs: { enable_thinking: false } }],
    [chat, { tools: [{ function: { name: 'f', parameters: {} } }] }],
    [chat, say({ text: 'words' })],
    [chat, { messages: [{ role: 'user', content: ['words'] }] }],
    [messages, say({ type: 'document', source: { type: 'base64', data: 'JVBERi0=' } })],
    [chat, say({ type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=' } })],
    [
      chat,
      { messages: [{ role: 'assistant', content: 'x', id: 'a', annotations: [], audio: null }] },
    ],
  ] as const)('is not what runs at the client or is counted: %s %j', (wire, body) => {
    expect(unpricedOf(wire, body)).toEqual([]);
  });
});

describe('a call with a feature without a price', () => {
  let upstream: ScriptedUpstream;
  let room: ReturnType<typeof engineRoom>;
  beforeAll(async () => void (upstream = await startScriptedUpstream()));
  beforeEach(() => {
    room = engineRoom(upstream.url);
    upstream.script = answer({ usage });
  });
  afterAll(() => upstream.stop());

  const body = { prediction: { type: 'content', content: 'x' }, max_tokens: 9 };

  test.each([
    ['a cap', { capNanoUsd: 1_000_000_000, allowedModels: null }],
    ['a list of models and no cap', { capNanoUsd: null, allowedModels: ['gpt-4o-mini'] }],
  ])('is refused on a key with %s, and nobody is called or held for', async (_name, key) => {
    await room.mint(key);
    const before = upstream.requests.length;
    expect(await failureOf(room.call(body))).toMatchObject({
      code: 'feature_not_priced',
      facts: { param: 'prediction' },
    });
    expect(upstream.requests.length).toBe(before);
    expect(await room.state()).toMatchObject({ heldNanoUsd: 0, holdCount: 0 });
  });

  test('passes on a key with neither', async () => {
    await room.mint({ capNanoUsd: null, allowedModels: null });
    expect((await room.call(body)).status).toBe(200);
  });

  test('passes where the operator lets it, for that provider alone', async () => {
    await room.mint();
    Object.assign(room.deps, { allowedFeatures: new Set(['openai/prediction']) });
    expect((await room.call(body)).status).toBe(200);
    Object.assign(room.deps, { allowedFeatures: new Set(['anthropic/prediction']) });
    expect(await failureOf(room.call(body))).toMatchObject({ code: 'feature_not_priced' });
  });

  test.each([-1, -2, 0])(
    'is no limit of %d: it goes on as it came where no cap is',
    async (limit) => {
      await room.mint({ capNanoUsd: null, allowedModels: null });
      expect((await room.call({ max_tokens: limit })).status).toBe(200);
      expect(upstream.requests.at(-1)?.body).toMatchObject({ max_tokens: limit });
      const capped = engineRoom(upstream.url);
      await capped.mint();
      expect(await failureOf(capped.call({ max_tokens: limit }))).toMatchObject({
        code: 'feature_not_priced',
        facts: { param: 'max_tokens' },
      });
    },
  );

  test('is no second limit: the larger is held and sent alone, or both where no cap is', async () => {
    const both = { max_tokens: 7, max_completion_tokens: 9 };
    await room.mint();
    await room.call(both);
    const { max_tokens, max_completion_tokens } = limits.parse(upstream.requests.at(-1)?.body);
    expect([max_tokens, max_completion_tokens].filter((one) => one !== undefined)).toEqual([9]);
    const free = engineRoom(upstream.url);
    await free.mint({ capNanoUsd: null, allowedModels: null });
    await free.call(both);
    expect(upstream.requests.at(-1)?.body).toMatchObject(both);
  });

  test('is refused as a header too', async () => {
    await room.mint();
    const failure = await failureOf(
      room.call(
        { model: 'claude-sonnet-4-6', max_tokens: 9 },
        { wire: 'anthropic-messages', headers: { 'anthropic-beta': 'fast-mode-2026-02-01' } },
      ),
    );
    expect(failure).toMatchObject({
      code: 'feature_not_priced',
      facts: { param: 'anthropic-beta' },
      publicMessage: expect.stringContaining('anthropic-beta.fast-mode-2026-02-01'),
    });
  });
});
