import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { NOW, type Contender, type Figures, type Group } from '../kit/compare.ts';
import { litellmBin } from '../kit/peers.ts';
import { runProgram } from '../kit/processes.ts';

const TOKENS = 1_000;
const ROUNDS = 60;
const PASSED = 'passed through';
const LITELLM = 'LiteLLM';
const SCRIPT = fileURLToPath(new URL('../peers/litellm_history.py', import.meta.url));

const histories = z.object({ history: z.number(), firstHistories: z.number() });
const measured = histories.extend({ passed: z.number(), translated: z.number() });

/** A call of another family's model beside the same stream passed through, and a history beside LiteLLM's translation. */
export const translation: Group = {
  name: 'translation',
  about: 'any model by any dialect: what the translation costs',
  mode: 'functions',
  rounds: 5,
  rows: [
    {
      key: 'stream',
      what: 'a call of 1,000 streamed tokens, chat -> Anthropic -> chat, CPU, ms',
      goals: [{ max: 1.6, of: PASSED }],
    },
    {
      key: 'history',
      what: 'a history of 100 messages with tools, chat -> Anthropic, CPU, ms',
      goals: [{ max: 0.2, of: LITELLM }],
    },
    {
      key: 'firstHistories',
      what: `the same, the first ${ROUNDS} of a process, compiler included`,
    },
  ],
  contenders: async ({ isQuick }) => {
    const rounds = isQuick ? 5 : ROUNDS;
    let last: z.infer<typeof measured> | null = null;
    const own = async (): Promise<z.infer<typeof measured>> => {
      const plan = { stream: frames(), tokens: TOKENS, body: conversation(), rounds };
      return measured.parse(await runProgram('bench/probes/translation.ts', plan));
    };
    const contenders: Contender[] = [
      {
        name: NOW,
        measure: async (): Promise<Figures> => {
          last = await own();
          const { translated: stream, history, firstHistories } = last;
          return { stream, history, firstHistories };
        },
      },
      // In the process that measured the other, one after the other.
      {
        name: PASSED,
        measure: async (): Promise<Figures> =>
          await Promise.resolve({ stream: last?.passed ?? Number.NaN }),
      },
    ];
    const bin = litellmBin();
    if (bin !== null)
      contenders.push({ name: LITELLM, measure: async () => await ofLitellm(bin, rounds) });
    return await Promise.resolve(contenders);
  },
};

const ofLitellm = async (bin: string, rounds: number): Promise<Figures> => {
  const { stdout, status } = spawnSync(join(bin, 'python'), [SCRIPT], {
    input: JSON.stringify({ body: conversation(), rounds }),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
    // Its start would wait for a price list from the network.
    env: { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: 'True' },
  });
  if (status !== 0) throw new Error(`${SCRIPT} ended with ${status}`);
  const line = stdout.trim().split('\n').at(-1) ?? '';
  return await Promise.resolve(histories.parse(JSON.parse(line)));
};

const event = (type: string, data: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

const frames = (): readonly string[] => {
  const usage = { input_tokens: 9, output_tokens: 1 };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5' };
  return [
    event('message_start', { message: { ...message, content: [], usage } }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...Array.from({ length: TOKENS }, (_, index) =>
      event('content_block_delta', {
        index: 0,
        delta: { type: 'text_delta', text: `word${index} ` },
      }),
    ),
    event('content_block_stop', { index: 0 }),
    event('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: TOKENS },
    }),
    event('message_stop', {}),
  ];
};

/** Twenty-five rounds of a question, a call, its result and an answer. */
const conversation = () => ({
  model: 'claude-sonnet-4-5',
  max_tokens: 1_000,
  messages: [
    ...Array.from({ length: 25 }, (_, round) => [
      { role: 'user', content: `Question ${round}: ${'what of it? '.repeat(10)}` },
      {
        role: 'assistant',
        content: 'I look it up.',
        tool_calls: [
          {
            id: `call_${round}`,
            type: 'function',
            function: {
              name: `tool_${round % 8}`,
              arguments: JSON.stringify({ city: `city ${round}`, days: round }),
            },
          },
        ],
      },
      { role: 'tool', tool_call_id: `call_${round}`, content: 'It is so. '.repeat(30) },
      { role: 'assistant', content: `Answer ${round}: ${'it is so. '.repeat(20)}` },
    ]).flat(),
    { role: 'user', content: 'And now?' },
  ],
  tools: Array.from({ length: 8 }, (_, index) => ({
    type: 'function',
    function: {
      name: `tool_${index}`,
      description: 'Looks something up.',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' }, days: { type: 'integer' } },
        required: ['city'],
      },
    },
  })),
});
