import * as z from 'zod';
import type { Row } from './local-view.ts';
import type { AskApi } from './spend-view.ts';

/** One incident as its part of the page shows it; tickets lead to it by its id. */
export interface IncidentDetail {
  readonly id: string;
  readonly title: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly timeline: readonly Row[];
  readonly tickets: readonly Row[];
}

export interface IncidentsView {
  /** How soon they are acknowledged and over, in a sentence. */
  readonly sum: string;
  readonly incidents: readonly Row[];
  readonly details: readonly IncidentDetail[];
}

/** Each is asked for with its tickets. */
const SHOWN_MAX = 10;
const STEPS_MAX = 20;

const source = z.object({ service: z.string(), environment: z.string() });
const listSchema = z.object({ data: z.array(z.object({ id: z.string() })) });
const incidentSchema = z.object({
  id: z.string(),
  state: z.string(),
  severity: z.string(),
  title: z.string(),
  opened_at: z.number(),
  time_to_acknowledge_ms: z.number().nullable(),
  time_to_resolve_ms: z.number().nullable(),
  acknowledged_by: z.string().nullable(),
  members: z.array(z.object({ source })),
  root: source.nullable(),
  cause_confidence: z.number().nullable(),
  gaps: z.array(z.string()),
  timeline: z.array(
    z.object({ at: z.number(), by: z.string(), kind: z.string(), text: z.string() }),
  ),
});
const destinationsSchema = z.object({
  data: z.array(z.object({ id: z.string(), name: z.string(), kind: z.string() })),
});
const deliveriesSchema = z.object({
  data: z.array(
    z.object({
      destination_id: z.string(),
      status: z.string(),
      external_id: z.string().nullable(),
      sent_at: z.number().nullable(),
      problem: z.string().nullable(),
    }),
  ),
});
const spread = z.object({ median: z.number() }).nullable();
const statsSchema = z.object({
  totals: z.object({
    incidents: z.number(),
    reopened: z.number(),
    noise: z.number(),
    time_to_acknowledge_ms: spread,
    time_to_resolve_ms: spread,
  }),
});

/** What is wrong, who heard of it, and how soon it was over, as the API says. */
export const incidentsView = async (ask: AskApi): Promise<IncidentsView> => {
  const [list, stats, destinations] = await Promise.all([
    ask(`/v1/incidents?limit=${SHOWN_MAX}`),
    ask('/v1/incidents/stats'),
    ask('/v1/destinations'),
  ]);
  const desks = new Map(
    destinationsSchema
      .parse(destinations)
      .data.map(({ id, name, kind }) => [id, `${name} (${kind})`]),
  );
  const found = await Promise.all(
    listSchema.parse(list).data.map(async ({ id }) => await oneOf(ask, desks, id)),
  );
  return {
    sum: sumOf(statsSchema.parse(stats).totals),
    incidents: found.map(({ row }) => row),
    details: found.map(({ detail }) => detail),
  };
};

const oneOf = async (ask: AskApi, desks: ReadonlyMap<string, string>, id: string) => {
  const [body, deliveries] = await Promise.all([
    ask(`/v1/incidents/${id}`),
    ask(`/v1/deliveries?incident_id=${id}`),
  ]);
  const incident = incidentSchema.parse(body);
  const tickets = deliveriesSchema.parse(deliveries).data.map((one) => ({
    destination: desks.get(one.destination_id) ?? one.destination_id,
    is: one.status,
    ticket: one.external_id,
    at: one.sent_at === null ? null : timeOf(one.sent_at),
    problem: one.problem,
  }));
  return { row: rowOf(incident, tickets), detail: detailOf(incident, tickets) };
};

const rowOf = (incident: z.infer<typeof incidentSchema>, tickets: readonly Row[]): Row => ({
  anchor: incident.id,
  incident: incident.title,
  since: timeOf(incident.opened_at),
  state: incident.state,
  severity: incident.severity,
  cause: causeOf(incident),
  tickets: tickets.map(({ destination, is }) => `${is} at ${destination}`).join(', '),
  acknowledged_in: durationOf(incident.time_to_acknowledge_ms),
  over_in: durationOf(incident.time_to_resolve_ms),
});

/** As tickets say it. */
const CONFIDENCE_HIGH = 4;

const causeOf = ({ root, cause_confidence }: z.infer<typeof incidentSchema>): string =>
  root === null
    ? 'not clear yet'
    : `${root.service} (${confidenceOf(cause_confidence ?? 0)} confidence, ${(cause_confidence ?? 0).toFixed(1)})`;

const confidenceOf = (confidence: number): string =>
  confidence >= CONFIDENCE_HIGH ? 'high' : 'medium';

const detailOf = (
  incident: z.infer<typeof incidentSchema>,
  tickets: readonly Row[],
): IncidentDetail => ({
  id: incident.id,
  title: incident.title,
  facts: [
    ['Incident', incident.id],
    ['State', `${incident.state}, ${incident.severity}`],
    ['Services', [...new Set(incident.members.map((one) => one.source.service))].join(', ')],
    ['Cause', causeOf(incident)],
    ['What would make it surer', incident.gaps.join(' ')],
    ['Acknowledged by', incident.acknowledged_by ?? ''],
  ],
  tickets,
  timeline: incident.timeline.slice(-STEPS_MAX).map(({ at, by, kind, text }) => ({
    at: timeOf(at),
    by,
    step: kind,
    text,
  })),
});

const sumOf = (totals: z.infer<typeof statsSchema>['totals']): string => {
  const { incidents, reopened, noise, time_to_acknowledge_ms, time_to_resolve_ms } = totals;
  return [
    `30 days: ${incidents} incidents, ${reopened} opened again, ${noise} called noise.`,
    `Median time to acknowledge: ${durationOf(time_to_acknowledge_ms?.median ?? null) ?? 'none yet'};`,
    `to resolve: ${durationOf(time_to_resolve_ms?.median ?? null) ?? 'none yet'}.`,
  ].join(' ');
};

const durationOf = (ms: number | null): string | null => {
  if (ms === null) return null;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
};

const timeOf = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
