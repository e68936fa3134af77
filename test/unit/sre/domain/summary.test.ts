import { describe, expect, test } from 'vitest';
import {
  failureOf,
  isHot,
  type Entry,
  type Failure,
} from '../../../../lambdas/sre/domain/summary.ts';
import { readSummary, summaryText } from '../../../../lambdas/sre/domain/summary-text.ts';

const source = { environment: 'prod', namespace: 'shop', service: 'checkout' };
const shape = {
  text: 'java.lang.OutOfMemoryError: Java heap space',
  count: 2,
  severity: 17,
  signals: [{ group: 'oom', weight: 950 }],
  exceptionType: 'java.lang.OutOfMemoryError',
  frames: 12,
  samples: [3, 9],
} as const;
const entry: Entry = {
  source,
  bucket: 177_000_000,
  records: 40,
  failing: 2,
  clientFaults: 3,
  authFaults: 1,
  requests: 30,
  statuses: { '503': 1 },
  severity: 17,
  latencies: [
    [2, 25],
    [9, 5],
  ],
  shapes: [shape],
};

describe('a summary', () => {
  test('is read as it was written, whatever a source is called', () => {
    const odd = { environment: '', namespace: 'a/b', service: '"ä\u{1F600}' };
    const summary = [entry, { ...entry, bucket: entry.bucket + 1 }, { ...entry, source: odd }];
    expect(readSummary(summaryText(summary))).toEqual(summary);
    expect(summaryText([entry]).length).toBeLessThan(260);
  });

  test('is hot by an immediate signal from WARN up, and by no other', () => {
    const hot = (change: object) => isHot([{ ...entry, shapes: [{ ...shape, ...change }] }]);
    expect(hot({})).toBe(true);
    expect(hot({ severity: 13 })).toBe(true);
    expect(hot({ severity: 9 })).toBe(false);
    expect(hot({ signals: [{ group: 'timeout', weight: 700 }] })).toBe(false);
  });
});

describe('whose fault a record is', () => {
  const quiet = { severity: 9, status: null, hasSignal: false, isImmediate: false };
  test.each<[string, Partial<Parameters<typeof failureOf>[0]>, Failure]>([
    ['an INFO line', {}, 'none'],
    ['an ERROR line', { severity: 17 }, 'failing'],
    ['a WARN line', { severity: 13 }, 'none'],
    ['a WARN line with a signal', { severity: 13, hasSignal: true }, 'failing'],
    ['a 404 that a framework logs as ERROR', { severity: 17, status: 404 }, 'client'],
    ['a 422 at INFO', { status: 422 }, 'client'],
    ['a 403', { severity: 17, status: 403 }, 'auth'],
    ['a 503 at INFO', { status: 503 }, 'failing'],
    ['a 429', { status: 429 }, 'failing'],
    [
      'a 400 beside a process that dies',
      { severity: 17, status: 400, isImmediate: true },
      'failing',
    ],
    ['a 200 at FATAL', { severity: 21, status: 200 }, 'failing'],
  ])('%s', (_, change, failure) => {
    expect(failureOf({ ...quiet, ...change })).toBe(failure);
  });
});
