import { Command } from 'commander';
import * as z from 'zod';
import { nextCommands } from '../formats/next-commands.ts';
import { table } from '../output.ts';
import { stackOptionsOf } from './context.ts';
import { incidentStatsCommand } from './incident-stats.ts';
import { given, read } from './read.ts';

const ROWS_MAX = 100;

/** Of each incident what is shown; `--json` passes on the rest. */
const incidentSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  severity: z.string(),
  title: z.string(),
  opened_at: z.number(),
  assignee: z.string().nullable(),
});
const listSchema = z.looseObject({ data: z.array(incidentSchema) });
const claims = z.array(z.looseObject({ text: z.string() }));
/** Absent: the stage is of a release without them. */
const diagnosisSchema = z
  .looseObject({
    status: z.string(),
    why: z.string().nullable(),
    model: z.string().nullable(),
    confidence: z.string().nullable(),
    summary: claims,
    root_cause: claims,
    blast_radius: claims,
    fix_steps: claims,
  })
  .optional();
const timelineSchema = incidentSchema.extend({
  diagnosis: diagnosisSchema,
  merged_into: z.string().nullish(),
  runbooks: z
    .array(
      z.looseObject({
        id: z.string(),
        name: z.string(),
        steps: z.array(
          z.looseObject({ id: z.string(), title: z.string(), action: z.string().nullable() }),
        ),
      }),
    )
    .default([]),
  timeline: z.array(
    z.looseObject({ at: z.number(), by: z.string(), kind: z.string(), text: z.string() }),
  ),
});

const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
const pathOf = (id: string): string => `/v1/incidents/${encodeURIComponent(id)}`;

/** What a model says, or why none does. */
const diagnosisText = (diagnosis: z.infer<typeof diagnosisSchema>): string => {
  if (diagnosis === undefined) return '';
  const { status, why, model, confidence, summary, root_cause, blast_radius, fix_steps } =
    diagnosis;
  if (status !== 'given') return `no diagnosis: ${why ?? status}\n`;
  return [
    `${model ?? 'a model'} says, ${confidence ?? 'low'} confidence; a suggestion, nothing above depends on it:`,
    ...[...summary, ...root_cause, ...blast_radius].map(({ text }) => `  ${text}`),
    ...fix_steps.map(({ text }, index) => `  ${index + 1}. ${text}`),
    '',
  ].join('\n');
};

/** `incidents`: what is wrong as people work on it. */
export const incidentsCommand = (): Command => {
  const command = new Command('incidents').description('real faults, and who works on them');
  command
    .command('list', { isDefault: true })
    .description('the newest first')
    .option('--state <state>', 'live, identified, acknowledged, investigating, mitigated, resolved')
    .option('--limit <count>', `at most ${ROWS_MAX}`, '50')
    .action(async (raw: unknown, self: Command) => {
      const { state, limit } = z
        .object({
          state: z.string().optional(),
          limit: z.coerce.number().int().min(1).max(ROWS_MAX),
        })
        .parse(raw);
      const query = { ...given({ state }), limit: String(limit) };
      const { context, body } = await read(self, '/v1/incidents', query);
      const { data } = listSchema.parse(body);
      const rows = data.map((one) => [
        one.id,
        one.state,
        one.severity,
        timeText(one.opened_at),
        one.assignee ?? '-',
        one.title,
      ]);
      const head = ['incident', 'state', 'band', 'since', 'assignee', 'title'];
      context.output.result({ data }, rows.length === 0 ? 'No incidents.' : table([head, ...rows]));
    });
  command
    .command('show <id>')
    .description('one, with its timeline')
    .action(async (id: string, _raw: unknown, self: Command) => {
      const { context, body } = await read(self, pathOf(id), {});
      const incident = timelineSchema.parse(body);
      const steps = incident.timeline.map(({ at, by, kind, text }) => [
        timeText(at),
        by,
        kind,
        text.replaceAll(/\s+/g, ' '),
      ]);
      context.output.result(
        incident,
        [
          incident.title,
          `${incident.state}, ${incident.severity}`,
          diagnosisText(incident.diagnosis),
          table([['at', 'by', 'what', 'text'], ...steps]),
          '',
          'next:',
          table(nextCommands(incident, stackOptionsOf(self))),
        ].join('\n'),
      );
    });
  for (const [name, state, description] of [
    ['ack', 'acknowledged', 'say that somebody has seen it'],
    ['resolve', 'resolved', 'say that it is over'],
    ['reopen', 'identified', 'say that it is not over'],
  ] as const)
    command
      .command(`${name} <id>`)
      .description(description)
      .action(async (id: string, _raw: unknown, self: Command) => {
        const { context, body } = await read(self, pathOf(id), {}, { state });
        const incident = incidentSchema.parse(body);
        context.output.result(incident, `${incident.id} is ${incident.state}.`);
      });
  return command.addCommand(incidentStatsCommand());
};
