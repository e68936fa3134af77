/** Bodies as a client sends and gets them; the schemas beside which they stand hold them to their types. */

const SEEN_AT = 1_796_000_000_000;
const HASH = '9f2c61d0b7a14e58';
const SOURCE = { environment: 'production', namespace: 'shop', service: 'checkout' };

const SCORE = {
  version: 1,
  score: 0.85,
  band: 'critical' as const,
  parts: [
    {
      category: 'pattern',
      weight: 0.6,
      value: 0.95,
      points: 0.57,
      because: ['oom: out of memory'],
    },
    { category: 'severity', weight: 0.2, value: 1, points: 0.2, because: ['FATAL'] },
    { category: 'structural', weight: 0.2, value: 0.2, points: 0.04, because: ['2 frames'] },
  ],
  adjustment: { name: 'immediate FATAL: at least 0.85', points: 0.04 },
};

export const ANOMALY = {
  object: 'anomaly' as const,
  id: 'anomaly_0aytbw0h5d1f0c3a77b2e914',
  kind: 'oom',
  source: SOURCE,
  severity: 'critical' as const,
  path: 'immediate' as const,
  opened_at: SEEN_AT,
  found_at: SEEN_AT + 1_400,
  ended_at: null,
  revision: 1,
  why: 'checkout says that it is out of memory; one such line is enough.',
  score: SCORE,
  facts: { failures: 1, records: 412 },
  template: { id: 'template_mi3q8z40_7', text: 'java.lang.OutOfMemoryError: Java heap space' },
  samples: [`${HASH}#12`],
  others: [],
};

const RECORD = {
  object: 'log_record' as const,
  id: `${HASH}#12`,
  time: SEEN_AT,
  source: SOURCE,
  severity: 21,
  text: 'java.lang.OutOfMemoryError: Java heap space',
  stack: '  at shop.Checkout.pay(Checkout.java:42)',
  exception_type: 'java.lang.OutOfMemoryError',
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  span_id: '00f067aa0ba902b7',
  attributes: { 'host.name': 'ip-10-0-3-7' },
};

export const ANOMALY_WITH_LINES = { ...ANOMALY, lines: [RECORD] };

export const SERVICE = {
  object: 'service' as const,
  source: SOURCE,
  last_seen_at: SEEN_AT,
  records_per_second: 41.2,
  error_rate: 0.004,
  p95_ms: 212,
  baseline: { buckets: 360, failures_mean: 1.6, failures_variance: 1.9 },
  open: ['oom'],
  sensitivity: 'normal' as const,
  muted_until: null,
  owner: 'payments',
};

export const SETTING = {
  object: 'service_setting' as const,
  source: SOURCE,
  sensitivity: 'low' as const,
  muted_until: SEEN_AT + 3_600_000,
  owner: 'payments',
};

const SUMS = { batches: 720, bytes: 91_000_000, records: 180_000, rejected: 3 };
export const INGEST_USAGE = {
  object: 'ingest_usage' as const,
  from: '2026-11-24',
  to: '2026-11-30',
  totals: SUMS,
  by_key: [{ key_id: 'key_4m2t6q8r0v5w7y3b', ...SUMS }],
  by_source: [{ source: SOURCE, ...SUMS, rejected: 0 }],
  by_day: [{ day: '2026-11-30', ...SUMS }],
};

export const MASKS = {
  object: 'ingest_masks' as const,
  masks: [{ name: 'customer-number', pattern: String.raw`\bCUST-\d{6}\b` }],
};

export const EXPLAIN = { lines: ['java.lang.OutOfMemoryError: Java heap space'] };
export const EXPLANATION = {
  object: 'list' as const,
  data: [
    {
      text: 'java.lang.OutOfMemoryError: Java heap space',
      template: 'java.lang.OutOfMemoryError: Java heap space',
      signals: [{ group: 'oom' as const, weight: 0.95, pattern: 'java heap space' }],
      path: 'immediate' as const,
      score: SCORE,
      why: 'One such line is enough: it is a sign of oom ("OutOfMemoryError"), at WARN or above.',
    },
  ],
};

export const SEARCH = {
  object: 'list' as const,
  data: [{ ...RECORD, highlight: [{ from: 10, to: 26 }] }],
  has_more: false,
  next_cursor: null,
  truncated: false,
  scanned_bytes: 184_320,
  histogram: [{ from: SEEN_AT, count: 1 }],
};

export const TRACE = {
  object: 'trace' as const,
  trace_id: RECORD.trace_id,
  spans: [
    {
      object: 'span' as const,
      span_id: RECORD.span_id,
      parent_span_id: null,
      source: SOURCE,
      name: 'POST /pay',
      kind: 2,
      start: SEEN_AT - 40,
      duration_ms: 41.5,
      is_error: true,
      status_text: 'upstream timed out',
      exception_type: null,
      stack: null,
      attributes: { 'http.response.status_code': 504, 'http.route': '/pay' },
    },
  ],
  logs: [RECORD],
  truncated: false,
};
