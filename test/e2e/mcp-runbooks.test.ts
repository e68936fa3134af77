import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import * as z from 'zod';
import { anomalyListSchema } from '../../lambdas/sre/formats/sre-schemas.ts';
import { runbookSchema } from '../../lambdas/sre/formats/runbook-schemas.ts';
import { as } from '../support/answer-as.ts';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { answered, connectedAgent, refusal } from '../support/sre/agent.ts';
import { logsBody } from '../support/sre/otlp-sender.ts';
import { sendTelemetry } from '../support/sre/send-telemetry.ts';
import { eventually } from '../support/stack.ts';

const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

laptopTest(
  'an agent reads a runbook and proposes its step, which its key cannot approve',
  'telemetry is sent at an address of its own there',
  async () => {
    const service = `agent-${randomBytes(6).toString('hex')}`;
    const made = await e2e.admin('POST', '/v1/runbooks', {
      name: `Restart ${service}`,
      match: { service },
      text: 'Restart it once.',
      steps: [
        {
          id: 'restart',
          title: 'Restart',
          action: { kind: 'webhook', url: 'https://restart.example.com/', parameters: {} },
        },
      ],
    });
    const runbook = runbookSchema.parse(await made.json());
    await e2e.admin('PATCH', '/v1/remediations/settings', { enabled: true });
    const { secret } = await e2e.mint({ scope: 'ingest' });
    const text = 'java.lang.OutOfMemoryError: Java heap space';
    await sendTelemetry(e2e.stack, { secret, body: logsBody(service, [{ text, severity: 21 }]) });
    const { secret: key } = await e2e.mint({ scope: 'oncall' });
    const agent = await connectedAgent(e2e.stack.baseUrl, key);
    let incident_id = '';
    await eventually(async () => {
      const found = e2e.admin('GET', `/v1/anomalies?service=${service}`);
      const anomaly_id = (await as(anomalyListSchema, found)).data[0]?.id ?? '';
      const why = await answered(agent, 'why_ticket', { anomaly_id });
      incident_id = z.string().parse(why.incident_id);
    });
    const { data } = await answered(agent, 'list_runbooks');
    expect(data.map(({ id }) => id)).toContain(runbook.id);
    const read = await answered(agent, 'get_runbook', { runbook_id: runbook.id });
    expect(read.text).toBe('Restart it once.');
    const step = { incident_id, runbook_id: runbook.id, step_id: 'restart' };
    const dry = await answered(agent, 'propose_step', { ...step, dry_run: true });
    expect(dry.plan.target).toContain('https://restart.example.com');
    const proposed = await answered(agent, 'propose_step', step);
    expect(proposed).toMatchObject({ state: 'waiting', proposed_by_agent: true });
    const approve = { decision: 'approve', plan_hash: proposed.plan_hash };
    const path = `/v1/remediations/${proposed.id}`;
    expect((await e2e.api('PATCH', path, key, approve)).status).toBe(409);
    expect((await e2e.admin('PATCH', path, { decision: 'reject' })).status).toBe(200);
    expect(await refusal(agent, 'propose_step', { ...step, step_id: 'nobody' })).toMatch(
      /^(not_found|invalid_request|conflict): /,
    );
    const viewer = await connectedAgent(
      e2e.stack.baseUrl,
      (await e2e.mint({ scope: 'viewer' })).secret,
    );
    expect(await refusal(viewer, 'propose_step', step)).toMatch(/^admin_scope_required: /);
    await Promise.all([agent.close(), viewer.close()]);
  },
);
