import * as z from 'zod';
import { listOf } from '../../http/lists.ts';
import { queryNumber } from '../../http/query-number.ts';
import { ANY } from '../domain/service-setting.ts';
import { SIGNAL_WEIGHTS } from '../domain/signal.ts';

const time = z.int().describe('epoch ms, UTC');
const TIME_MAX = 9_999_999_999_999;
const TEXT_MAX = 256;

export const BANDS = ['critical', 'high', 'medium', 'low'] as const;

export const sourceSchema = z
  .strictObject({ environment: z.string(), namespace: z.string(), service: z.string() })
  .meta({ id: 'Source' });

const thousandth = z.number().describe('0 to 1');
export const scoreSchema = z
  .strictObject({
    version: z.int(),
    score: thousandth,
    band: z.enum(BANDS).nullable(),
    parts: z.array(
      z.strictObject({
        category: z.string(),
        weight: thousandth,
        value: thousandth,
        points: thousandth,
        because: z.array(z.string()),
      }),
    ),
    adjustment: z.strictObject({ name: z.string(), points: z.number() }),
  })
  .describe('the points of the parts and of the adjustment add up to the score')
  .meta({ id: 'Score' });

export const anomalySchema = z
  .strictObject({
    object: z.literal('anomaly'),
    id: z.string(),
    kind: z.string(),
    source: sourceSchema,
    severity: z.enum(BANDS),
    path: z.enum(['immediate', 'windowed']),
    opened_at: time,
    found_at: time,
    ended_at: time.nullable(),
    revision: z.int(),
    why: z.string(),
    score: scoreSchema,
    facts: z.record(z.string(), z.union([z.string(), z.number()])),
    template: z.strictObject({ id: z.string(), text: z.string() }).nullable(),
    samples: z.array(z.string()).describe('ids of records'),
    others: z.array(sourceSchema).describe('sources that deviate at the same time'),
  })
  .meta({ id: 'Anomaly' });
export const anomalyListSchema = listOf(anomalySchema);

export const recordSchema = z
  .strictObject({
    object: z.literal('log_record'),
    id: z.string(),
    time: time,
    source: sourceSchema,
    severity: z.int().describe('1 to 24 as OpenTelemetry counts; 0: unknown'),
    text: z.string(),
    stack: z.string().nullable(),
    exception_type: z.string().nullable(),
    trace_id: z.string().nullable(),
    span_id: z.string().nullable(),
    attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .meta({ id: 'LogRecord' });

export const anomalyWithLinesSchema = anomalySchema
  .extend({ lines: z.array(recordSchema).describe('the samples, as far as they are kept') })
  .meta({ id: 'AnomalyWithLines' });

const serviceSchema = z
  .strictObject({
    object: z.literal('service'),
    source: sourceSchema,
    last_seen_at: time,
    records_per_second: z.number().describe('over the last five minutes'),
    error_rate: z.number().nullable().describe('failing records of all, over five minutes'),
    p95_ms: z.int().nullable(),
    baseline: z.strictObject({
      buckets: z.int().describe('of ten seconds, that were learned'),
      failures_mean: z.number(),
      failures_variance: z.number(),
    }),
    open: z.array(z.string()).describe('kinds of anomalies that are not over'),
    sensitivity: z.enum(['low', 'normal', 'high']),
    muted_until: time.nullable(),
    owner: z.string().nullable().describe('whom routes of destinations name'),
  })
  .meta({ id: 'Service' });
export const serviceListSchema = listOf(serviceSchema);

export const settingSchema = z
  .strictObject({
    object: z.literal('service_setting'),
    source: sourceSchema,
    sensitivity: z.enum(['low', 'normal', 'high']),
    muted_until: time.nullable(),
    owner: z.string().nullable().describe('whom routes of destinations name'),
  })
  .meta({ id: 'ServiceSetting' });

const sums = { batches: z.int(), bytes: z.int(), records: z.int(), rejected: z.int() };
export const ingestUsageSchema = z
  .strictObject({
    object: z.literal('ingest_usage'),
    from: z.string(),
    to: z.string(),
    totals: z.strictObject(sums),
    by_key: z.array(z.strictObject({ key_id: z.string(), ...sums })),
    by_source: z.array(z.strictObject({ source: sourceSchema, ...sums })),
    by_day: z.array(z.strictObject({ day: z.string(), ...sums })),
  })
  .meta({ id: 'IngestUsage' });

/** GET /v1/anomalies */
export const anomaliesQuery = z.strictObject({
  from_ms: queryNumber(0, TIME_MAX).optional(),
  to_ms: queryNumber(0, TIME_MAX).optional(),
  service: z.string().max(TEXT_MAX).optional(),
  severity: z.enum(BANDS).optional().describe('this one or worse'),
  limit: queryNumber(1, 100).default(50),
  cursor: z.string().max(TEXT_MAX).optional(),
});

/** PATCH /v1/services */
export const patchServiceBody = z.strictObject({
  service: z.string().min(1).max(TEXT_MAX),
  environment: z.string().max(TEXT_MAX).default(ANY).describe('absent: any'),
  namespace: z.string().max(TEXT_MAX).default(ANY).describe('absent: any'),
  sensitivity: z.enum(['low', 'normal', 'high']).optional(),
  muted_until: z.int().min(0).max(TIME_MAX).nullable().optional(),
  owner: z.string().min(1).max(TEXT_MAX).nullable().optional(),
});

/** GET /v1/ingest/usage */
export const ingestUsageQuery = z.strictObject({
  from_ms: queryNumber(0, TIME_MAX).optional(),
  to_ms: queryNumber(0, TIME_MAX).optional(),
});

const LINES_MAX = 100;
const LINE_MAX = 20_000;
/** POST /v1/anomalies/explain */
export const explainBody = z.strictObject({
  lines: z
    .array(
      z.union([
        z.string().max(LINE_MAX),
        z.strictObject({
          text: z.string().max(LINE_MAX),
          severity: z
            .int()
            .min(0)
            .max(24)
            .default(17)
            .describe(
              '1 to 24 as OpenTelemetry counts; absent, or a line that is a string: 17, ERROR',
            ),
          stack: z.string().max(LINE_MAX).nullable().default(null),
          exception_type: z.string().max(TEXT_MAX).nullable().default(null),
        }),
      ]),
    )
    .min(1)
    .max(LINES_MAX),
});

export const explanationSchema = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(
      z.strictObject({
        text: z.string().describe('as it would be stored: masked'),
        template: z.string(),
        signals: z.array(
          z.strictObject({
            group: z.enum(Object.keys(SIGNAL_WEIGHTS)),
            weight: thousandth,
            pattern: z.string(),
          }),
        ),
        path: z.enum(['immediate', 'windowed', 'none']),
        score: scoreSchema,
        why: z.string(),
      }),
    ),
  })
  .meta({ id: 'Explanation' });

/** GET /v1/logs/search */
export const searchQuery = z
  .strictObject({
    q: z.string().max(1_000).optional().describe('words, and "phrases" in quotes; all of them'),
    service: z.string().max(TEXT_MAX).optional(),
    environment: z.string().max(TEXT_MAX).optional(),
    severity: queryNumber(1, 24).optional().describe('this one or higher'),
    trace_id: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .optional(),
    from_ms: queryNumber(0, TIME_MAX).optional(),
    to_ms: queryNumber(0, TIME_MAX).optional(),
    histogram: z.enum(['true', 'false']).default('false'),
    limit: queryNumber(1, 500).default(100),
    cursor: z.string().max(TEXT_MAX).optional(),
  })
  .catchall(z.string().max(TEXT_MAX));

export const searchSchema = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(
      recordSchema.extend({
        highlight: z
          .array(z.strictObject({ from: z.int(), to: z.int() }))
          .describe('characters of each hit in the text'),
      }),
    ),
    has_more: z.boolean(),
    next_cursor: z.string().nullable(),
    truncated: z.boolean().describe('there was more to read than one search may'),
    scanned_bytes: z.int(),
    histogram: z
      .array(z.strictObject({ from: time, count: z.int() }))
      .nullable()
      .describe('of all that was read; null: nobody asked'),
  })
  .meta({ id: 'LogSearch' });

const spanSchema = z
  .strictObject({
    object: z.literal('span'),
    span_id: z.string(),
    parent_span_id: z.string().nullable(),
    source: sourceSchema,
    name: z.string(),
    kind: z.int(),
    start: time,
    duration_ms: z.number(),
    is_error: z.boolean(),
    status_text: z.string().describe('what its status says; may be empty'),
    exception_type: z.string().nullable().describe('of its first exception event'),
    stack: z.string().nullable(),
    attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .meta({ id: 'Span' });

export const traceSchema = z
  .strictObject({
    object: z.literal('trace'),
    trace_id: z.string(),
    spans: z.array(spanSchema),
    logs: z.array(recordSchema),
    truncated: z.boolean(),
  })
  .meta({ id: 'Trace' });

/** GET /v1/traces/{trace_id} */
export const traceQuery = z.strictObject({
  from_ms: queryNumber(0, TIME_MAX).optional(),
  to_ms: queryNumber(0, TIME_MAX).optional(),
});
