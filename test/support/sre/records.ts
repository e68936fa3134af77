import type { LogRecord } from '../../../lambdas/sre/domain/log-record.ts';
import type { Span } from '../../../lambdas/sre/domain/span.ts';
import { sourceOf, START_MS } from './entries.ts';

export const recordOf = (change: Partial<LogRecord>): LogRecord => ({
  timeMs: START_MS,
  source: sourceOf('cart'),
  severity: 9,
  text: 'served',
  stack: null,
  exceptionType: null,
  traceId: null,
  spanId: null,
  http: null,
  eventName: null,
  attributes: {},
  resource: {},
  ...change,
});

export const spanOf = (change: Partial<Span>): Span => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: null,
  source: sourceOf('cart'),
  name: '',
  kind: 0,
  startMs: START_MS,
  durationMs: 0,
  isError: false,
  statusText: '',
  exceptionType: null,
  stack: null,
  http: null,
  attributes: {},
  resource: {},
  ...change,
});
