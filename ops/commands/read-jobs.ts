import { Command } from 'commander';
import * as z from 'zod';
import { table, usd } from '../output.ts';
import { given, read } from './read.ts';

const ROWS_MAX = 100;

const jobs = z.object({
  data: z.array(
    z.looseObject({
      id: z.string(),
      kind: z.string(),
      status: z.string(),
      counts: z.object({
        total: z.number(),
        completed: z.number(),
        failed: z.number(),
        not_run: z.number(),
      }),
      cost_micros: z.number(),
      error: z.object({ code: z.string() }).nullable(),
      waits_for: z.object({ code: z.string() }).nullable(),
      webhook: z.object({ status: z.string(), tries: z.number() }).nullable(),
      end_user_id: z.string().nullable(),
      created_at: z.number(),
      ended_at: z.number().nullable(),
    }),
  ),
});

/** `jobs`: how far each is, and what it waits for. */
export const jobsCommand = (): Command =>
  new Command('jobs')
    .description('jobs that are not over, the newest first')
    .option('--all', 'those that are over too')
    .option('--user <id>', 'of one end user')
    .option('--limit <count>', `look at so many of the newest, at most ${ROWS_MAX}`, '100')
    .action(async (raw: unknown, self: Command) => {
      const { all, user, limit } = z
        .object({
          all: z.boolean().default(false),
          user: z.string().optional(),
          limit: z.coerce.number().int().min(1).max(ROWS_MAX),
        })
        .parse(raw);
      const whose = user === undefined ? { scope: 'project' } : given({ end_user_id: user });
      const { context, body } = await read(self, '/v1/jobs', { ...whose, limit: String(limit) });
      const data = jobs.parse(body).data.filter(({ ended_at }) => all || ended_at === null);
      context.output.result(
        { data },
        data.length === 0
          ? none(all)
          : table([
              ['made', 'job', 'user', 'status', 'done', 'failed', 'left', 'cost', 'why', 'webhook'],
              ...data.map((job) => [
                new Date(job.created_at).toISOString().slice(0, 19),
                job.id,
                job.end_user_id ?? '',
                job.status,
                String(job.counts.completed),
                String(job.counts.failed),
                String(job.counts.not_run),
                usd(job.cost_micros),
                (job.error ?? job.waits_for)?.code ?? '',
                job.webhook === null ? '' : `${job.webhook.status} (${job.webhook.tries})`,
              ]),
            ]),
      );
    });

const none = (all: boolean): string =>
  all ? 'No jobs.' : 'No jobs that are not over. --all shows those that are over too.';
