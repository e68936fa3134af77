import { afterAll, beforeAll, expect } from 'vitest';
import * as z from 'zod';
import { webhookSignature } from '../../lambdas/shared/webhook-signature.ts';
import { incidentWithStepsSchema } from '../../lambdas/sre/formats/incident-schemas.ts';
import { remediationSchema, runbookSchema } from '../../lambdas/sre/formats/runbook-schemas.ts';
import { as } from '../support/answer-as.ts';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { adminOfOtherProject } from '../support/other-project.ts';
import { logsBody } from '../support/sre/otlp-sender.ts';
import { runOps } from '../support/run-ops.ts';
import { sendTelemetry } from '../support/sre/send-telemetry.ts';
import { ownService } from '../support/sre/telemetry-sender.ts';
import { eventually } from '../support/stack.ts';
import { startToolServer, type ToolServer } from '../support/tool-server.ts';

const WHY = 'a stage calls public addresses alone';

const e2e = sharedE2e();
let desk: ToolServer;
beforeAll(async () => {
  await e2e.start();
  desk = await startToolServer([{ status: 200, body: 'restarted' }]);
  await e2e.admin('PATCH', '/v1/remediations/settings', { enabled: true });
});
afterAll(async () => {
  desk.stop();
  await e2e.stop();
});

const created = async <T extends z.ZodType>(
  schema: T,
  asked: Promise<Response>,
): Promise<z.output<T>> => {
  const answer = await asked;
  expect(answer.status, await answer.clone().text()).toBe(201);
  return schema.parse(await answer.json());
};

/** The service runs out of memory; answers its incident's id. */
const incidentOf = async (service: string): Promise<string> => {
  const { secret } = await e2e.mint({ scope: 'ingest' });
  const line = { text: 'java.lang.OutOfMemoryError: Java heap space', severity: 21 };
  await sendTelemetry(e2e.stack, { secret, body: logsBody(service, [line]) });
  const list = z.looseObject({
    data: z.array(
      z.looseObject({
        id: z.string(),
        members: z.array(z.looseObject({ source: z.looseObject({ service: z.string() }) })),
      }),
    ),
  });
  let id = '';
  await eventually(async () => {
    const { data } = await as(list, e2e.admin('GET', '/v1/incidents?state=live'));
    const found = data.find(({ members }) => members.some((one) => one.source.service === service));
    id = z.string().parse(found?.id);
  });
  return id;
};

const runbookFor = async (service: string) =>
  await created(
    runbookSchema,
    e2e.admin('POST', '/v1/runbooks', {
      name: `What to do about ${service}`,
      match: { service, signal: 'oom' },
      text: 'A restart buys an hour.',
      steps: [
        { id: 'look', title: 'Look at the heap' },
        {
          id: 'restart',
          title: 'Restart it',
          action: { kind: 'webhook', url: desk.url, parameters: { name: '{{service}}' } },
        },
      ],
    }),
  );

laptopTest(
  'a step is proposed, approved by somebody on call, done once, and told',
  WHY,
  async () => {
    const service = ownService();
    const runbook = await runbookFor(service);
    const secret = runbook.secret ?? '';
    expect(secret).toMatch(/^whsec_/);
    const shown = await as(runbookSchema, e2e.admin('GET', `/v1/runbooks/${runbook.id}`));
    expect(JSON.stringify(shown)).not.toContain(secret);
    const incident_id = await incidentOf(service);
    const path = `/v1/incidents/${incident_id}`;
    const seen = await as(incidentWithStepsSchema, e2e.admin('GET', path));
    expect(seen.runbooks[0]).toMatchObject({ id: runbook.id });

    const oncall = (await e2e.mint({ scope: 'oncall' })).secret;
    const asked = { incident_id, runbook_id: runbook.id, step_id: 'restart' };
    const dry = await as(
      remediationSchema,
      e2e.api('POST', '/v1/remediations', oncall, { ...asked, dry_run: true }),
    );
    expect(dry.state).toBe('dry_run');
    expect(JSON.parse(dry.plan.body)).toMatchObject({ incident_id, parameters: { name: service } });
    const proposed = await created(
      remediationSchema,
      e2e.api('POST', '/v1/remediations', oncall, asked),
    );
    expect(proposed).toMatchObject({ state: 'waiting', plan: dry.plan });
    const of = `/v1/remediations/${proposed.id}`;
    const approve = async (secretOf: string, plan_hash: string) =>
      await e2e.api('PATCH', of, secretOf, { decision: 'approve', plan_hash });
    expect((await approve(oncall, 'f'.repeat(64))).status).toBe(409);
    const viewer = (await e2e.mint({ scope: 'viewer' })).secret;
    expect((await approve(viewer, proposed.plan_hash)).status).toBe(403);
    const stranger = await adminOfOtherProject(e2e.stack.stateDir);
    expect((await approve(stranger, proposed.plan_hash)).status).toBe(404);
    const mine = () => desk.heard.filter(({ body }) => body.includes(proposed.id));
    expect(mine()).toEqual([]);

    const answers = await Promise.all(
      [1, 2, 3].map(async () => (await approve(oncall, proposed.plan_hash)).status),
    );
    expect(answers).toEqual([200, 200, 200]);
    await eventually(async () => {
      const one = await as(remediationSchema, e2e.admin('GET', of));
      expect(one).toMatchObject({ state: 'succeeded', result: 'It answered 200: restarted' });
    });
    const [sent, ...more] = mine();
    expect(more).toEqual([]);
    expect(sent?.body).toBe(proposed.plan.body);
    expect(sent?.headers['x-sluice-signature']).toBe(
      webhookSignature(secret, Number(sent?.headers['x-sluice-timestamp']), sent?.body ?? ''),
    );
    await eventually(async () => {
      const { timeline, remediations } = await as(incidentWithStepsSchema, e2e.admin('GET', path));
      const told = timeline.filter(({ kind }) => kind === 'remediation').map(({ text }) => text);
      expect(told).toEqual([
        expect.stringContaining('waits for approval'),
        expect.stringContaining('is approved'),
        expect.stringContaining('succeeded'),
      ]);
      expect(remediations).toHaveLength(1);
    });
  },
);

laptopTest('an edit after the proposal wants another approval, and off is off', WHY, async () => {
  const service = ownService();
  const runbook = await runbookFor(service);
  const incident_id = await incidentOf(service);
  const asked = { incident_id, runbook_id: runbook.id, step_id: 'restart' };
  const propose = async () =>
    await created(remediationSchema, e2e.admin('POST', '/v1/remediations', asked));
  const first = await propose();
  expect(await propose()).toEqual(first);
  const ops = async (...args: readonly string[]) =>
    (await runOps(e2e.stack.stateDir, ['runbooks', ...args])).out;
  expect(await ops('list')).toContain(runbook.id);
  expect(await ops('show', runbook.id)).toMatch(/restart +webhook +Restart it/);
  expect(await ops('plan', first.id)).toContain(first.plan.body);
  await e2e.admin('PATCH', `/v1/runbooks/${runbook.id}`, { text: 'Changed.' });
  const approved = { decision: 'approve', plan_hash: first.plan_hash };
  const refused = await e2e.admin('PATCH', `/v1/remediations/${first.id}`, approved);
  expect([refused.status, await refused.text()]).toEqual([
    409,
    expect.stringContaining('changed meanwhile'),
  ]);
  const second = await propose();
  expect(second.id).not.toBe(first.id);
  expect(await ops('reject', second.id)).toContain('Restart it is rejected.');
  expect(await ops('waiting', incident_id)).toMatch(/rejected/);
  expect(desk.heard.filter(({ body }) => body.includes(incident_id))).toEqual([]);
});
