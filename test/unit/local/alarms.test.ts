import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { alarmsOf, alarmStatus } from '../../../local/metrics/alarms.ts';
import { awsMetrics } from '../../../local/metrics/aws-metrics.ts';
import { MetricHistory } from '../../../local/metrics/metric-history.ts';
import { metricMath } from '../../../local/metrics/metric-math.ts';
import { readTemplates } from '../../../local/template.ts';
import { stageApp } from '../../support/stage.ts';

const MINUTE_MS = 60_000;
const STARTED_MS = Date.UTC(2026, 0, 1, 12, 0, 0);
const minute = (count: number): number => STARTED_MS + count * MINUTE_MS;

const outdir = mkdtempSync(join(tmpdir(), 'sluice-alarms-'));
stageApp({}, outdir).app.synth();
const resources = readTemplates(outdir);
const rules = new Map(
  alarmsOf(resources).map((rule) => [rule.name.replace('sluice-test-', ''), rule]),
);
const rule = (name: string) => {
  const found = rules.get(name);
  if (found === undefined) throw new Error(`no alarm ${name}`);
  return found;
};
const own = (name: string, values: readonly number[]) => ({
  namespace: 'Sluice',
  name,
  unit: 'Count',
  dimensions: { service: 'sluice-test' },
  values,
});
const id = (start: string, type = 'AWS::Lambda::Function'): string =>
  resources.find((resource) => resource.type === type && resource.id.startsWith(start))?.id ?? '';
const stateOf = (name: string, history: MetricHistory, nowMs: number): string =>
  alarmStatus(rule(name), history, { startedAtMs: STARTED_MS, nowMs }).state;

describe('an alarm of the template, on a laptop', () => {
  test('is reckoned, whichever it is: nothing is red after an hour in which all went well', () => {
    const history = new MetricHistory();
    const aws = awsMetrics(resources, (datum) => history.add(datum, nowMs));
    let nowMs = STARTED_MS;
    const functions = resources.filter(({ type }) => type === 'AWS::Lambda::Function');
    for (let count = 0; count < 60; count++) {
      nowMs = minute(count);
      for (const { id } of functions) aws.invoked(id, true);
      for (let call = 0; call < 30; call++) aws.answered(200);
      history.add(own('Calls', Array<number>(30).fill(1)), nowMs);
      history.add(own('AddedMs', [20]), nowMs);
    }
    expect(rules.size).toBeGreaterThan(15);
    expect([...rules.keys()].filter((name) => stateOf(name, history, nowMs) === 'ALARM')).toEqual(
      [],
    );
  });

  test('is red from its threshold on, and green again when its spans are over', () => {
    const history = new MetricHistory();
    history.add(own('StorageFailures', [1, 1, 1, 1]), minute(10));
    expect(stateOf('storage-failures', history, minute(11))).toBe('OK');
    history.add(own('StorageFailures', [1]), minute(12));
    expect(stateOf('storage-failures', history, minute(12))).toBe('ALARM');
    expect(stateOf('storage-failures', history, minute(14))).toBe('ALARM');
    expect(stateOf('storage-failures', history, minute(15))).toBe('OK');
  });

  test('looks only at its own stage', () => {
    const history = new MetricHistory();
    const other = own('UnexpectedFailures', [1]);
    history.add({ ...other, dimensions: { service: 'sluice-other' } }, minute(10));
    history.add({ ...other, dimensions: { ...other.dimensions, function: 'x' } }, minute(10));
    expect(stateOf('unexpected-failures', history, minute(10))).toBe('OK');
    history.add(other, minute(10));
    expect(stateOf('unexpected-failures', history, minute(10))).toBe('ALARM');
  });

  test('of a share counts its cases, and is red when enough of the spans are bad', () => {
    const history = new MetricHistory();
    const calls = (bad: number, all: number, atMs: number): void => {
      history.add(own('Calls', Array<number>(all).fill(1)), atMs);
      history.add(own('ProviderErrors', Array<number>(bad).fill(1)), atMs);
    };
    calls(19, 19, minute(1));
    calls(10, 20, minute(6));
    expect(stateOf('provider-errors', history, minute(9))).toBe('OK');
    calls(10, 20, minute(11));
    expect(stateOf('provider-errors', history, minute(14))).toBe('ALARM');
  });

  test('of a percentile is red by the slow ones', () => {
    const history = new MetricHistory();
    const slow = [...Array<number>(97).fill(10), 900, 900, 900];
    for (const count of [1, 6, 11]) history.add(own('AddedMs', slow), minute(count));
    const { state, value } = alarmStatus(rule('added-latency'), history, {
      startedAtMs: STARTED_MS,
      nowMs: minute(14),
    });
    expect([state, value]).toEqual(['ALARM', 900]);
  });

  test('that silence makes red says so only when it has listened for long enough', () => {
    const history = new MetricHistory();
    expect(stateOf('expiry-stopped', history, minute(0))).toBe('INSUFFICIENT_DATA');
    expect(stateOf('expiry-stopped', history, minute(8))).toBe('INSUFFICIENT_DATA');
    expect(stateOf('expiry-stopped', history, minute(9))).toBe('ALARM');
    const aws = awsMetrics(resources, (datum) => history.add(datum, minute(10)));
    aws.invoked(id('Inferenceexpireholds'), false);
    expect(stateOf('expiry-stopped', history, minute(10))).toBe('OK');
  });

  test('hears what AWS would tell: answers of the front door, failed functions, records kept aside or lost', () => {
    const history = new MetricHistory();
    const aws = awsMetrics(resources, (datum) => history.add(datum, nowMs));
    let nowMs = STARTED_MS;
    for (const count of [1, 6]) {
      nowMs = minute(count);
      for (let call = 0; call < 25; call++) aws.answered(call % 10 === 0 ? 502 : 200);
    }
    const rollUp = id('Inferencerollupusage');
    for (let run = 0; run < 3; run++) aws.invoked(rollUp, false);
    aws.delivered(rollUp, 3_600_001);
    aws.keptAside(id('InferencerollupusageKeys', 'AWS::Lambda::EventSourceMapping'), 1);
    aws.lost(rollUp, 1);
    for (const name of [
      'front-door-errors',
      'background-errors',
      'stream-age',
      'records-kept-aside',
      'records-lost',
    ])
      expect([name, stateOf(name, history, minute(9))]).toEqual([name, 'ALARM']);
  });

  test('on a metric that nothing tells here is neither green nor red', () => {
    const [alarm] = alarmsOf([
      {
        id: 'Sockets',
        type: 'AWS::CloudWatch::Alarm',
        assetPath: null,
        metadata: {},
        properties: {
          AlarmName: 'sockets',
          Namespace: 'AWS/SQS',
          MetricName: 'ApproximateAgeOfOldestMessage',
          Period: 60,
          Statistic: 'Maximum',
          Threshold: 1,
          ComparisonOperator: 'GreaterThanThreshold',
          EvaluationPeriods: 1,
          TreatMissingData: 'breaching',
        },
      },
    ]);
    if (alarm === undefined) throw new Error('no alarm');
    const times = { startedAtMs: STARTED_MS, nowMs: minute(60) };
    expect(alarmStatus(alarm, new MetricHistory(), times).state).toBe('NOT_MEASURED');
  });
});

describe('metric math', () => {
  test.each([
    ['FILL(a, 0) + FILL(b, 0)', { a: 2, b: null }, 2],
    ['IF(whole >= 20, 100 * FILL(part, 0) / whole, 0)', { whole: 20, part: 1 }, 5],
    ['IF(whole >= 20, 100 * FILL(part, 0) / whole, 0)', { whole: 19, part: 1 }, 0],
    ['IF(whole >= 20, 100 * FILL(part, 0) / whole, 0)', { whole: null, part: 1 }, null],
    ['1 + 2 * 3 - 4 / 2', {}, 5],
    ['(1 + 2) * 3', {}, 9],
    ['10 - 3 - 2', {}, 5],
    ['a / b', { a: 1, b: 0 }, null],
    ['a + b', { a: 1, b: null }, null],
    ['m1', { m1: 7 }, 7],
  ])('%s of %j is %s', (expression, figures, result) => {
    expect(metricMath(expression)(figures)).toBe(result);
  });

  test.each([
    'RATE(m1)',
    'ANOMALY_DETECTION_BAND(m1, 2)',
    'm1 +',
    'IF(a, b)',
    '(a',
    'a b',
    "SEARCH('x', 'Sum', 300)",
  ])('%s stops the start, for this runtime would reckon it wrongly', (expression) => {
    expect(() => metricMath(expression)).toThrow('the local runtime does not know');
  });
});

describe('the history of metrics', () => {
  const series = { namespace: 'N', name: 'M', dimensions: {} };
  const datum = (...values: readonly number[]) => ({ ...series, unit: 'None', values });

  test('has every statistic of a span, and null where nobody told a figure', () => {
    const history = new MetricHistory();
    history.add(datum(4, 2), minute(0));
    history.add(datum(9), minute(1));
    const span = (statistic: string) => history.statistic(series, statistic, minute(0), minute(2));
    expect(['Sum', 'SampleCount', 'Average', 'Minimum', 'Maximum', 'p50'].map(span)).toEqual([
      15, 3, 5, 2, 9, 4,
    ]);
    expect(history.statistic(series, 'Sum', minute(1), minute(2))).toBe(9);
    expect(history.statistic(series, 'Sum', minute(2), minute(9))).toBeNull();
    expect(() => span('tm90')).toThrow('tm90');
  });

  test('keeps an hour, and counts on when a minute has more figures than are kept', () => {
    const history = new MetricHistory();
    history.add(datum(...Array<number>(5_000).fill(1)), minute(0));
    expect(history.statistic(series, 'Sum', minute(0), minute(1))).toBe(5_000);
    expect(history.statistic(series, 'p99', minute(0), minute(1))).toBe(1);
    for (let count = 1; count <= 60; count++) history.add(datum(1), minute(count));
    expect(history.statistic(series, 'Sum', minute(0), minute(1))).toBeNull();
  });
});
