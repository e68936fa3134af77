/** What a stream costs that is passed through, and the same brought into another dialect; and what a history does. */
import * as z from 'zod';
import type { CompleteInput } from '../../lambdas/inference/calls/call-types.ts';
import { chatDialect } from '../../lambdas/inference/dialects/openai-chat/dialect.ts';
import { encodeMessages } from '../../lambdas/inference/wires/anthropic-messages/turn-encode.ts';
import { engineRoom } from '../../test/support/engine-room.ts';
import { answer, planOf } from './loops.ts';

const plan = planOf(
  z.object({
    /** The bytes of one stream of Anthropic, a frame each. */
    stream: z.array(z.string()),
    tokens: z.int(),
    /** A chat history. */
    body: z.record(z.string(), z.unknown()),
    rounds: z.int(),
  }),
);
const frames = plan.stream.map((frame) => Buffer.from(frame));

async function* source(): AsyncGenerator<Uint8Array> {
  for (const frame of frames) yield await Promise.resolve(frame);
}

const room = engineRoom('http://127.0.0.1:9');
room.deps.modelClient.send = async () =>
  await Promise.resolve({
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    body: source(),
  });
await room.mint({ capNanoUsd: null });

const body = Buffer.from(
  JSON.stringify({
    model: 'claude-sonnet-4-5',
    max_tokens: 2_000,
    stream: true,
    messages: [{ role: 'user', content: 'hello' }],
  }),
);

/** A whole call: read, held, asked, streamed to its end, settled. */
const call = async (input: Partial<CompleteInput>): Promise<void> => {
  const { body: told } = await room.send(body, input);
  if (told instanceof Uint8Array) throw new Error('no stream');
  let bytes = 0;
  for await (const piece of told) bytes += piece.length;
  if (bytes < frames.length) throw new Error('an empty stream');
};

const cpuMs = async (
  rounds: number,
  run: () => Promise<void> | void,
  warmUps = rounds / 5,
): Promise<number> => {
  for (let round = 0; round < warmUps; round++) await run();
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) await run();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1_000 / rounds;
};

const historyOnce = (): void => {
  const { body: told } = encodeMessages(
    chatDialect.read({ body: plan.body, model: 'claude', isStream: true }).request,
  );
  if (told['messages'] === undefined) throw new Error('no messages');
};
/** Before anything else, while all of it is still interpreted and being compiled. */
const firstHistories = await cpuMs(plan.rounds, historyOnce, 0);

const perThousand = 1_000 / plan.tokens;
const passed = await cpuMs(plan.rounds, async () => await call({ wire: 'anthropic-messages' }));
const translated = await cpuMs(
  plan.rounds,
  async () =>
    await call({ wire: 'openai-chat', dialect: async () => await Promise.resolve(chatDialect) }),
);
/** Far shorter than a stream. */
const HISTORIES_A_STREAM = 10;
/** The compiler is done by then: its threads are counted too, and would be most of what is measured. */
const WARM_UPS = 50;
const histories = plan.rounds * HISTORIES_A_STREAM;
const history = await cpuMs(histories, historyOnce, plan.rounds * WARM_UPS);
answer({
  passed: passed * perThousand,
  translated: translated * perThousand,
  history,
  firstHistories,
});
