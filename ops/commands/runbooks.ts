import { Command } from 'commander';
import * as z from 'zod';
import { table } from '../output.ts';
import { ask, read } from './read.ts';

const runbooksSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      match: z.record(z.string(), z.string().nullable()),
    }),
  ),
});
const runbookSchema = z.looseObject({
  name: z.string(),
  text: z.string(),
  steps: z.array(
    z.looseObject({
      id: z.string(),
      title: z.string(),
      action: z.looseObject({ kind: z.string() }).nullable(),
    }),
  ),
});
const remediationSchema = z.looseObject({
  id: z.string(),
  step_title: z.string(),
  state: z.string(),
  result: z.string().nullable(),
  plan: z.looseObject({
    kind: z.string(),
    target: z.string(),
    headers: z.record(z.string(), z.string()),
    body: z.string(),
  }),
  plan_hash: z.string(),
});
const remediationsSchema = z.looseObject({ data: z.array(remediationSchema) });

const remediationPath = (id: string): string => `/v1/remediations/${encodeURIComponent(id)}`;

/** What would be sent, as whoever approves it must have read it. */
const planText = ({ plan, plan_hash: hash }: z.infer<typeof remediationSchema>): string =>
  [
    `${plan.kind} ${plan.target}`,
    ...Object.entries(plan.headers).map(([name, value]) => `${name}: ${value}`),
    '',
    plan.body,
    '',
    `plan ${hash}`,
  ].join('\n');

const shown = (one: z.infer<typeof remediationSchema>): string =>
  `${one.step_title}: ${one.state}. ${one.result ?? ''}\n${one.id}\n\n${planText(one)}`;

/** `runbooks`: what to do about incidents, and who allows what of it. */
export const runbooksCommand = (): Command => {
  const command = new Command('runbooks').description('what to do, and who allows it');
  command
    .command('list', { isDefault: true })
    .description('all of them')
    .action(async (_raw: unknown, self: Command) => {
      const { context, body } = await read(self, '/v1/runbooks', {});
      const { data } = runbooksSchema.parse(body);
      const rows = data.map(({ id, name, match }) => [id, matchText(match), name]);
      context.output.result(
        { data },
        rows.length === 0 ? 'No runbooks.' : table([['runbook', 'for', 'name'], ...rows]),
      );
    });
  command
    .command('show <id>')
    .description('one with its steps')
    .action(async (id: string, _raw: unknown, self: Command) => {
      const { context, body } = await read(self, `/v1/runbooks/${encodeURIComponent(id)}`, {});
      const runbook = runbookSchema.parse(body);
      const steps = runbook.steps.map((step) => [
        step.id,
        step.action?.kind ?? 'a person',
        step.title,
      ]);
      context.output.result(
        runbook,
        `${runbook.name}\n\n${runbook.text}\n\n${table([['step', 'by', 'title'], ...steps])}`,
      );
    });
  for (const [name, isDry, description] of [
    ['try', true, 'show what a step would send; nothing is stored'],
    ['propose', false, 'let a step wait for approval'],
  ] as const)
    command
      .command(`${name} <runbook> <step> <incident>`)
      .description(description)
      .action(
        async (runbook: string, step: string, incident: string, _raw: unknown, self: Command) => {
          const { context, body } = await ask(self, 'POST', '/v1/remediations', {
            incident_id: incident,
            runbook_id: runbook,
            step_id: step,
            dry_run: isDry,
          });
          const one = remediationSchema.parse(body);
          context.output.result(one, isDry ? planText(one) : shown(one));
        },
      );
  command
    .command('waiting <incident>')
    .description('the steps that were proposed for an incident, and what came of them')
    .action(async (incident: string, _raw: unknown, self: Command) => {
      const { context, body } = await read(self, '/v1/remediations', { incident_id: incident });
      const { data } = remediationsSchema.parse(body);
      const rows = data.map((one) => [one.id, one.state, one.step_title, one.result ?? '']);
      context.output.result(
        { data },
        rows.length === 0
          ? 'No step was proposed.'
          : table([['remediation', 'state', 'step', 'result'], ...rows]),
      );
    });
  command
    .command('plan <remediation>')
    .description('what it sends, and the plan that an approval names')
    .action(async (id: string, _raw: unknown, self: Command) => {
      const { context, body } = await read(self, remediationPath(id), {});
      const one = remediationSchema.parse(body);
      context.output.result(one, shown(one));
    });
  command
    .command('approve <remediation> <plan>')
    .description('allow exactly this plan; its first 12 characters do')
    .action(async (id: string, plan: string, _raw: unknown, self: Command) => {
      await decide(self, id, { decision: 'approve', plan_hash: plan });
    });
  command
    .command('reject <remediation>')
    .description('say no to it')
    .action(async (id: string, _raw: unknown, self: Command) => {
      await decide(self, id, { decision: 'reject' });
    });
  return command;
};

const decide = async (self: Command, id: string, decision: object): Promise<void> => {
  const { context, body } = await read(self, remediationPath(id), {}, decision);
  const one = remediationSchema.parse(body);
  context.output.result(one, `${one.step_title} is ${one.state}.`);
};

const matchText = (match: Readonly<Record<string, string | null>>): string =>
  Object.entries(match)
    .flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]))
    .join(', ') || 'any';
