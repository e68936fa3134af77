import { Command } from 'commander';
import * as z from 'zod';
import { table } from '../output.ts';
import { ask, given, read } from './read.ts';

const MINUTE_MS = 60_000;
const MINUTES_MAX = 366 * 1_440;

const silenceSchema = z.looseObject({
  id: z.string(),
  kind: z.string(),
  pattern: z.record(z.string(), z.string().nullable()),
  until: z.number(),
  reason: z.string(),
  by: z.string(),
});
const listSchema = z.looseObject({ data: z.array(silenceSchema) });

const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

/** `silences`: what opens no incident for a while. */
export const silencesCommand = (): Command => {
  const command = new Command('silences').description('what opens no incident for a while');
  command
    .command('list', { isDefault: true })
    .description('those that are not over')
    .action(async (_raw: unknown, self: Command) => {
      const { context, body } = await read(self, '/v1/silences', {});
      const { data } = listSchema.parse(body);
      const rows = data.map((one) => [
        one.id,
        one.kind,
        timeText(one.until),
        patternText(one.pattern),
        one.by,
        one.reason.replaceAll(/\s+/g, ' '),
      ]);
      const head = ['silence', 'kind', 'until', 'of', 'by', 'reason'];
      context.output.result({ data }, rows.length === 0 ? 'No silences.' : table([head, ...rows]));
    });
  command
    .command('add <reason>')
    .description('from now on; without a service or an environment it silences the project')
    .requiredOption('--minutes <count>', 'how long')
    .option('--service <name>', 'of one service')
    .option('--environment <name>', 'of one environment')
    .option('--kind <kind>', 'of an anomaly, as failures or oom')
    .option('--maintenance', 'shown as such; it does the same')
    .action(async (reason: string, raw: unknown, self: Command) => {
      const { minutes, maintenance, ...pattern } = z
        .object({
          minutes: z.coerce.number().positive().max(MINUTES_MAX),
          service: z.string().optional(),
          environment: z.string().optional(),
          kind: z.string().optional(),
          maintenance: z.boolean().default(false),
        })
        .parse(raw);
      const { context, body } = await ask(self, 'POST', '/v1/silences', {
        kind: maintenance ? 'maintenance' : 'silence',
        pattern: given(pattern),
        until: Date.now() + Math.round(minutes * MINUTE_MS),
        reason,
      });
      const silence = silenceSchema.parse(body);
      context.output.result(
        silence,
        `${silence.id} holds for ${patternText(silence.pattern)} until ${timeText(silence.until)}.`,
      );
    });
  command
    .command('end <id>')
    .description('now, whenever it was to end')
    .action(async (id: string, _raw: unknown, self: Command) => {
      const path = `/v1/silences/${encodeURIComponent(id)}`;
      const { context } = await ask(self, 'DELETE', path);
      context.output.result({ id, deleted: true }, `${id} holds no longer.`);
    });
  return command;
};

const patternText = (pattern: Readonly<Record<string, string | null>>): string => {
  const named = Object.entries(pattern).filter(([, value]) => value !== null);
  return named.length === 0
    ? 'everything'
    : named.map(([name, value]) => `${name} ${value}`).join(', ');
};
