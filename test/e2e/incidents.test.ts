import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import * as z from 'zod';
import {
  deploySchema,
  incidentListSchema,
  incidentSchema,
  incidentWithStepsSchema,
  silenceSchema,
  whyIncidentSchema,
} from '../../lambdas/sre/formats/incident-schemas.ts';
import { anomalyListSchema } from '../../lambdas/sre/formats/sre-schemas.ts';
import { as } from '../support/answer-as.ts';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { logsBody } from '../support/sre/otlp-sender.ts';
import { sendTelemetry } from '../support/sre/send-telemetry.ts';
import { eventually } from '../support/stack.ts';

const e2e = sharedE2e();
let key = '';
beforeAll(async () => {
  await e2e.start();
  key = (await e2e.mint({ scope: 'ingest' })).secret;
});
afterAll(async () => await e2e.stop());

const named = (): string => `svc-${randomBytes(6).toString('hex')}`;

const WHY = 'not tried on the emulator';

const created = async <T extends z.ZodType>(
  schema: T,
  asked: Promise<Response>,
): Promise<z.output<T>> => {
  const answer = await asked;
  expect(answer.status).toBe(201);
  return schema.parse(await answer.json());
};

/** The service runs out of memory; answers its anomaly's id. */
const broken = async (service: string): Promise<string> => {
  const line = { text: 'java.lang.OutOfMemoryError: Java heap space', severity: 21 };
  await sendTelemetry(e2e.stack, { secret: key, body: logsBody(service, [line]) });
  let id = '';
  await eventually(async () => {
    const list = e2e.admin('GET', `/v1/anomalies?service=${service}`);
    id = z.string().parse((await as(anomalyListSchema, list)).data[0]?.id);
  });
  return id;
};
const decisionOf = async (anomalyId: string) =>
  await as(whyIncidentSchema, e2e.admin('GET', `/v1/anomalies/${anomalyId}/incident`));

describe('from a line to an incident', () => {
  laptopTest('one line is one incident, which people work on and resolve', WHY, async () => {
    const service = named();
    const anomalyId = await broken(service);
    let id = '';
    await eventually(async () => {
      const decision = await decisionOf(anomalyId);
      expect(decision.verdict).toBe('known');
      id = decision.incident_id ?? '';
    });
    const path = `/v1/incidents/${id}`;
    const opened = await as(incidentWithStepsSchema, e2e.admin('GET', path));
    expect(opened).toMatchObject({ state: 'identified', severity: 'critical', generation: 1 });
    expect(opened.title).toContain(service);
    const acknowledged = { state: 'acknowledged', assignee: 'ada' };
    const seen = await as(incidentSchema, e2e.admin('PATCH', path, acknowledged));
    expect(seen).toMatchObject(acknowledged);
    // The same again is no step more.
    const again = await as(incidentSchema, e2e.admin('PATCH', path, acknowledged));
    expect(again.state).toBe('acknowledged');
    const over = await as(incidentSchema, e2e.admin('PATCH', path, { state: 'resolved' }));
    expect(over.time_to_resolve_ms).toBeGreaterThanOrEqual(over.time_to_acknowledge_ms ?? 0);
    const { timeline } = await as(incidentWithStepsSchema, e2e.admin('GET', path));
    const kinds = timeline.map(({ kind }) => kind).filter((kind) => kind !== 'cause');
    expect(kinds).toEqual(['opened', 'assigned', 'acknowledged', 'resolved']);
    const live = await as(incidentListSchema, e2e.admin('GET', '/v1/incidents?state=live'));
    expect(live.data.map((one) => one.id)).not.toContain(id);
  });

  laptopTest('a silence keeps a service from opening one, and says so', WHY, async () => {
    const service = named();
    const silence = await created(
      silenceSchema,
      e2e.admin('POST', '/v1/silences', {
        kind: 'maintenance',
        pattern: { service },
        until: Date.now() + 3_600_000,
        reason: 'it moves',
      }),
    );
    const decision = await decisionOf(await broken(service));
    expect(decision).toMatchObject({ verdict: 'silenced', incident_id: null });
    expect(decision.why).toContain(silence.id);
    expect((await e2e.admin('DELETE', `/v1/silences/${silence.id}`)).status).toBe(200);
    expect((await e2e.admin('DELETE', `/v1/silences/${silence.id}`)).status).toBe(404);
  });

  laptopTest('a deployment is told once, however often', WHY, async () => {
    const deploy = { service: named(), version: '2', at: Date.now() };
    for (let times = 0; times < 2; times++)
      await created(deploySchema, e2e.admin('POST', '/v1/deploys', deploy));
    const list = z.looseObject({ data: z.array(deploySchema) });
    const { data } = await as(list, e2e.admin('GET', '/v1/deploys'));
    expect(data.filter(({ source }) => source.service === deploy.service)).toHaveLength(1);
  });
});
