import { randomBytes } from 'node:crypto';
import { DefaultChatTransport, readUIMessageStream, type UIMessage } from 'ai';
import { afterAll, beforeAll, expect } from 'vitest';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';

const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const WHY = 'a deployed stage has one provider';
const CLAUDE = 'claude-haiku-4-5';
const LOOK = { name: 'look', description: 'Looks' };
const SCHEMA = { type: 'object', properties: {}, additionalProperties: false };
/** The first target fails, the second one answers. */
const ASKED = 'fail 429 gpt*, tool';

/** A route whose answers are Claude's, and what says so. */
const routed = async () => {
  const name = `by-${randomBytes(6).toString('hex')}`;
  const targets = ['gpt-4o-mini', CLAUDE].map((model) => ({ model }));
  const made = await e2e.admin('POST', '/v1/routes', { name, default: { targets }, retries: 0 });
  expect(made.status).toBe(201);
  const route = `${name}; try=gpt-4o-mini:500; used=${CLAUDE}`;
  return { name, by: { model: CLAUDE, provider: 'anthropic', route, simulated: true } };
};

laptopTest(
  "a message of the AI SDK has who answered it in its metadata, when it waits for a page's tool too",
  WHY,
  async () => {
    const { name, by } = await routed();
    const { secret } = await e2e.mint({ user_id: 'ada' });
    const ask = async (text: string): Promise<UIMessage | undefined> => {
      const stream = await new DefaultChatTransport<UIMessage>({
        api: `${e2e.stack.baseUrl}/v1/ai/chat`,
        headers: { authorization: `Bearer ${secret}` },
        body: { model: name, tools: [{ ...LOOK, input_schema: SCHEMA }] },
      }).sendMessages({
        trigger: 'submit-message',
        chatId: `chat-${randomBytes(6).toString('hex')}`,
        messageId: undefined,
        messages: [{ id: 'u1', role: 'user', parts: [{ type: 'text', text }] }],
        abortSignal: undefined,
      });
      let last: UIMessage | undefined;
      for await (const message of readUIMessageStream({ stream })) last = message;
      return last;
    };
    const waiting = await ask(ASKED);
    expect(waiting?.parts.map(({ type }) => type)).toContain('tool-look');
    expect(waiting?.metadata).toEqual(by);
    const answered = await ask('fail 429 gpt*');
    expect(answered?.metadata).toMatchObject({ ...by, stop_reason: 'end_turn' });
  },
);

laptopTest(
  "a response of OpenAI's SDK has who answered it, each part of a turn that another model goes on with",
  WHY,
  async () => {
    const { name, by } = await routed();
    const { secret } = await e2e.mint();
    const { responses } = e2e.openai(secret, 0);
    const asked = {
      model: name,
      tools: [{ type: 'function', ...LOOK, strict: false, parameters: SCHEMA } as const],
    };
    const stream = await responses.create({ ...asked, input: ASKED, stream: true }).withResponse();
    expect(stream.response.headers.get('x-sluice-route')).toBe(by.route);
    const ended: unknown[] = [];
    let call = { id: '', callId: '' };
    for await (const event of stream.data) {
      if (event.type !== 'response.completed') continue;
      ended.push(event.response);
      const [item] = event.response.output.filter(({ type }) => type === 'function_call');
      if (item?.type === 'function_call') call = { id: event.response.id, callId: item.call_id };
    }
    expect(ended).toMatchObject([{ model: CLAUDE }]);

    const output = { type: 'function_call_output', call_id: call.callId, output: '{}' } as const;
    const next = await responses
      .create({ ...asked, input: [output], previous_response_id: call.id })
      .withResponse();
    // The upstream answers what follows an output, so that the same turn goes on with another model.
    expect(next.data).toMatchObject({ model: 'gpt-4o-mini', status: 'completed' });
    const headers = ['x-sluice-model', 'x-sluice-route', 'x-sluice-simulated'].map((header) =>
      next.response.headers.get(header),
    );
    expect(headers).toEqual(['gpt-4o-mini', `${name}; used=gpt-4o-mini`, null]);
    expect((await responses.retrieve(call.id)).model).toBe(CLAUDE);
  },
);
