import * as z from 'zod';
import { queryNumber } from '../../http/query-number.ts';
import type { IncidentFigures, Spread, SummedIncidents } from '../incidents/stats.ts';
import { BANDS } from './sre-schemas.ts';

const TIME_MAX = 9_999_999_999_999;
const time = z.int().describe('epoch ms, UTC');

/** GET /v1/incidents/stats */
export const incidentStatsQuery = z.strictObject({
  from_ms: queryNumber(0, TIME_MAX).optional(),
  to_ms: queryNumber(0, TIME_MAX).optional(),
});

const spread = (what: string) =>
  z.strictObject({ median: z.int(), mean: z.int() }).nullable().describe(what);
const figures = {
  incidents: z.int().describe('without those that others took in'),
  live: z.int(),
  acknowledged: z.int(),
  resolved: z.int(),
  reopened: z.int(),
  noise: z
    .int()
    .describe('that somebody called noise: acknowledged, resolved and times are without it'),
  noise_share: z.number().nullable(),
  time_to_acknowledge_ms: spread('from the opening that was acknowledged; null: none was'),
  time_to_resolve_ms: spread('from the first opening to the last end; null: none is over'),
};

export const incidentStatsSchema = z
  .strictObject({
    object: z.literal('incident_stats'),
    from: time,
    to: time,
    totals: z.strictObject(figures),
    by_service: z.array(z.strictObject({ service: z.string(), ...figures })),
    by_severity: z.array(z.strictObject({ severity: z.enum(BANDS), ...figures })),
    truncated: z.boolean().describe('there were more than are read: these are the newest of them'),
  })
  .meta({ id: 'IncidentStats' });

export const incidentStatsView = (
  { totals, byService, bySeverity, isTruncated }: SummedIncidents,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): z.input<typeof incidentStatsSchema> => ({
  object: 'incident_stats',
  from: fromMs,
  to: toMs,
  totals: figuresView(totals),
  by_service: byService.map(([service, ofService]) => ({ service, ...figuresView(ofService) })),
  by_severity: bySeverity.map(([severity, ofBand]) => ({ severity, ...figuresView(ofBand) })),
  truncated: isTruncated,
});

const figuresView = ({ acknowledge, resolve, ...counts }: IncidentFigures) => ({
  ...counts,
  noise_share: counts.incidents === 0 ? null : counts.noise / counts.incidents,
  time_to_acknowledge_ms: spreadView(acknowledge),
  time_to_resolve_ms: spreadView(resolve),
});

const spreadView = (spread: Spread | null) =>
  spread === null ? null : { median: spread.medianMs, mean: spread.meanMs };
