import { expect } from 'vitest';
import * as z from 'zod';
import { createRouteBody, readRoute } from '../../lambdas/gateway/formats/route-format.ts';
import { createRoute } from '../../lambdas/gateway/usecases/manage-routes.ts';
import { tableRouteStore } from '../../lambdas/inference/adapters/table-route-store.ts';
import { dynamoProjectSettings } from '../../lambdas/ledger/adapters/dynamo-project-settings.ts';
import { settlementSchema } from '../../lambdas/ledger/domain/settlement.ts';
import type { Settlement } from '../../lambdas/ledger/domain/usage.ts';
import type { NewKey } from '../../lambdas/ledger/ports.ts';
import { engineRoom } from './engine-room.ts';
import { KEY_ID, PROJECT } from './key-items.ts';
import { startScriptedUpstream, type Script } from './scripted-upstream.ts';

const asked = z.looseObject({ model: z.string().optional(), stream: z.boolean().optional() });

/** An answer of one word on the wire of OpenAI, as the body asks for it. */
export const chatAnswer = (isStream: boolean): Script =>
  isStream
    ? {
        chunks: [
          `data: ${JSON.stringify({ choices: [{ index: 0, delta: { role: 'assistant', content: 'hello' } }] })}\n\n`,
          `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`,
          `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 20 } })}\n\n`,
          'data: [DONE]\n\n',
        ],
      }
    : {
        type: 'application/json',
        chunks: [
          JSON.stringify({
            id: 'chatcmpl-1',
            object: 'chat.completion',
            created: 1,
            model: 'a-model',
            choices: [
              { index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' },
            ],
            usage: { prompt_tokens: 9, completion_tokens: 20, total_tokens: 29 },
          }),
        ],
      };

/** The same on the wire of Anthropic. */
const messageAnswer = (isStream: boolean): Script => {
  const usage = { input_tokens: 9, output_tokens: 20 };
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'a-model',
    content: [{ type: 'text', text: 'hello' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage,
  };
  if (!isStream) return { type: 'application/json', chunks: [JSON.stringify(message)] };
  const event = (data: Readonly<Record<string, unknown>>): string =>
    `event: ${String(data['type'])}\ndata: ${JSON.stringify(data)}\n\n`;
  const block = { index: 0 };
  return {
    chunks: [
      event({ type: 'message_start', message: { ...message, content: [], stop_reason: null } }),
      event({ type: 'content_block_start', ...block, content_block: { type: 'text', text: '' } }),
      event({
        type: 'content_block_delta',
        ...block,
        delta: { type: 'text_delta', text: 'hello' },
      }),
      event({ type: 'content_block_stop', ...block }),
      event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage }),
      event({ type: 'message_stop' }),
    ],
  };
};

/** What one model does with its next calls; then it answers. */
export type Mood = Script | 'well';

/** Calls of models by routes, over the engine room and a provider that does what each model is told to. */
export const routeRoom = async (key: Partial<Omit<NewKey, 'profile'>> = {}) => {
  const upstream = await startScriptedUpstream();
  const moods = new Map<string, Mood[]>();
  upstream.script = (json, path) => {
    const { model = '', stream = false } = asked.parse(JSON.parse(json));
    const mood = moods.get(model)?.shift() ?? 'well';
    if (mood !== 'well') return mood;
    return path.includes('messages') ? messageAnswer(stream) : chatAnswer(stream);
  };
  const room = engineRoom(upstream.url);
  await room.mint({ tier: 'free', ...key });
  return {
    ...room,
    upstream,
    /** The models that were asked, in order. */
    asked: (): readonly (string | undefined)[] =>
      upstream.requests.map(({ body }) => asked.parse(body).model),
    mood: (model: string, ...next: readonly Mood[]) => void moods.set(model, [...next]),
    ...routesIn(room),
    stop: () => upstream.stop(),
  };
};
export type RouteRoom = Awaited<ReturnType<typeof routeRoom>>;

/** Routes of the project of a room, and what calls by them left. */
export const routesIn = ({
  tables,
  state: stateOf,
}: Pick<ReturnType<typeof engineRoom>, 'tables' | 'state'>) => {
  const store = tableRouteStore(dynamoProjectSettings({ tables }));
  return {
    route: async (
      name: string,
      models: readonly (string | object)[],
      fields: object = {},
    ): Promise<void> => {
      const targets = models.map((model) => (typeof model === 'string' ? { model } : model));
      const { plan = {}, ...rest } = z
        .looseObject({ plan: z.looseObject({}).optional() })
        .parse(fields);
      const body = createRouteBody.parse({
        name,
        default: { targets, ...plan },
        retries: 0,
        ...rest,
      });
      const nowMs = Date.now();
      await createRoute(
        store,
        { projectId: PROJECT, byKeyId: KEY_ID, name, nowMs },
        readRoute(body, nowMs),
      );
    },
    /** What was settled, in order. */
    settled: (): readonly Settlement[] =>
      tables.stream.flatMap(({ after }) =>
        after['write'] === 'settle' ? [settlementSchema.parse(after['last'])] : [],
      ),
    /** Nothing is held, and what is spent is what the last settlement says. */
    expectEven: async (): Promise<void> => {
      const state = await stateOf();
      const { heldNanoUsd, holdCount, capNanoUsd, spentNanoUsd, availableNanoUsd } = state;
      expect({ heldNanoUsd, holdCount }).toEqual({ heldNanoUsd: 0, holdCount: 0 });
      expect(availableNanoUsd).toBe((capNanoUsd ?? 0) - spentNanoUsd);
    },
  };
};

/** How providers fail before they bill anything. */
export const FAILURES = {
  '429 with Retry-After': {
    status: 429,
    type: 'application/json',
    headers: { 'retry-after': '7' },
    chunks: ['{"error":{"message":"slow down","code":"rate_limit_exceeded"}}'],
  },
  '500': { status: 500, type: 'application/json', chunks: ['{"error":{"message":"broke"}}'] },
  '529': { status: 529, type: 'application/json', chunks: ['{"error":{"message":"busy"}}'] },
  'a page of HTML': { type: 'text/html', chunks: ['<html><body>Bad gateway</body></html>'] },
  'a page under a 503': { status: 503, type: 'text/html', chunks: ['<html>down</html>'] },
  '200 with an error inside': {
    type: 'application/json',
    chunks: ['{"error":{"message":"over capacity","type":"server_error"}}'],
  },
  'an account that is refused': {
    status: 401,
    type: 'application/json',
    chunks: ['{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}'],
  },
  'a connection that ends': { ending: 'gone' },
} as const satisfies Readonly<Record<string, Script>>;
