import { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { EXIT, OpsError } from '../ops-error.ts';
import { eachBounded } from '../usecases/each-bounded.ts';
import { reconcileProject, type ProjectReport } from '../usecases/reconcile-project.ts';
import { reconcileKey, type KeyReport } from '../usecases/reconcile.ts';
import { contextOf, type Context } from './context.ts';

const KEYS_AT_ONCE_MAX = 8;

const optionsSchema = z.object({
  key: z.string().optional(),
  project: z.string().optional(),
  repair: z.boolean().default(false),
  repairSpent: z.boolean().default(false),
});
type Options = z.infer<typeof optionsSchema>;

export const reconcileCommand = (): Command =>
  new Command('reconcile')
    .description(
      'compare what was settled with what keys spent and with the hourly roll-ups, and counters of project caps with keys',
    )
    .option('--key <id>', 'one key')
    .option('--project <id>', 'the keys of one project; without either, all keys')
    .option('--repair', 'rebuild wrong roll-ups from usage events')
    .option(
      '--repair-spent',
      'raise the spend of keys that are behind their settlements (after a restore)',
    )
    .action(async (raw: unknown, self: Command) => {
      const options = optionsSchema.parse(raw);
      const context = await contextOf(self);
      const { reports, checked } = await reconcileAll(context, options);
      const dirty = reports.filter(({ is_clean }) => !is_clean);
      const projects = options.key === undefined ? await reconcileProjects(context, options) : [];
      context.output.result(
        { keys: checked, differing: dirty.length, reports, projects },
        [
          ...reports.map(textOf),
          ...projects.map(projectText),
          `${checked} keys: ${checked - dirty.length} agree, ${dirty.length} differ.`,
        ].join('\n'),
      );
      if (dirty.length > 0 || projects.some(({ is_clean }) => !is_clean))
        process.exitCode = EXIT.found;
    });

/** Caps of whole projects: few, and each is told. */
const reconcileProjects = async (
  { tools }: Context,
  { project }: Options,
): Promise<readonly ProjectReport[]> => {
  const reports: ProjectReport[] = [];
  for (const projectId of await tools.audit.cappedProjects(project ?? null)) {
    const report = await reconcileProject(tools, projectId);
    if (report !== null) reports.push(report);
  }
  return reports;
};

const projectText = (report: ProjectReport): string =>
  [
    `${report.project_id} ${report.window}: spent ${report.spent_nano_usd}, held ${report.held_nano_usd} of ${report.cap_nano_usd} nano-USD${report.is_checked ? '' : '; in use, not compared'}`,
    ...report.wrong.map((words) => `  ${words}`),
  ].join('\n');

/** Reports of keys that differ or were repaired; of all that were asked for by name. */
const reconcileAll = async (
  { tools, output }: Context,
  options: Options,
): Promise<{ readonly reports: readonly KeyReport[]; readonly checked: number }> => {
  const ids =
    options.key === undefined ? await tools.audit.keyIds(options.project ?? null) : [options.key];
  if (ids.length === 0) throw new OpsError('There are no such keys.');
  const deps = {
    ...tools,
    nowMs: () => Date.now(),
    pause: async (ms: number) => {
      await sleep(ms);
    },
  };
  const reports: KeyReport[] = [];
  const bar = output.progress('reconcile', ids.length);
  await eachBounded(ids, KEYS_AT_ONCE_MAX, async (keyId) => {
    const { repair, repairSpent } = options;
    const report = await reconcileKey(deps, { keyId, repair, repairSpent });
    if (report === null && options.key !== undefined)
      throw new OpsError(`There is no key ${keyId}.`);
    if (report !== null && (options.key !== undefined || isWorthTelling(report)))
      reports.push(report);
    bar.step();
  }).finally(() => bar.stop());
  return { reports, checked: ids.length };
};

const isWorthTelling = (report: KeyReport): boolean =>
  !report.is_clean || report.wrong_hours.length > 0 || report.repairs.length > 0;

const textOf = (report: KeyReport): string =>
  [
    `${report.key_id} ${report.window}: spent ${report.spent_nano_usd}, settled ${report.settled_nano_usd} nano-USD in ${report.events} calls, difference ${report.difference_nano_usd}`,
    ...(report.is_invariant_broken ? ['  available is not cap - spent - held'] : []),
    ...report.wrong_hours.map(
      ({ hour, figures, repaired }) =>
        `  ${hour} ${repaired ? 'rebuilt' : 'differs'}: ${figures.join(', ')}`,
    ),
    ...report.repairs.map((repair) => `  ${repair}`),
  ].join('\n');
