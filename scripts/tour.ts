/** A walk through the gateway against the running stack: two users, two caps, streamed answers, the 402, the table. */
import Anthropic from '@anthropic-ai/sdk';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import OpenAI from 'openai';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { printable } from '../lambdas/shared/clean-text.ts';
import { table, usd } from '../ops/output.ts';
import { fail, runningStack } from './running-stack.ts';

const TRACE = 'AzureLLMInferenceTrace_conv.csv';
const TRACE_SOURCE = 'https://github.com/Azure/AzurePublicDataset';

const options = z
  .object({
    stateDir: z.string(),
    replay: z.coerce.number().int().min(0),
    data: z.string().optional(),
  })
  .parse(
    new Command('npm run tour --')
      .option(
        '--state-dir <folder>',
        'state of the running stack',
        process.env['SLUICE_STATE_DIR'] ?? '.sluice',
      )
      .option('--replay <count>', 'ask so many requests of recorded sizes too; needs --data', '0')
      .option('--data <folder>', `where ${TRACE} of ${TRACE_SOURCE} is`)
      .parse()
      .opts(),
  );

const { baseUrl, ask: admin } = await runningStack(options.stateDir);
const trace = options.data === undefined ? null : join(options.data, TRACE);
if (options.replay > 0 && (trace === null || !existsSync(trace)))
  fail(
    `${trace ?? TRACE} is missing: take it from ${TRACE_SOURCE} and name its folder with --data.`,
  );

const mint = async (user: string, dollars: number): Promise<string> =>
  z.object({ secret: z.string() }).parse(
    await admin('POST', '/v1/keys', {
      name: `tour ${user}`,
      user_id: user,
      max_spend_usd: dollars,
    }),
  ).secret;

const left = async (secret: string): Promise<string> => {
  const answer = await fetch(`${baseUrl}/v1/key`, {
    headers: { authorization: `Bearer ${secret}` },
  });
  const { available_micros } = z
    .object({ available_micros: z.number() })
    .parse(await answer.json());
  return `${usd(available_micros)} left`;
};

const refusal = z.object({
  code: z.string(),
  message: z.string(),
});

/** What a 402 says, by either SDK; null for any other error. */
const refusalOf = (error: unknown): z.infer<typeof refusal> | null => {
  const typed = z
    .object({ status: z.literal(402), error: z.union([refusal, z.object({ error: refusal })]) })
    .safeParse(error).data;
  if (typed === undefined) return null;
  return 'error' in typed.error ? typed.error.error : typed.error;
};

/** Asks until the cap refuses. */
const untilRefused = async (
  user: string,
  secret: string,
  ask: () => Promise<void>,
): Promise<void> => {
  for (;;) {
    try {
      process.stdout.write(`\n${user}: `);
      await ask();
      process.stdout.write(`   [${await left(secret)}]`);
    } catch (error) {
      const refused = refusalOf(error);
      if (refused === null) throw error;
      process.stdout.write(`402 ${refused.code}: ${refused.message}\n`);
      return;
    }
  }
};

const replay = async (file: string, count: number): Promise<void> => {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .slice(1, count + 1);
  const client = new OpenAI({ baseURL: `${baseUrl}/v1`, apiKey: await mint('replay', 10) });
  console.log(`\nReplaying the sizes of ${lines.length} recorded requests, capped at $10`);
  const bar = new SingleBar({ format: 'replay {bar} {value}/{total}' });
  bar.start(lines.length, 0);
  const startedAtMs = Date.now();
  let tokens = 0;
  for (const line of lines) {
    const [, context = '1', generated = '1'] = line.split(',');
    const { usage } = await client.chat.completions.create(
      {
        model: 'gpt-4o-mini',
        max_tokens: Math.max(1, Number(generated)),
        messages: [{ role: 'user', content: 'word '.repeat(Math.max(1, Number(context))) }],
      },
      { headers: { 'x-sluice-feature': 'replay' } },
    );
    tokens += usage?.total_tokens ?? 0;
    bar.increment();
  }
  bar.stop();
  const seconds = ((Date.now() - startedAtMs) / 1_000).toFixed(1);
  console.log(`${lines.length} requests of ${tokens} tokens, one after the other, in ${seconds} s`);
};

console.log(
  `Two users, two keys of ${baseUrl}: ines may spend $0.003 by the OpenAI SDK, omar $0.0015 by Anthropic's.
Each asks until the cap refuses: a call is let through only if what it may cost at most is left.
Against real providers this costs at most that.`,
);

/** Paragraphs side by side. */
const write = (text: string): boolean => process.stdout.write(text.replaceAll(/\n+/g, ' '));

const ines = await mint('ines', 0.003);
const openai = new OpenAI({ baseURL: `${baseUrl}/v1`, apiKey: ines });
await untilRefused('ines', ines, async () => {
  const stream = await openai.chat.completions.create(
    {
      model: 'gpt-4o',
      stream: true,
      max_tokens: 100,
      messages: [{ role: 'user', content: 'What is a sluice?' }],
    },
    { headers: { 'x-sluice-feature': 'chat' } },
  );
  for await (const chunk of stream) write(chunk.choices[0]?.delta.content ?? '');
});

const omar = await mint('omar', 0.0015);
const anthropic = new Anthropic({ baseURL: baseUrl, apiKey: omar });
await untilRefused('omar', omar, async () => {
  const stream = anthropic.messages.stream(
    {
      model: 'claude-haiku-4-5',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'What is a sluice?' }],
    },
    { headers: { 'x-sluice-feature': 'help' } },
  );
  stream.on('text', write);
  await stream.finalMessage();
});

if (trace !== null && options.replay > 0) await replay(trace, options.replay);

console.log('\nWho spent what, all keys of this stack in the last 30 days:');
// The stream brings the last settlements within a second or so.
await new Promise((resolve) => setTimeout(resolve, 1_500));
const row = z.looseObject({
  cost_micros: z.number(),
  request_count: z.number(),
  output_tokens: z.number(),
});
for (const group of ['user', 'model', 'feature']) {
  const { groups } = z
    .object({ groups: z.array(row) })
    .parse(await admin('GET', `/v1/usage?group_by=${group}`));
  const name = group === 'user' ? 'user_id' : group;
  const rows = groups
    .map((each) => ({ ...each, named: z.string().catch('').parse(each[name]) }))
    .toSorted(
      (left, right) =>
        right.cost_micros - left.cost_micros || left.named.localeCompare(right.named),
    );
  console.log(`\nUsage by ${group}`);
  console.log(
    printable(
      table([
        [group, 'calls', 'output tokens', 'cost'],
        ...rows.map((each) => [
          each.named === '' ? `(without a ${group})` : each.named,
          String(each.request_count),
          String(each.output_tokens),
          usd(each.cost_micros),
        ]),
      ]),
    ),
  );
}
