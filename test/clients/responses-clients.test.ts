import { createOpenAI } from '@ai-sdk/openai';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, isStepCount, jsonSchema, streamText, tool, type ModelMessage } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAgentUpstream, type AgentUpstream, type Play } from '../support/agent-upstream.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { ownE2e } from '../support/e2e.ts';

/** One that does not think: of those that do, the AI SDK sends its words again where no thought came with them. */
const MODEL = 'gpt-4o-mini';

/** The model calls the door's tool when it is asked to look, and says what it saw. */
const play: Play = ({ messages, tools }) => {
  const last = messages.at(-1);
  const words = JSON.stringify(last?.content);
  if (last?.role === 'user' && words.includes('look') && tools[0] !== undefined)
    return { name: tools[0].function.name, input: { at: 'door' } };
  return last?.role === 'user' ? 'I say so.' : `I saw ${words}`;
};

laptopSuite('clients of the Responses API', 'they need a provider of their own', () => {
  let upstream: AgentUpstream;
  let secret = '';
  const e2e = ownE2e(() => ({ OPENAI_BASE_URL: upstream.url }));
  beforeAll(async () => {
    upstream = await startAgentUpstream(play);
    await e2e.start();
    ({ secret } = await e2e.mint({ user_id: 'ada', max_spend_usd: 100 }));
  });
  afterAll(async () => {
    await e2e.stop();
    upstream.stop();
  });

  const roles = () =>
    (upstream.bodies.at(-1)?.messages ?? []).map(({ role, content }) => [role, content]);

  describe('the AI SDK’s own provider for OpenAI', () => {
    const sent: string[] = [];
    const model = () =>
      createOpenAI({
        baseURL: `${e2e.stack.baseUrl}/v1`,
        apiKey: secret,
        fetch: async (input, init) => {
          sent.push(typeof init?.body === 'string' ? init.body : '');
          return await fetch(input, init);
        },
      })(MODEL);
    const look = tool({
      description: 'Looks at a place',
      inputSchema: jsonSchema<{ at: string }>({
        type: 'object',
        properties: { at: { type: 'string' } },
        required: ['at'],
        additionalProperties: false,
      }),
      execute: async ({ at }) => await Promise.resolve(`a ${at}`),
    });

    test('runs a tool and goes on with a second turn, whose items it refers to', async () => {
      const first = await generateText({
        model: model(),
        prompt: 'look',
        tools: { look },
        stopWhen: isStepCount(3),
      });
      expect(first.text).toBe('I saw "a door"');
      expect(first.warnings ?? []).toEqual([]);
      const messages: ModelMessage[] = [
        { role: 'user', content: 'look' },
        ...first.steps.flatMap(({ response }) => response.messages),
        { role: 'user', content: 'and now' },
      ];
      const second = await generateText({ model: model(), messages, tools: { look } });
      expect(second.text).toBe('I say so.');
      expect(sent.at(-1)).toContain('item_reference');
      expect(roles()).toEqual([
        ['user', 'look'],
        ['assistant', null],
        ['tool', 'a door'],
        ['assistant', 'I saw "a door"'],
        ['user', 'and now'],
      ]);
    });

    test('streams its words, and nothing of its stream is unknown to it', async () => {
      const result = streamText({ model: model(), prompt: 'hi' });
      const errors: unknown[] = [];
      let text = '';
      for await (const part of result.fullStream) {
        if (part.type === 'error') errors.push(part.error);
        if (part.type === 'text-delta') text += part.text;
      }
      expect([text, errors]).toEqual(['I say so.', []]);
      expect((await result.usage).outputTokens).toBe(20);
    });
  });

  test('LangChain’s chat model on Responses calls a tool and brings its result', async () => {
    const chat = new ChatOpenAI({
      model: MODEL,
      apiKey: secret,
      useResponsesApi: true,
      configuration: { baseURL: `${e2e.stack.baseUrl}/v1` },
    }).bindTools([
      {
        type: 'function',
        function: {
          name: 'look',
          description: 'Looks',
          parameters: { type: 'object', properties: { at: { type: 'string' } } },
        },
      },
    ]);
    const asked = await chat.invoke('look');
    const [call] = asked.tool_calls ?? [];
    expect(call).toMatchObject({ name: 'look', args: { at: 'door' } });
    const answered = await chat.invoke([
      { role: 'user', content: 'look' },
      asked,
      { role: 'tool', tool_call_id: call?.id ?? '', content: 'a door' },
    ]);
    expect(answered.text).toBe('I saw "a door"');
    expect(roles()).toEqual([
      ['user', 'look'],
      ['assistant', null],
      ['tool', 'a door'],
    ]);
  });
});
