import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import * as z from 'zod';
import { deployedStage } from './deployed-stage.ts';
import type { E2e, KeyView } from './e2e.ts';
import { logsBody, spanBody } from './sre/otlp-sender.ts';
import { eventually } from './stack.ts';
import { allFrames, threadClient } from './thread-client.ts';

const MODEL = 'gpt-4o-mini';
const withId = z.looseObject({ id: z.string() });
const list = z.looseObject({ data: z.array(z.unknown()) });

/** What a path names, by the word that stands for it. */
export type Names = Readonly<Record<string, string>>;

/** Of the right shape, and nobody's. */
export const NOTHING: Names = {
  name: 'nobody',
  model_name: 'gpt-nobody',
  notice_id: `notice_${'0'.repeat(16)}`,
  key_id: `key_${'0'.repeat(16)}`,
  thread_id: `thread_${'0'.repeat(20)}`,
  run_id: `run_${'0'.repeat(20)}_2`,
  job_id: `job_${'0'.repeat(20)}`,
  response_id: `resp_${'0'.repeat(20)}_2`,
  conversation_id: `conv_${'0'.repeat(20)}`,
  item_id: `msg_${'0'.repeat(20)}_1_0_0`,
  tool_id: `tool_${'0'.repeat(20)}`,
  server_id: `mcp_${'0'.repeat(20)}`,
  anomaly_id: `anomaly_${'0'.repeat(20)}`,
  trace_id: '0'.repeat(31) + '1',
  destination_id: `dst_${'0'.repeat(16)}`,
  incident_id: `incident_${'0'.repeat(21)}`,
  silence_id: `silence_${'0'.repeat(26)}`,
  runbook_id: `runbook_${'0'.repeat(26)}`,
  remediation_id: `remediation_${'0'.repeat(34)}`,
};

const idOf = async (answer: Response): Promise<string> => {
  expect(answer.status, await answer.clone().text()).toBeLessThan(300);
  return withId.parse(await answer.json()).id;
};

/** Several suites make them on one stack. */
const own = randomBytes(8).toString('hex');
const TRACE_ID = own.repeat(2);
const SERVICE = `service-${own}`;

/** What the project's services have sent: a trace, and a line that is an anomaly at once. */
const telemetryOf = async (e2e: E2e): Promise<Names> => {
  const { secret } = await e2e.mint({ scope: 'ingest' });
  const send = async (path: string, body: string): Promise<void> => {
    const answer = await fetch(`${e2e.stack.baseUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body,
    });
    expect(answer.status, await answer.text()).toBe(200);
  };
  await send('/v1/traces', spanBody(SERVICE, TRACE_ID, 'GET /mine'));
  await send(
    '/v1/logs',
    logsBody(SERVICE, [{ text: 'java.lang.OutOfMemoryError: Java heap space', severity: 21 }]),
  );
  let anomalyId = '';
  await eventually(async () => {
    const found = await e2e.admin('GET', `/v1/anomalies?service=${SERVICE}`);
    anomalyId = withId.parse(list.parse(await found.json()).data[0]).id;
  });
  let incidentId = '';
  await eventually(async () => {
    const found = await e2e.admin('GET', `/v1/anomalies/${anomalyId}/incident`);
    incidentId = z.object({ incident_id: z.string() }).parse(await found.json()).incident_id;
  });
  const silence_id = await idOf(
    await e2e.admin('POST', '/v1/silences', {
      pattern: { service: 'nobody' },
      until: Date.now() + 60_000,
      reason: 'works',
    }),
  );
  return {
    anomaly_id: anomalyId,
    trace_id: TRACE_ID,
    incident_id: incidentId,
    silence_id,
    ...(await remediationOf(e2e, incidentId)),
  };
};

/** A runbook, and a step of it that waits for somebody. */
const remediationOf = async (e2e: E2e, incident_id: string): Promise<Names> => {
  await e2e.admin('PATCH', '/v1/remediations/settings', { enabled: true });
  const step_id = 'restart';
  const action = { kind: 'webhook', url: 'https://ops.example/restart' };
  const runbook_id = await idOf(
    await e2e.admin('POST', '/v1/runbooks', {
      name: `runbook ${own}`,
      match: { service: SERVICE },
      steps: [{ id: step_id, title: 'Restart it', action }],
    }),
  );
  const asked = { incident_id, runbook_id, step_id };
  return {
    runbook_id,
    remediation_id: await idOf(await e2e.admin('POST', '/v1/remediations', asked)),
  };
};

/** A route of the project and a tier of it, by the name of both. */
const routeOf = async (e2e: E2e): Promise<string> => {
  const name = `route-${own}`;
  const body = { name, default: { targets: [{ model: MODEL }] } };
  const made = await e2e.admin('POST', '/v1/routes', body);
  expect(made.status, await made.text()).toBe(201);
  const tier = await e2e.admin('PUT', `/v1/tiers/${name}`, { rpm: 60 });
  expect(tier.status, await tier.text()).toBe(200);
  return name;
};

/** A call that is over, and whose stream can be read. */
const jobOf = async (client: ReturnType<typeof threadClient>): Promise<string> => {
  const body = { model: MODEL, stream: true, messages: [{ role: 'user', content: 'my words' }] };
  const id = await idOf(
    await client.api('POST', '/v1/jobs', { url: '/v1/chat/completions', body }),
  );
  await (await client.api('GET', `/v1/jobs/${id}/stream`)).text();
  return id;
};

/** A model that has a price of the operator's, by its name. */
const pricedModelOf = async (e2e: E2e): Promise<string> => {
  const model = `gpt-${own}`;
  const body = { rates: { input: 1, output: 2 } };
  const set = await e2e.admin('PUT', `/v1/prices/own/${model}`, body);
  expect(set.status, await set.text()).toBe(200);
  return model;
};
/** A notice that tells nobody by itself. */
const noticeOf = async (e2e: E2e): Promise<string> =>
  await idOf(
    await e2e.admin('POST', '/v1/notices', {
      kind: 'webhook',
      name: `notice-${own}`,
      url: 'https://example.com/hook',
      paused: true,
    }),
  );

/** One of each thing that a path can name: the key's own, and those of its project. */
export const thingsOf = async (e2e: E2e, key: KeyView): Promise<Names> => {
  const client = threadClient(e2e, key.secret);
  const thread_id = await client.open({ title: 'mine' });
  const turn = await client.post(thread_id, 'my words');
  const run_id = turn.headers.get('x-sluice-run-id') ?? '';
  await allFrames(turn);
  const call = await e2e.complete(key.secret, {
    model: MODEL,
    max_tokens: 9,
    messages: [{ role: 'user', content: 'my words' }],
  });
  await call.text();
  const conversation_id = await idOf(
    await client.api('POST', '/v1/conversations', {
      items: [{ type: 'message', role: 'user', content: 'my words' }],
    }),
  );
  const items = await client.api('GET', `/v1/conversations/${conversation_id}/items`);
  const tool = { description: 'd', input_schema: { type: 'object' }, name: `look_${own}` };
  return {
    // A deployed stage takes telemetry at an address of its own.
    ...(deployedStage === null ? await telemetryOf(e2e) : {}),
    name: await routeOf(e2e),
    model_name: await pricedModelOf(e2e),
    notice_id: await noticeOf(e2e),
    key_id: key.id,
    request_id: call.headers.get('x-request-id') ?? '',
    thread_id,
    run_id,
    seq: '1',
    tool_use_id: 'call_1',
    job_id: await jobOf(client),
    response_id: await idOf(
      await client.api('POST', '/v1/responses', { model: MODEL, input: 'my words' }),
    ),
    conversation_id,
    item_id: withId.parse(list.parse(await items.json()).data[0]).id,
    destination_id: await idOf(
      await e2e.admin('POST', '/v1/destinations', {
        kind: 'email',
        name: 'mail',
        settings: { to: 'ops@example.com' },
        paused: true,
      }),
    ),
    tool_id: await idOf(
      await e2e.admin('POST', '/v1/tools', { ...tool, webhook_url: 'https://tool.example/' }),
    ),
    server_id: await idOf(
      await e2e.admin('POST', '/v1/mcp-servers', {
        name: `docs_${own}`,
        url: 'https://mcp.example/',
      }),
    ),
  };
};
