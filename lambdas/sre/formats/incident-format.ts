import type * as z from 'zod';
import type { Incident } from '../incidents/incident.ts';
import type { Silence } from '../incidents/silence.ts';
import { acknowledgedAfterMs, resolvedAfterMs } from '../incidents/times.ts';
import type { Step } from '../incidents/timeline.ts';
import type { Remediation } from '../runbooks/remediation.ts';
import type { Runbook } from '../runbooks/runbook.ts';
import { sourceView } from './anomaly-format.ts';
import type { diagnosisSchema } from './diagnosis-schemas.ts';
import { remediationView } from './runbook-format.ts';
import { hoursView } from './hours-format.ts';
import type { incidentSchema, incidentWithStepsSchema, silenceSchema } from './incident-schemas.ts';

export const incidentView = (incident: Incident): z.input<typeof incidentSchema> => ({
  object: 'incident',
  id: incident.id,
  revision: incident.revision,
  generation: incident.generation,
  state: incident.state,
  severity: incident.band,
  title: incident.title,
  opened_at: incident.openedMs,
  first_seen_at: incident.firstSeenMs,
  last_seen_at: incident.lastSeenMs,
  resolved_at: incident.resolvedMs,
  acknowledged_at: incident.acknowledgedMs,
  acknowledged_by: incident.acknowledgedBy,
  time_to_acknowledge_ms: acknowledgedAfterMs(incident),
  time_to_resolve_ms: resolvedAfterMs(incident),
  assignee: incident.assignee,
  members: incident.members.map(({ source, kind }) => ({ source: sourceView(source), kind })),
  anomalies: [...incident.anomalies],
  anomaly_count: incident.anomalyCount,
  is_digest: incident.isDigest,
  root:
    incident.cause === null || incident.cause.root === null
      ? null
      : sourceView(incident.cause.root),
  cause_confidence: incident.cause?.confidence ?? null,
  gaps: [...(incident.cause?.gaps ?? [])],
  merged_into: incident.mergedInto,
  follows: incident.follows,
  snoozed_until: incident.snoozedUntilMs,
  flapping_since: incident.flappingSinceMs,
});

export const incidentWithStepsView = (
  incident: Incident,
  steps: readonly Step[],
  {
    diagnosis,
    runbooks,
    remediations,
  }: {
    readonly diagnosis: z.input<typeof diagnosisSchema>;
    readonly runbooks: readonly Runbook[];
    readonly remediations: readonly Remediation[];
  },
): z.input<typeof incidentWithStepsSchema> => ({
  ...incidentView(incident),
  diagnosis,
  timeline: steps.map(({ revision, atMs, by, kind, text }) => ({
    revision,
    at: atMs,
    by,
    kind,
    text,
  })),
  runbooks: runbooks.map(({ id, name, url, steps: all }) => ({
    id,
    name,
    url,
    steps: all.map(({ id: stepId, title, action }) => ({
      id: stepId,
      title,
      action: action?.kind ?? null,
    })),
  })),
  remediations: remediations.map(remediationView),
});

export const silenceView = (silence: Silence): z.input<typeof silenceSchema> => ({
  object: 'silence',
  id: silence.id,
  kind: silence.kind,
  pattern: { ...silence.pattern },
  from: silence.fromMs,
  until: silence.untilMs,
  hours: silence.hours === null ? null : hoursView(silence.hours),
  reason: silence.reason,
  by: silence.by,
});
