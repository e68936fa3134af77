import { Command } from 'commander';
import * as z from 'zod';
import { callListSchema, keyListSchema } from '../../lambdas/gateway/formats/openapi-schemas.ts';
import { table, usd } from '../output.ts';
import { given, read } from './read.ts';

const DAY_MS = 86_400_000;
const DAYS_MAX = 400;
const ROWS_MAX = 200;
const KEYS_MAX = 100;

const usageSchema = z.looseObject({
  groups: z.array(
    z.looseObject({
      cost_micros: z.number(),
      request_count: z.number(),
      errors: z.number(),
      input_tokens: z.number(),
      output_tokens: z.number(),
      // A stage of an earlier release has none.
      characters: z.number().default(0),
      seconds: z.number().default(0),
      images: z.number().default(0),
      p50_total_ms: z.number().nullable(),
    }),
  ),
});
const rows = z.coerce.number().int().min(1).max(ROWS_MAX).default(50);

const UNITS = ['characters', 'seconds', 'images'] as const;

/** What was billed by something other than tokens of text: `12 characters, 3 seconds`. */
export const unitsText = (counts: Readonly<Record<(typeof UNITS)[number], number>>): string =>
  UNITS.filter((unit) => counts[unit] > 0)
    .map((unit) => `${counts[unit]} ${unit}`)
    .join(', ');

const NAMED_BY_ID: ReadonlySet<string> = new Set(['key', 'thread', 'user']);

/** `usage`: who spent what, the dearest first. */
export const usageCommand = (): Command =>
  new Command('usage')
    .description('who spent what')
    .option('--by <word>', 'key, user, model, feature, thread, hour, day or cohort.<name>', 'user')
    .option('--days <count>', 'how far back', '30')
    .action(async (raw: unknown, self: Command) => {
      const { by, days } = z
        .object({ by: z.string(), days: z.coerce.number().min(0).max(DAYS_MAX) })
        .parse(raw);
      const query = { group_by: by, from_ms: String(Date.now() - Math.round(days * DAY_MS)) };
      const { context, body } = await read(self, '/v1/usage', query);
      const { groups } = usageSchema.parse(body);
      const name = NAMED_BY_ID.has(by) ? `${by}_id` : by;
      const sorted = groups.toSorted(
        (left, right) =>
          right.cost_micros - left.cost_micros ||
          wordOf(left[name]).localeCompare(wordOf(right[name])),
      );
      context.output.result(
        { groups: sorted },
        table([
          [by, 'calls', 'errors', 'input', 'output', 'units', 'p50 ms', 'cost'],
          ...sorted.map((row) => [
            wordOf(row[name]) || `(without a ${by})`,
            String(row.request_count),
            String(row.errors),
            String(row.input_tokens),
            String(row.output_tokens),
            unitsText(row),
            String(row.p50_total_ms ?? ''),
            usd(row.cost_micros),
          ]),
        ]),
      );
    });

/** `keys`: each with its cap and what is left of it. */
export const keysCommand = (): Command =>
  new Command('keys')
    .description('keys with their caps, the newest first')
    .option('--user <id>', 'of one end user')
    .option('--status <word>', 'active, paused or revoked; without it all but the revoked ones')
    .option('--limit <count>', `at most ${KEYS_MAX}`, '50')
    .action(async (raw: unknown, self: Command) => {
      const { user, status, limit } = z
        .object({ user: z.string().optional(), status: z.string().optional(), limit: rows })
        .parse(raw);
      const query = { ...given({ user_id: user, status }), limit: String(limit) };
      const { context, body } = await read(self, '/v1/keys', query);
      const data = keyListSchema
        .parse(body)
        .data.filter((key) => status !== undefined || key.status !== 'revoked');
      context.output.result(
        { data },
        table([
          ['key', 'name', 'user', 'status', 'cap', 'spent', 'left', 'period'],
          ...data.map((key) => [
            key.id,
            key.name,
            key.user_id ?? '',
            key.status,
            key.cap_micros === null ? 'none' : usd(key.cap_micros),
            usd(key.spent_micros),
            key.available_micros === null ? '' : usd(key.available_micros),
            key.period,
          ]),
        ]),
      );
    });

/** `calls`: the latest ones. */
export const callsCommand = (): Command =>
  new Command('calls')
    .description('calls that ended, the newest first')
    .option('--key <id>', 'of one key')
    .option('--user <id>', 'of one end user')
    .option('--thread <id>', 'of one thread')
    .option('--status <word>', 'completed, cancelled, deadline, provider_error, released, expired')
    .option('--limit <count>', `at most ${ROWS_MAX}`, '50')
    .action(async (raw: unknown, self: Command) => {
      const { key, user, thread, status, limit } = z
        .object({
          key: z.string().optional(),
          user: z.string().optional(),
          thread: z.string().optional(),
          status: z.string().optional(),
          limit: rows,
        })
        .parse(raw);
      const query = {
        ...given({ key_id: key, user_id: user, thread_id: thread, status }),
        limit: String(limit),
      };
      const { context, body } = await read(self, '/v1/calls', query);
      const { data } = callListSchema.parse(body);
      const keys = await read(self, '/v1/keys', { limit: String(KEYS_MAX) });
      const names = new Map(
        keyListSchema.parse(keys.body).data.map((one) => [one.id, one.name] as const),
      );
      context.output.result(
        { data },
        table([
          ['at', 'key', 'model', 'input', 'output', 'cost', 'status', 'ms', 'request'],
          ...data.map((call) => [
            new Date(call.settled_at).toISOString().slice(0, 19),
            // A key that is older than the page of keys goes by its id.
            names.get(call.key_id) ?? call.key_id,
            call.model,
            String(call.usage['input_tokens'] ?? 0),
            String(call.usage['output_tokens'] ?? 0),
            usd(call.cost_micros),
            call.status,
            String(call.total_ms),
            call.request_id,
          ]),
        ]),
      );
    });

const wordOf = (value: unknown): string => (typeof value === 'string' ? value : '');
