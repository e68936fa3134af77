import { Command } from 'commander';
import * as z from 'zod';
import { table } from '../output.ts';
import { read } from './read.ts';

const DAY_MS = 86_400_000;
const DAYS_MAX = 400;

const spread = z.looseObject({ median: z.number(), mean: z.number() }).nullable();
const figures = z.looseObject({
  incidents: z.number(),
  live: z.number(),
  reopened: z.number(),
  noise_share: z.number().nullable(),
  time_to_acknowledge_ms: spread,
  time_to_resolve_ms: spread,
});
const statsSchema = z.looseObject({
  totals: figures,
  by_service: z.array(figures.extend({ service: z.string() })),
  by_severity: z.array(figures.extend({ severity: z.string() })),
  truncated: z.boolean(),
});

/** `incidents stats`: how soon people see what is wrong, and how soon it is over. */
export const incidentStatsCommand = (): Command =>
  new Command('stats')
    .description(
      'how soon incidents are acknowledged and over: median and mean, by severity and service',
    )
    .option('--days <count>', 'how far back', '30')
    .action(async (raw: unknown, self: Command) => {
      const { days } = z.object({ days: z.coerce.number().min(0).max(DAYS_MAX) }).parse(raw);
      const from_ms = String(Date.now() - Math.round(days * DAY_MS));
      const { context, body } = await read(self, '/v1/incidents/stats', { from_ms });
      const stats = statsSchema.parse(body);
      const rows = [
        rowOf('all', stats.totals),
        ...stats.by_severity.map((one) => rowOf(one.severity, one)),
        ...stats.by_service.map((one) => rowOf(one.service || '(no name)', one)),
      ];
      const head = ['of', 'count', 'live', 'reopened', 'noise', 'acknowledged in', 'over in'];
      const more = stats.truncated ? '\nThere were more: these are the newest.' : '';
      context.output.result(stats, `${table([head, ...rows])}${more}`);
    });

const rowOf = (name: string, one: z.infer<typeof figures>): readonly string[] => [
  name,
  String(one.incidents),
  String(one.live),
  String(one.reopened),
  one.noise_share === null ? '-' : `${Math.round(100 * one.noise_share)} %`,
  spreadText(one.time_to_acknowledge_ms),
  spreadText(one.time_to_resolve_ms),
];

const spreadText = (times: z.infer<typeof spread>): string =>
  times === null ? '-' : `${durationText(times.median)} (mean ${durationText(times.mean)})`;

const durationText = (ms: number): string => {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
};
