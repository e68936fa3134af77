import type { LogRecord } from '../../../lambdas/sre/domain/log-record.ts';
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
