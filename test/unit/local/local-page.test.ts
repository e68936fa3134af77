import { mkdtempSync } from 'node:fs';
import { QueueStore } from '../../../local/sqs/queue-store.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { alarmsOf } from '../../../local/metrics/alarms.ts';
import { AsyncInvoker } from '../../../local/lambda/async-invoker.ts';
import { BucketStore, plainObject } from '../../../local/s3/bucket-store.ts';
import { localPage } from '../../../local/page/local-page.ts';
import { localView, type Hosted } from '../../../local/page/local-view.ts';
import { Observations } from '../../../local/page/observations.ts';
import { queueDepths, type QueueDeps } from '../../../local/sqs/queues.ts';
import { startSchedules } from '../../../local/events/schedules.ts';
import type { Resource } from '../../../local/template.ts';
import { API, EVIL } from '../../support/page-api.ts';
import { functionOf } from '../../support/local-function.ts';
import { eventually } from '../../support/stack.ts';

const metricLine = (value: unknown) =>
  JSON.stringify({
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [
        {
          Namespace: 'Sluice',
          Dimensions: [['service']],
          Metrics: [{ Name: 'Calls', Unit: 'Count' }],
        },
      ],
    },
    service: 'gateway',
    Calls: value,
  });

/** Red at the first call that is told. */
const alarm: Resource = {
  id: 'Alarm',
  type: 'AWS::CloudWatch::Alarm',
  assetPath: null,
  metadata: {},
  properties: {
    AlarmName: 'too-many-calls',
    AlarmDescription: 'Calls are at least 1. See docs/runbook.md#too-many-calls',
    Namespace: 'Sluice',
    MetricName: 'Calls',
    Dimensions: [{ Name: 'service', Value: 'gateway' }],
    Period: 300,
    Statistic: 'Sum',
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
  },
};

let queues: QueueDeps;
let stateDir = '';
let hosted: Hosted;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'sluice-local-'));
  const { host } = functionOf('');
  const onError = (): void => undefined;
  const functions = new Map([['Fixture', host]]);
  const { signal } = new AbortController();
  queues = {
    queue: new AsyncInvoker({ functions, folder: join(stateDir, 'waiting'), onError, signal }, []),
    queues: new QueueStore(join(stateDir, 'queues.sqlite'), []),
    buckets: new BucketStore(join(stateDir, 'buckets'), ['Failed']),
    failureBuckets: ['Failed'],
    nameOf: (id) => id.toLowerCase(),
  };
  hosted = {
    routes: [{ method: 'GET', resource: '/v1/key', functionId: 'Fixture', isStreamed: false }],
    functions,
    observations: new Observations(stateDir),
    alarms: alarmsOf([alarm]),
    streams: [],
    schedules: [],
    queues: async () => await queueDepths(queues),
    ask: async (path) => await Promise.resolve(API[path.split('?')[0] ?? '']),
  };
});

const get = async (path: string, host = '127.0.0.1') =>
  await localPage(hosted).request(`http://${host}:4000${path}`);

describe('/_local', () => {
  test('shows routes, functions, metrics, events and errors, and the same as JSON', async () => {
    hosted.functions.get('Fixture')?.stats.started()(new Error('late'));
    hosted.observations.line('Fixture', metricLine(2));
    hosted.observations.line('Fixture', metricLine([3, 5]));
    hosted.observations.line('Fixture', '{"level":"ERROR","message":"settlement failed"}');
    hosted.observations.line('Fixture', '{"level":"INFO","message":"fine"}');
    hosted.observations.line('Fixture', '{broken');
    hosted.observations.event({ detailType: 'KeyCapWarned', detail: '{"threshold":0.8}' });
    const answer = await get('/_local.json');
    expect(await answer.json()).toMatchObject({
      functions: [
        { function: 'fixture', invocations: 1, errors: 1, in_flight: 0, last_error: 'late' },
      ],
      routes: [{ method: 'GET', path: '/v1/key', function: 'fixture', answer: 'buffered' }],
      metrics: [
        {
          name: 'Calls',
          dimensions: 'service=gateway',
          unit: 'Count',
          count: 3,
          sum: 10,
          max: 5,
          last: 5,
        },
      ],
      events: [{ type: 'KeyCapWarned', detail: '{"threshold":0.8}' }],
      errors: [{ source: 'fixture', message: 'settlement failed' }],
    });
    const page = await (await get('/_local')).text();
    for (const word of ['/v1/key', 'KeyCapWarned', 'settlement failed', 'service=gateway'])
      expect(page).toContain(word);
  });

  test('shows each incident with its cause, its tickets and its timeline, where tickets lead', async () => {
    const page = (await (await get('/_local')).text()).replaceAll(/\s+/g, ' ');
    expect(page).toContain('<h3 id="incident_1">checkout is out of memory');
    expect(page).toContain('<a href="#incident_1">checkout is out of memory');
    for (const cell of [
      'payments-db (high confidence, 4.2)',
      'sent at on-call (slack)',
      '94 s',
      '1796.1',
      'opened',
    ])
      expect(page).toContain(`>${cell}</td>`);
    expect(page).toContain('30 days: 3 incidents, 1 opened again, 0 called noise.');
    expect(page).toContain('Median time to acknowledge: 94 s; to resolve: none yet.');
  });

  test('shows the mails that were sent, as text', async () => {
    hosted.observations.mail({ to: ['a@b.example', 'c@d.example'], subject: EVIL, text: EVIL });
    const page = await (await get('/_local')).text();
    expect(page).toContain('to a@b.example, c@d.example: &lt;script&gt;');
    expect(page).not.toContain('<script');
  });

  test('begins with who spent what, the keys with what is left, the latest calls, and what is wrong', async () => {
    const page = (await (await get('/_local')).text()).replaceAll(/\s+/g, ' ');
    for (const cell of [
      '$0.500000',
      '$0.375000',
      '25 %',
      'ada on the web',
      'gpt-4o-mini',
      '$0.000014',
      'critical',
      '(no name)',
      '0.962',
    ])
      expect(page).toContain(`>${cell}</td>`);
    expect(page).not.toContain('a key of a check');
    expect(page.indexOf('Spend by user')).toBeLessThan(page.indexOf('Alarms'));
    hosted.ask = async () => await Promise.reject(new Error('usage is away'));
    const without = await (await get('/_local')).text();
    expect(without).toContain('usage is away');
    expect(without).toContain('too-many-calls');
  });

  test('counts an error that comes again', () => {
    for (let times = 0; times < 3; times++) hosted.observations.error('F', new Error('late'));
    expect(hosted.observations.errors).toMatchObject([{ source: 'F', message: 'late', times: 3 }]);
  });

  test('shows which alarms are red, with their rules', async () => {
    const rows = async () =>
      z.object({ alarms: z.unknown() }).parse(await (await get('/_local.json')).json());
    const row = {
      alarm: 'too-many-calls',
      rule: 'Calls are at least 1.',
      article: 'too-many-calls',
    };
    expect(await rows()).toEqual({ alarms: [{ ...row, state: 'OK', value: null }] });
    hosted.observations.line('Fixture', metricLine([3, 5]));
    expect(await rows()).toEqual({ alarms: [{ ...row, state: 'ALARM', value: 8 }] });
    expect(await (await get('/_local')).text()).toContain('<td class="red">ALARM</td>');
    expect(await (await get('/_local')).text()).toContain(
      '<a href="/_local/runbook#too-many-calls">too-many-calls</a>',
    );
    expect(await (await get('/_local/runbook')).text()).toContain('<h2 id="expiry-stopped">');
  });

  test('shows what waits for a function, and for whom failed records wait', async () => {
    const running = Promise.withResolvers<unknown>();
    const host = hosted.functions.get('Fixture');
    if (host !== undefined) host.invoke = async () => await running.promise;
    await queues.queue.enqueue('Fixture', {});
    await queues.queue.enqueue('Fixture', {});
    const object = { bytes: Buffer.from('{}'), info: plainObject('application/json') };
    await queues.buckets.put('Failed', 'aws/lambda/one', { ...object, isNewOnly: false });
    const { queues: rows } = await localView(hosted);
    expect(rows).toMatchObject([
      { queue: 'fixture', depth: 2, oldest_at: expect.stringContaining('T') },
      { queue: 'Failed', depth: 1, oldest_at: expect.stringContaining('T') },
    ]);
    running.resolve(null);
    await eventually(async () =>
      expect((await localView(hosted)).queues).toMatchObject([{ queue: 'Failed' }]),
    );
  });

  test('shows whatever an error or an event says as text, and runs no script', async () => {
    hosted.observations.error(EVIL, new Error(EVIL));
    hosted.observations.event({ detailType: EVIL, detail: EVIL });
    const answer = await get('/_local');
    expect(await answer.text()).not.toContain('<script');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test('answers this machine alone: a foreign name that points here is a 404', async () => {
    expect((await get('/_local', 'evil.example')).status).toBe(404);
    expect((await get('/_local.json', 'evil.example')).status).toBe(404);
    expect((await get('/_local', '[::1]')).status).toBe(200);
  });

  test('events of the bus survive a restart', () => {
    hosted.observations.event({ detailType: 'KeyCapWarned', detail: '1' });
    hosted.observations.event({ detailType: 'KeyCapReached', detail: '2' });
    const again = new Observations(stateDir);
    expect(again.events).toEqual(hosted.observations.events);
    expect(again.events[0]?.detailType).toBe('KeyCapReached');
  });

  test('keeps no more than the latest errors and events', () => {
    for (let index = 0; index < 300; index++) {
      hosted.observations.error('F', new Error(`e${index}`));
      hosted.observations.event({ detailType: 'T', detail: String(index) });
    }
    expect(hosted.observations.errors).toHaveLength(50);
    expect(hosted.observations.errors[0]?.message).toBe('e299');
    expect(hosted.observations.events).toHaveLength(200);
  });
});

describe('a schedule', () => {
  afterEach(() => void vi.useRealTimers());
  const rule = (expression: string) => ({
    id: 'EachMinute',
    type: 'AWS::Events::Rule',
    assetPath: null,
    metadata: {},
    properties: {
      ScheduleExpression: expression,
      Targets: [{ Arn: 'arn:aws:lambda:us-east-1:0:function:Fixture' }],
    },
  });

  test('invokes its function at its rate with the event of EventBridge, until it is stopped', () => {
    vi.useFakeTimers();
    const ending = new AbortController();
    const { host } = functionOf('');
    const events: unknown[] = [];
    host.invoke = async (event) => await Promise.resolve(events.push(event));
    const deps = {
      functions: new Map([['Fixture', host]]),
      onError: () => undefined,
      signal: ending.signal,
    };
    const [status] = startSchedules(deps, [rule('rate(2 minutes)')]);
    vi.advanceTimersByTime(120_000);
    expect(events).toMatchObject([
      {
        version: '0',
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        resources: ['arn:aws:events:us-east-1:000000000000:rule/EachMinute'],
        detail: {},
      },
    ]);
    ending.abort();
    vi.advanceTimersByTime(600_000);
    expect(status).toMatchObject({ runs: 1, failures: 0 });
  });

  test('that this runtime does not know stops the start with its name', () => {
    const deps = {
      functions: new Map(),
      onError: () => undefined,
      signal: new AbortController().signal,
    };
    expect(() => startSchedules(deps, [rule('cron(0 12 * * ? *)')])).toThrow('EachMinute');
  });
});
