import { Command } from 'commander';
import * as z from 'zod';
import { EXIT } from '../ops-error.ts';
import { table } from '../output.ts';
import { ask, read } from './read.ts';

const destinationSchema = z.looseObject({
  id: z.string(),
  kind: z.string(),
  name: z.string(),
  paused: z.boolean(),
  health: z.looseObject({ problem: z.string().nullable() }).nullable(),
});
const listSchema = z.looseObject({ data: z.array(destinationSchema) });
const testSchema = z.looseObject({
  ok: z.boolean(),
  latency_ms: z.number(),
  problem: z.string().nullable(),
});

const pathOf = (id: string): string => `/v1/destinations/${encodeURIComponent(id)}`;

/** `destinations`: where tickets go. */
export const destinationsCommand = (): Command => {
  const command = new Command('destinations').description('where tickets go');
  command
    .command('list', { isDefault: true })
    .description('each with what went wrong there last')
    .action(async (_raw: unknown, self: Command) => {
      const { context, body } = await read(self, '/v1/destinations', {});
      const data: z.infer<typeof destinationSchema>[] = [];
      // A list says nothing of their health.
      for (const { id } of listSchema.parse(body).data)
        data.push(destinationSchema.parse((await read(self, pathOf(id), {})).body));
      const rows = data.map(({ id, kind, name, paused, health }) => [
        id,
        kind,
        name,
        paused ? 'paused' : (health?.problem?.replaceAll(/\s+/g, ' ') ?? 'well'),
      ]);
      const head = ['destination', 'kind', 'name', 'is'];
      const text = rows.length === 0 ? 'No destinations.' : table([head, ...rows]);
      context.output.result({ data }, text);
    });
  command
    .command('test <id>')
    .description('whether it takes tickets: opens none')
    .action(async (id: string, _raw: unknown, self: Command) => {
      const { context, body } = await ask(self, 'POST', `${pathOf(id)}/test`);
      const tested = testSchema.parse(body);
      context.output.result(
        tested,
        tested.ok
          ? `${id} is well: it answered within ${tested.latency_ms} ms.`
          : `${id} does not take tickets: ${tested.problem ?? ''}`,
      );
      if (!tested.ok) process.exitCode = EXIT.found;
    });
  return command;
};
