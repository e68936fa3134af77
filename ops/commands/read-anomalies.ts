import { Command } from 'commander';
import * as z from 'zod';
import { table } from '../output.ts';
import { given, read } from './read.ts';

const HOUR_MS = 3_600_000;
const HOURS_MAX = 9_600;
const ROWS_MAX = 100;

/** Of each anomaly what the table shows; `--json` passes on the rest. */
const anomaliesSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      kind: z.string(),
      severity: z.string(),
      source: z.looseObject({ service: z.string() }),
      opened_at: z.number(),
      ended_at: z.number().nullable(),
      why: z.string(),
      score: z.looseObject({ score: z.number() }),
    }),
  ),
});

/** `anomalies`: what is wrong with services that send telemetry, and with keys. */
export const anomaliesCommand = (): Command =>
  new Command('anomalies')
    .description('what was found in telemetry and in keys, the newest first')
    .option('--service <name>', 'of one service')
    .option('--severity <band>', 'critical, high, medium or low: this one or worse')
    .option('--hours <count>', 'how far back', '24')
    .option('--limit <count>', `at most ${ROWS_MAX}`, '50')
    .action(async (raw: unknown, self: Command) => {
      const { service, severity, hours, limit } = z
        .object({
          service: z.string().optional(),
          severity: z.string().optional(),
          hours: z.coerce.number().min(0).max(HOURS_MAX),
          limit: z.coerce.number().int().min(1).max(ROWS_MAX),
        })
        .parse(raw);
      const { context, body } = await read(self, '/v1/anomalies', {
        ...given({ service, severity }),
        from_ms: String(Date.now() - Math.round(hours * HOUR_MS)),
        limit: String(limit),
      });
      const { data } = anomaliesSchema.parse(body);
      const rows = data.map((one) => [
        one.severity,
        one.source.service === '' ? '(no name)' : one.source.service,
        one.kind,
        one.score.score.toFixed(3),
        new Date(one.opened_at).toISOString().slice(0, 19),
        one.ended_at === null
          ? 'no end is seen'
          : new Date(one.ended_at).toISOString().slice(0, 19),
        one.why.replaceAll(/\s+/g, ' '),
      ]);
      context.output.result(
        { data },
        rows.length === 0
          ? `No anomalies in ${hours} hours.`
          : table([['band', 'service', 'kind', 'score', 'since', 'until', 'why'], ...rows]),
      );
    });
