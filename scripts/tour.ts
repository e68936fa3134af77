/** A walk through the gateway against the running stack: two users, two caps, streamed answers, the 402, the table. */
import Anthropic from '@anthropic-ai/sdk';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import OpenAI from 'openai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const options = z
  .object({ stateDir: z.string(), replay: z.coerce.number().int().min(0), data: z.string() })
  .parse(
    new Command('npm run tour --')
      .option(
        '--state-dir <folder>',
        'state of the running stack',
        process.env['SLUICE_STATE_DIR'] ?? '.sluice',
      )
      .option('--replay <count>', 'replay the sizes of so many recorded requests', '0')
      .option('--data <folder>', 'recorded requests', '../shared/data/llm-requests')
      .parse()
      .opts(),
  );

const local = z
  .object({ base_url: z.string(), admin_key: z.string() })
  .parse(JSON.parse(readFileSync(join(options.stateDir, 'local.json'), 'utf8')));

const admin = async (method: string, path: string, body?: unknown): Promise<unknown> => {
  const answer = await fetch(`${local.base_url}${path}`, {
    method,
    headers: { authorization: `Bearer ${local.admin_key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
  return await answer.json();
};

const mint = async (user: string, dollars: number): Promise<string> =>
  z.object({ secret: z.string() }).parse(
    await admin('POST', '/v1/keys', {
      name: `tour ${user}`,
      user_id: user,
      max_spend_usd: dollars,
    }),
  ).secret;

const left = async (secret: string): Promise<string> => {
  const answer = await fetch(`${local.base_url}/v1/key`, {
    headers: { authorization: `Bearer ${secret}` },
  });
  const { available_micros } = z
    .object({ available_micros: z.number() })
    .parse(await answer.json());
  return `$${(available_micros / 1e6).toFixed(6)} left`;
};

const is402 = (error: unknown): boolean =>
  error instanceof Error && 'status' in error && error.status === 402;

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
      if (!is402(error)) throw error;
      process.stdout.write(`402 ${error instanceof Error ? error.message : ''}\n`);
      return;
    }
  }
};

const replay = async (count: number): Promise<void> => {
  const lines = readFileSync(join(options.data, 'AzureLLMInferenceTrace_conv.csv'), 'utf8')
    .split('\n')
    .slice(1, count + 1);
  const client = new OpenAI({ baseURL: `${local.base_url}/v1`, apiKey: await mint('replay', 10) });
  const bar = new SingleBar({ format: 'replay {bar} {value}/{total}' });
  bar.start(lines.length, 0);
  for (const line of lines) {
    const [, context = '1', generated = '1'] = line.split(',');
    await client.chat.completions.create(
      {
        model: 'gpt-4o-mini',
        max_tokens: Math.max(1, Number(generated)),
        messages: [{ role: 'user', content: 'word '.repeat(Math.max(1, Number(context))) }],
      },
      { headers: { 'x-sluice-feature': 'replay' } },
    );
    bar.increment();
  }
  bar.stop();
};

const ada = await mint('ada', 0.004);
const openai = new OpenAI({ baseURL: `${local.base_url}/v1`, apiKey: ada });
await untilRefused('ada', ada, async () => {
  const stream = await openai.chat.completions.create(
    {
      model: 'gpt-4o',
      stream: true,
      max_tokens: 200,
      messages: [{ role: 'user', content: 'What is a sluice?' }],
    },
    { headers: { 'x-sluice-feature': 'chat' } },
  );
  for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
});

const bob = await mint('bob', 0.003);
const anthropic = new Anthropic({ baseURL: local.base_url, apiKey: bob });
await untilRefused('bob', bob, async () => {
  const stream = anthropic.messages.stream(
    {
      model: 'claude-haiku-4-5',
      max_tokens: 200,
      messages: [{ role: 'user', content: 'What is a sluice?' }],
    },
    { headers: { 'x-sluice-feature': 'help' } },
  );
  stream.on('text', (text) => process.stdout.write(text));
  await stream.finalMessage();
});

if (options.replay > 0) await replay(options.replay);

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
  console.log(`\nUsage by ${group}`);
  console.table(
    groups.map((each) => ({
      [group]: each[group === 'user' ? 'user_id' : group],
      calls: each.request_count,
      'output tokens': each.output_tokens,
      'cost $': (each.cost_micros / 1e6).toFixed(6),
    })),
  );
}
