import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { webhookSignature } from '../../lambdas/shared/webhook-signature.ts';
import {
  deliveryListSchema,
  destinationSchema,
  destinationTestSchema,
} from '../../lambdas/sre/formats/destination-schemas.ts';
import { diagnosisSettingsSchema } from '../../lambdas/sre/formats/diagnosis-schemas.ts';
import { incidentWithStepsSchema } from '../../lambdas/sre/formats/incident-schemas.ts';
import { as } from '../support/answer-as.ts';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { adminOfOtherProject } from '../support/other-project.ts';
import { logsBody } from '../support/sre/otlp-sender.ts';
import { sendTelemetry } from '../support/sre/send-telemetry.ts';
import { ownService } from '../support/sre/telemetry-sender.ts';
import { eventually } from '../support/stack.ts';
import { startToolServer, type ToolServer } from '../support/tool-server.ts';

const e2e = sharedE2e();
let desk: ToolServer;
beforeAll(async () => {
  await e2e.start();
  desk = await startToolServer([{ status: 200, body: '{}' }]);
});
afterAll(async () => {
  desk.stop();
  await e2e.stop();
});

/** Its provider has no key on a laptop. */
const SIMULATED = 'claude-sonnet-5-5';
const said = z.looseObject({
  id: z.string(),
  type: z.string(),
  ticket_id: z.string(),
  ticket: z
    .looseObject({
      incident_id: z.string(),
      state: z.string(),
      severity: z.string(),
      affected: z.array(z.string()),
      evidence: z.array(z.looseObject({ text: z.string() })),
      suggested_fix: z.string().nullable(),
      console_url: z.string().nullable(),
      acknowledged_by: z.string().nullable(),
      diagnosis: z.looseObject({ fix_steps: z.array(z.unknown()) }).nullable(),
    })
    .optional(),
});
const heard = () => desk.heard.map(({ body }) => said.parse(JSON.parse(body)));

laptopTest(
  'a line becomes a signed ticket, and who acknowledges it there does so here',
  'a stage calls public addresses alone',
  async () => {
    const service = ownService();
    const created = await e2e.admin('POST', '/v1/destinations', {
      kind: 'webhook',
      name: 'desk',
      settings: { url: desk.url },
      routes: [{ services: [service] }],
    });
    expect(created.status).toBe(201);
    const made = destinationSchema.parse(await created.json());
    const secret = made.secret ?? '';
    expect(secret).toMatch(/^whsec_/);
    const path = `/v1/destinations/${made.id}`;
    const shown = await as(destinationSchema, e2e.admin('GET', path));
    expect(JSON.stringify(shown)).not.toContain(secret);
    expect(await as(destinationTestSchema, e2e.admin('POST', `${path}/test`))).toMatchObject({
      ok: true,
    });

    const key = (await e2e.mint({ scope: 'ingest' })).secret;
    const text = 'java.lang.OutOfMemoryError: Java heap space, password=hunter2hunter2';
    await sendTelemetry(e2e.stack, {
      secret: key,
      body: logsBody(service, [{ text, severity: 21 }]),
    });
    await eventually(async () => {
      expect(heard().filter(({ type }) => type === 'ticket.opened')).toHaveLength(1);
    });
    const opened = heard().find(({ type }) => type === 'ticket.opened');
    expect(opened?.ticket).toMatchObject({ state: 'identified', affected: [service] });
    expect(opened?.ticket?.suggested_fix).toContain('memory');
    const page = `${e2e.stack.baseUrl}/_local#${opened?.ticket?.incident_id ?? ''}`;
    expect(opened?.ticket?.console_url).toBe(page);
    expect(JSON.stringify(opened)).not.toContain('hunter2');
    for (const { headers, body } of desk.heard)
      expect(headers['x-sluice-signature']).toBe(
        webhookSignature(secret, Number(headers['x-sluice-timestamp']), body),
      );

    const tell = async (
      by: string,
      signedWith: string,
      action = 'acknowledge',
    ): Promise<Response> => {
      const body = JSON.stringify({
        id: `event-${action}-${by}`,
        ticket_id: opened?.ticket_id,
        action,
        by,
      });
      const nowMs = Date.now();
      return await fetch(`${e2e.stack.baseUrl}${path}/inbound`, {
        method: 'POST',
        headers: {
          'x-sluice-timestamp': String(nowMs),
          'x-sluice-signature': webhookSignature(signedWith, nowMs, body),
        },
        body,
      });
    };
    expect((await tell('mallory', 'whsec_guess')).status).toBe(401);
    const taken = await tell('ada', secret);
    expect([taken.status, await taken.json()]).toEqual([200, { object: 'inbound', events: 1 }]);
    expect(await (await tell('ada', secret)).json()).toMatchObject({ events: 0 });
    await eventually(async () => {
      expect(heard().at(-1)?.ticket).toMatchObject({
        state: 'acknowledged',
        acknowledged_by: 'ada (desk)',
      });
    });
    expect((await tell('ada', secret, 'resolve')).status).toBe(200);
    await eventually(async () => {
      expect(heard().at(-1)).toMatchObject({
        type: 'ticket.updated',
        ticket_id: opened?.ticket_id,
        ticket: { state: 'resolved' },
      });
    });
    expect(heard().filter(({ type }) => type === 'ticket.opened')).toHaveLength(1);
    const incidentId = opened?.ticket?.incident_id ?? '';
    await eventually(async () => {
      const { data } = await as(
        deliveryListSchema,
        e2e.admin('GET', `/v1/deliveries?incident_id=${incidentId}`),
      );
      const delivery = data.find(({ destination_id: id }) => id === made.id);
      expect(delivery).toMatchObject({ status: 'sent', failures: 0, extra_tickets: [] });
    });
    expect((await e2e.admin('DELETE', path)).status).toBe(200);
  },
);

laptopTest(
  'a ticket is updated with what a model says of its incident, and a key of its own pays',
  'a stage calls public addresses alone',
  async () => {
    const service = ownService();
    const stranger = await adminOfOtherProject(e2e.stack.stateDir);
    const ask = async (method: string, path: string, body?: unknown): Promise<Response> =>
      await e2e.api(method, path, stranger, body);
    await as(diagnosisSettingsSchema, ask('PATCH', '/v1/diagnosis', { model: SIMULATED }));
    const made = destinationSchema.parse(
      await (
        await ask('POST', '/v1/destinations', {
          kind: 'webhook',
          name: 'desk',
          settings: { url: desk.url },
          routes: [{ services: [service] }],
        })
      ).json(),
    );
    const minted = await ask('POST', '/v1/keys', { name: 'own', scope: 'ingest' });
    const { secret } = z.object({ secret: z.string() }).parse(await minted.json());
    const line = { text: 'java.lang.OutOfMemoryError: Java heap space', severity: 21 };
    await sendTelemetry(e2e.stack, { secret, body: logsBody(service, [line]) });
    const mine = () => heard().filter(({ ticket }) => ticket?.affected.includes(service));
    await eventually(async () => {
      expect(mine().at(-1)?.ticket?.diagnosis).toMatchObject({ model: SIMULATED });
    });
    expect(mine()[0]?.type).toBe('ticket.opened');
    const id = mine()[0]?.ticket?.incident_id ?? '';
    const incident = await as(incidentWithStepsSchema, ask('GET', `/v1/incidents/${id}`));
    expect(incident.diagnosis).toMatchObject({ status: 'given', why: null, dropped_claims: 0 });
    const cited = incident.diagnosis.root_cause.flatMap(({ cites }) => cites);
    expect(cited).toContainEqual(expect.stringMatching(/^[0-9a-f]+#0$/));
    expect(incident.timeline.map(({ kind }) => kind)).toContain('diagnosed');
    const { key_id: keyId } = await as(diagnosisSettingsSchema, ask('GET', '/v1/diagnosis'));
    const key = z
      .looseObject({ period: z.string(), spent_micros: z.number() })
      .parse(await (await ask('GET', `/v1/keys/${keyId}`)).json());
    expect(key.period).toBe('day');
    expect(key.spent_micros).toBeGreaterThan(0);
    await eventually(async () => {
      const usage = await ask('GET', `/v1/keys/${keyId}/usage`);
      expect(await usage.text()).toContain('sre-diagnose');
    });
    await ask('PATCH', '/v1/diagnosis', { model: null });
    await ask('DELETE', `/v1/destinations/${made.id}`);
  },
);

test('an inbound request for no destination is answered as one that is not signed', async () => {
  const answer = await fetch(`${e2e.stack.baseUrl}/v1/destinations/dst_0000000000000000/inbound`, {
    method: 'POST',
    body: '{}',
  });
  expect(answer.status).toBe(401);
});
