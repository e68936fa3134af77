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
import { destinationSchema } from '../../lambdas/sre/formats/destination-schemas.ts';
import { incidentStatsSchema } from '../../lambdas/sre/formats/incident-stats-format.ts';
import { anomalyListSchema } from '../../lambdas/sre/formats/sre-schemas.ts';
import { as } from '../support/answer-as.ts';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { logsBody } from '../support/sre/otlp-sender.ts';
import { runOps } from '../support/run-ops.ts';
import { ownService, telemetrySender } from '../support/sre/telemetry-sender.ts';
import { eventually } from '../support/stack.ts';

const e2e = sharedE2e();
const { start, send } = telemetrySender(e2e);
beforeAll(async () => {
  await e2e.start();
  await start();
});
afterAll(async () => await e2e.stop());

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
  await send(logsBody(service, [line]));
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
    const service = ownService();
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
    expect(opened.diagnosis).toMatchObject({ status: 'not_asked' });
    const shown = await runOps(e2e.stack.stateDir, ['incidents', 'show', id]);
    expect(shown.out).toContain('no diagnosis: No model is set');
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

  laptopTest('what is called noise counts as such, for its service', WHY, async () => {
    const service = ownService();
    const anomalyId = await broken(service);
    let id = '';
    await eventually(async () => {
      id = z.string().parse((await decisionOf(anomalyId)).incident_id);
    });
    const noise_until = Date.now() + 60_000;
    const over = e2e.admin('PATCH', `/v1/incidents/${id}`, { noise_until });
    expect((await as(incidentSchema, over)).state).toBe('resolved');
    const sums = e2e.admin('GET', '/v1/incidents/stats');
    const { by_service, totals } = await as(incidentStatsSchema, sums);
    expect(by_service.find((one) => one.service === service)).toMatchObject({
      incidents: 1,
      noise: 1,
      noise_share: 1,
      time_to_resolve_ms: null,
    });
    expect(totals.incidents).toBeGreaterThan(0);
    const ops = await runOps(e2e.stack.stateDir, ['incidents', 'stats', '--days', '1']);
    expect(ops.out).toMatch(new RegExp(`${service} +1 +0 +0 +100 % +- +-`));
    const wrong = await e2e.admin('GET', '/v1/incidents/stats?from_ms=5&to_ms=4');
    expect(wrong.status).toBe(400);
  });

  laptopTest(
    'an operator makes, lists and ends a silence, and tries a destination',
    WHY,
    async () => {
      const service = ownService();
      const ops = async (...args: readonly string[]) => await runOps(e2e.stack.stateDir, args);
      const add = ['silences', 'add', 'it moves', '--minutes', '5', '--service', service];
      const added = await ops(...add, '--maintenance');
      expect(added.out).toMatch(new RegExp(`^silence_\\w+ holds for service ${service} until `));
      const id = added.out.split(' ')[0] ?? '';
      const listed = (await ops('silences')).out.split('\n').find((line) => line.startsWith(id));
      expect(listed).toMatch(/maintenance .*it moves$/);
      expect((await ops('silences', 'end', id)).out).toContain('holds no longer');
      expect(await ops('silences', 'end', id)).toMatchObject({ code: 2 });
      const desk = await created(
        destinationSchema,
        e2e.admin('POST', '/v1/destinations', {
          kind: 'webhook',
          name: service,
          settings: { url: 'http://127.0.0.1:9/' },
          paused: true,
        }),
      );
      expect((await ops('destinations', 'list')).out).toMatch(
        new RegExp(`${desk.id} +webhook +${service} +paused`),
      );
      const tried = await ops('destinations', 'test', desk.id);
      expect(tried).toMatchObject({
        code: 1,
        out: expect.stringContaining('does not take tickets'),
      });
    },
  );

  laptopTest('a silence keeps a service from opening one, and says so', WHY, async () => {
    const service = ownService();
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
    const deploy = { service: ownService(), version: '2', at: Date.now() };
    for (let times = 0; times < 2; times++)
      await created(deploySchema, e2e.admin('POST', '/v1/deploys', deploy));
    const list = z.looseObject({ data: z.array(deploySchema) });
    const { data } = await as(list, e2e.admin('GET', '/v1/deploys'));
    expect(data.filter(({ source }) => source.service === deploy.service)).toHaveLength(1);
  });
});
