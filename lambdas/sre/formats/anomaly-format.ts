import type * as z from 'zod';
import type { Anomaly } from '../domain/anomaly.ts';
import type { LogRecord, Source } from '../domain/log-record.ts';
import { shownAttributes } from '../domain/shown-attributes.ts';
import type { Score } from '../score/composite.ts';
import type { anomalySchema, recordSchema, scoreSchema } from './sre-schemas.ts';

const unit = (thousandths: number): number => thousandths / 1_000;

export const sourceView = ({ environment, namespace, service }: Source): Source => ({
  environment,
  namespace,
  service,
});

export const scoreView = ({
  version,
  score,
  band,
  parts,
  adjustment,
}: Score): z.input<typeof scoreSchema> => ({
  version,
  score: unit(score),
  band,
  parts: parts.map(({ category, weight, value, points, because }) => ({
    category,
    weight: unit(weight),
    value: unit(value),
    points: unit(points),
    because: [...because],
  })),
  adjustment: { name: adjustment.name, points: unit(adjustment.points) },
});

export const anomalyView = (anomaly: Anomaly): z.input<typeof anomalySchema> => ({
  object: 'anomaly',
  id: anomaly.id,
  kind: anomaly.kind,
  source: sourceView(anomaly.source),
  severity: anomaly.band,
  path: anomaly.path,
  opened_at: anomaly.openedMs,
  found_at: anomaly.foundMs,
  ended_at: anomaly.endedMs,
  revision: anomaly.revision,
  why: anomaly.why,
  score: scoreView(anomaly.score),
  facts: anomaly.facts,
  template: anomaly.template,
  samples: [...anomaly.samples],
  others: anomaly.others.map(sourceView),
});

export const recordView = (id: string, record: LogRecord): z.input<typeof recordSchema> => ({
  object: 'log_record',
  id,
  time: record.timeMs,
  source: sourceView(record.source),
  severity: record.severity,
  text: record.text,
  stack: record.stack,
  exception_type: record.exceptionType,
  trace_id: record.traceId,
  span_id: record.spanId,
  attributes: { ...shownAttributes(record) },
});
