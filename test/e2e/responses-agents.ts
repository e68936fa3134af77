import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { E2e } from '../support/e2e.ts';
import { all, MODEL, openaiClient, STREAMED, toldLast, WORDS } from '../support/openai-client.ts';

const PARAMETERS = { type: 'object', properties: {}, additionalProperties: false };
const PATCH = {
  type: 'custom',
  name: 'patch',
  description: 'Patches a file.',
  format: { type: 'grammar', syntax: 'lark', definition: 'start: "a"' },
} as const;
const ASK = { type: 'function', name: 'ask', description: 'Asks', parameters: PARAMETERS } as const;
const AGENTS: OpenAI.Responses.NamespaceTool = {
  type: 'namespace',
  name: 'agents',
  description: 'Others.',
  tools: [ASK],
};

const wireTool = (name: string, description: string, parameters: object) => ({
  type: 'function',
  function: { name, description, parameters },
});
const WIRE_PATCH = wireTool(
  'patch',
  'Patches a file.\n\nThe input keeps to this lark grammar:\nstart: "a"',
  {
    type: 'object',
    properties: { input: { type: 'string' } },
    required: ['input'],
    additionalProperties: false,
  },
);
const wireCall = (id: string, name: string, input: object) => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name, arguments: JSON.stringify(input) } }],
});

/** What agents declare and send, and what they refer to. */
export const agentResponseTests = (e2e: E2e): void => {
  const ada = async () => await openaiClient(e2e);
  describe('an agent', () => {
    test('calls a tool that takes text, and its output comes back as such', async () => {
      const { openai } = await ada();
      const tools: OpenAI.Responses.Tool[] = [PATCH, AGENTS];
      const asked = await openai.responses.create({ model: MODEL, input: 'look', tools });
      expect(toldLast(e2e)).toEqual({
        ...STREAMED,
        messages: [{ role: 'user', content: 'look' }],
        tools: [WIRE_PATCH, wireTool('agents__ask', 'Asks', PARAMETERS)],
      });
      expect(asked.output).toContainEqual({
        type: 'custom_tool_call',
        id: expect.stringMatching(/^ctc_/),
        call_id: 'call_1',
        name: 'patch',
        input: '{"at":1}',
        status: 'completed',
      });
      expect(asked.tools).toEqual(tools);
      const next = await openai.responses.create({
        model: MODEL,
        previous_response_id: asked.id,
        input: [{ type: 'custom_tool_call_output', call_id: 'call_1', output: 'done' }],
      });
      expect(next.output_text).toBe(WORDS);
      expect(toldLast(e2e)['messages']).toEqual([
        { role: 'user', content: 'look' },
        { ...wireCall('call_1', 'patch', { at: 1 }), content: expect.any(String) },
        { role: 'tool', tool_call_id: 'call_1', content: 'done' },
      ]);
      const items = await openai.responses.inputItems.list(next.id, { limit: 1 });
      expect(items.data).toMatchObject([
        { type: 'custom_tool_call_output', call_id: 'call_1', output: 'done' },
      ]);
    });

    test('sends all of its history with tools among it, and what it notes for itself', async () => {
      const { openai } = await ada();
      const noted = { internal_chat_message_metadata_passthrough: { turn_id: 't' } };
      const input = [
        { type: 'additional_tools', role: 'developer', tools: [AGENTS, PATCH] },
        { type: 'message', role: 'developer', content: 'Be short.' },
        { type: 'message', role: 'user', content: 'hi', ...noted },
        { type: 'reasoning', id: 'rs_1', content: [{ type: 'reasoning_text', text: 'Hm' }] },
        { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: null, ...noted },
        { type: 'custom_tool_call', call_id: 'c1', name: 'patch', input: 'a' },
        { type: 'custom_tool_call_output', call_id: 'c1', output: 'ok' },
        {
          type: 'function_call',
          call_id: 'c2',
          namespace: 'agents',
          name: 'ask',
          arguments: '{"to":"b"}',
        },
        { type: 'function_call_output', call_id: 'c2', output: 'yes' },
        {
          type: 'tool_search_call',
          call_id: 'c3',
          execution: 'client',
          arguments: { query: 'door' },
        },
        { type: 'tool_search_output', call_id: 'c3', execution: 'client', tools: [ASK] },
      ];
      const body = { model: MODEL, input, store: false, client_metadata: { turn_id: 't' } };
      const said = await openai.post<OpenAI.Responses.Response>('/responses', { body });
      expect(said.status).toBe('completed');
      expect(toldLast(e2e)).toEqual({
        ...STREAMED,
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'hi' },
          wireCall('c1', 'patch', { input: 'a' }),
          { role: 'tool', tool_call_id: 'c1', content: 'ok' },
          wireCall('c2', 'agents__ask', { to: 'b' }),
          { role: 'tool', tool_call_id: 'c2', content: 'yes' },
          wireCall('c3', 'tool_search', { query: 'door' }),
          { role: 'tool', tool_call_id: 'c3', content: JSON.stringify([ASK]) },
        ],
        tools: [
          wireTool('agents__ask', 'Asks', PARAMETERS),
          WIRE_PATCH,
          wireTool('ask', 'Asks', PARAMETERS),
        ],
      });
    });

    test('asks for a summary of what was said, and goes on with it', async () => {
      const { openai } = await ada();
      const history = [
        { role: 'user', content: 'what is there' },
        { type: 'function_call', call_id: 'c1', name: 'peek', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c1', output: 'a door' },
      ];
      const trigger = { type: 'compaction_trigger' };
      const tools = [{ ...ASK, strict: false }];
      const body = { model: MODEL, input: [...history, trigger], store: false, tools };
      const summed = await openai.post<OpenAI.Responses.Response>('/responses', { body });
      expect(JSON.stringify(toldLast(e2e)['messages'])).toContain('result: a door');
      expect(summed).toMatchObject({
        status: 'completed',
        instructions: null,
        tools,
        store: false,
      });
      expect(summed.output).toEqual([
        {
          type: 'compaction',
          id: expect.stringMatching(/^cmp_/),
          encrypted_content: expect.any(String),
        },
      ]);
      const streamed = await openai.post<AsyncIterable<OpenAI.Responses.ResponseStreamEvent>>(
        '/responses',
        { body: { ...body, stream: true }, stream: true },
      );
      const events = await all(streamed);
      expect(events.map(({ type }) => type)).toEqual([
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.output_item.done',
        'response.completed',
      ]);
      const next = {
        model: MODEL,
        input: [...summed.output, { role: 'user', content: 'and now' }],
      };
      await openai.post('/responses', { body: { ...next, store: false } });
      expect(toldLast(e2e)['messages']).toEqual([
        {
          role: 'user',
          content: `<conversation_summary>\n${WORDS.trim()}\n</conversation_summary>\n\nand now`,
        },
      ]);
      const stored = openai.post('/responses', { body: { ...body, store: true } });
      await expect(stored).rejects.toMatchObject({ status: 400, param: 'store' });
      const early = { ...body, input: [trigger, ...history] };
      const refused = openai.post('/responses', { body: early });
      await expect(refused).rejects.toMatchObject({ status: 400, param: 'input.0' });
    });

    test('may have said more than one transaction takes, when nothing is to be stored', async () => {
      const { openai } = await ada();
      const input = Array.from({ length: 100 }, (_, turn) => [
        { role: 'user' as const, content: `question ${turn}` },
        { role: 'assistant' as const, content: `answer ${turn}` },
      ]).flat();
      const asked = { model: MODEL, input: [...input, { role: 'user' as const, content: 'hi' }] };
      await expect(openai.responses.create(asked)).rejects.toMatchObject({
        status: 400,
        param: 'input',
      });
      const headers = { 'idempotency-key': 'long' };
      const ask = async () =>
        await openai.responses.create({ ...asked, store: false }, { headers });
      const said = await ask();
      expect(toldLast(e2e)['messages']).toEqual([...input, { role: 'user', content: 'hi' }]);
      expect(await ask()).toEqual(said);
      const poor = await openaiClient(e2e, { user_id: 'poor', max_spend_usd: 0.00001 });
      await expect(poor.openai.responses.create({ ...asked, store: false })).rejects.toMatchObject({
        status: 402,
        type: 'billing_error',
      });
      expect(await e2e.own(poor.secret)).toMatchObject({ held_micros: 0, spent_micros: 0 });
    });
  });

  describe('an item that is referred to', () => {
    test('is what it is here: words, a call, its output', async () => {
      const { openai } = await ada();
      const tools: OpenAI.Responses.Tool[] = [{ ...ASK, strict: false }];
      const asked = await openai.responses.create({ model: MODEL, input: 'look', tools });
      const call = asked.output.find((item) => item.type === 'function_call');
      const references = asked.output.map(({ id }) => ({
        type: 'item_reference' as const,
        id: id ?? '',
      }));
      const said = await openai.responses.create({
        model: MODEL,
        input: [
          { role: 'user', content: 'look' },
          ...references,
          { type: 'function_call_output', call_id: call?.call_id ?? '', output: 'a door' },
        ],
      });
      expect(said.output_text).toBe(WORDS);
      expect(toldLast(e2e)['messages']).toEqual([
        { role: 'user', content: 'look' },
        {
          ...wireCall('call_1', 'ask', { at: 1 }),
          content: asked.output_text === '' ? null : asked.output_text,
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'a door' },
      ]);
      const bare = { model: MODEL, input: [{ id: said.output[0]?.id }] };
      const again = await openai.post<OpenAI.Responses.Response>('/responses', { body: bare });
      expect(again.status).toBe('completed');
    });

    test('and is somebody else’s, not stored or none is one 404 that names it', async () => {
      const { openai } = await ada();
      const eve = await openaiClient(e2e, { user_id: 'eve' });
      const mine = await openai.responses.create({ model: MODEL, input: 'mine' });
      const unstored = await eve.openai.responses.create({
        model: MODEL,
        input: 'mine',
        store: false,
      });
      const ids = [mine.output[0]?.id, unstored.output[0]?.id, `msg_${'0'.repeat(20)}_2_0_0`, 'x'];
      for (const id of ids) {
        const items = [
          { role: 'user', content: 'hi' },
          { type: 'item_reference', id },
        ];
        for (const [path, body, param] of [
          ['/v1/responses', { model: MODEL, input: items }, 'input.1.id'],
          ['/v1/responses/compact', { model: MODEL, input: items }, 'input.1.id'],
          ['/v1/responses/input_tokens', { model: MODEL, input: items }, 'input.1.id'],
          ['/v1/conversations', { items }, 'items.1.id'],
        ] as const) {
          const answer = await e2e.api('POST', path, eve.secret, body);
          expect([answer.status, await answer.json()]).toMatchObject([
            404,
            { error: { code: 'not_found', param, message: `Item with id '${id}' not found.` } },
          ]);
        }
      }
    });
  });
};
