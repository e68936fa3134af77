import * as z from 'zod';
import type { SpendNews } from '../domain/notice.ts';

const cap = {
  event_id: z.string(),
  project_id: z.string(),
  window: z.string(),
  threshold: z.number().nullish(),
  cap_micros: z.number(),
  spent_micros: z.number(),
};
const time = z.iso.datetime();

/** Events of the bus that notices are for. */
const busEvent = z.discriminatedUnion('detail-type', [
  z.object({
    'detail-type': z.enum(['KeyCapWarned', 'KeyCapReached']),
    time,
    detail: z.object({ ...cap, key_id: z.string() }),
  }),
  z.object({
    'detail-type': z.enum(['ProjectCapWarned', 'ProjectCapReached']),
    time,
    detail: z.object({ ...cap, period: z.enum(['lifetime', 'day', 'week', 'month']) }),
  }),
  z.object({
    'detail-type': z.literal('UsageAnomalyDetected'),
    time,
    detail: z.object({
      event_id: z.string(),
      project_id: z.string(),
      key_id: z.string(),
      anomaly_id: z.string(),
      kind: z.string(),
      severity: z.string(),
      why: z.string(),
      opened_at: z.number(),
    }),
  }),
]);

/** One event as EventBridge delivers it. */
export const spendNewsOf = (event: unknown): SpendNews => {
  const read = busEvent.parse(event);
  const atMs = Date.parse(read.time);
  switch (read['detail-type']) {
    case 'KeyCapWarned':
    case 'KeyCapReached': {
      const type = read['detail-type'] === 'KeyCapWarned' ? 'key.cap_warned' : 'key.cap_reached';
      return { type, keyId: read.detail.key_id, ...figuresOf(read.detail), atMs };
    }
    case 'ProjectCapWarned':
    case 'ProjectCapReached': {
      const isWarned = read['detail-type'] === 'ProjectCapWarned';
      const type = isWarned ? 'project.cap_warned' : 'project.cap_reached';
      return { type, period: read.detail.period, ...figuresOf(read.detail), atMs };
    }
    case 'UsageAnomalyDetected': {
      const { detail } = read;
      return {
        id: detail.event_id,
        type: 'key.usage_anomaly',
        projectId: detail.project_id,
        keyId: detail.key_id,
        anomalyId: detail.anomaly_id,
        kind: detail.kind,
        severity: detail.severity,
        why: detail.why,
        hourMs: detail.opened_at,
        atMs,
      };
    }
  }
};

const figuresOf = (detail: z.output<z.ZodObject<typeof cap>>) => ({
  id: detail.event_id,
  projectId: detail.project_id,
  window: detail.window,
  threshold: detail.threshold ?? null,
  capMicros: detail.cap_micros,
  spentMicros: detail.spent_micros,
});
