import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { webhookSignature } from '../../lambdas/shared/webhook-signature.ts';
import {
  deliveryListSchema,
  destinationSchema,
  destinationTestSchema,
} from '../../lambdas/sre/formats/destination-schemas.ts';
import { as } from '../support/answer-as.ts';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { logsBody } from '../support/sre/otlp-sender.ts';
import { sendTelemetry } from '../support/sre/send-telemetry.ts';
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
      acknowledged_by: z.string().nullable(),
    })
    .optional(),
});
const heard = () => desk.heard.map(({ body }) => said.parse(JSON.parse(body)));

laptopTest(
  'a line becomes a signed ticket, and who acknowledges it there does so here',
  'a stage calls public addresses alone',
  async () => {
    const service = `svc-${randomBytes(6).toString('hex')}`;
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

test('an inbound request for no destination is answered as one that is not signed', async () => {
  const answer = await fetch(`${e2e.stack.baseUrl}/v1/destinations/dst_0000000000000000/inbound`, {
    method: 'POST',
    body: '{}',
  });
  expect(answer.status).toBe(401);
});
