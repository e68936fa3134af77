import type { AnomalyKind } from '../domain/anomaly.ts';
import type { Cause } from '../domain/cause.ts';
import type { Source } from '../domain/log-record.ts';
import type { Diagnosis } from '../diagnose/diagnosis.ts';
import type { Band } from '../score/composite.ts';

export const INCIDENT_STATES = [
  'identified',
  'acknowledged',
  'investigating',
  'mitigated',
  'resolved',
] as const;
export type IncidentState = (typeof INCIDENT_STATES)[number];

/** A source and what is wrong with it: at most one live incident holds the claim to both. */
export interface Member {
  readonly source: Source;
  readonly kind: AnomalyKind;
}

/** One real incident, whatever its cause turns out to be: the cause is an attribute, never the identity. */
export interface Incident {
  /** Sorts by the time of opening. */
  readonly id: string;
  readonly tenant: string;
  /** Rises with each write; a write names the revision that it changes. */
  readonly revision: number;
  /** The last revision that is reported; lower than `revision` while it is snoozed or flaps. */
  readonly newsRevision: number;
  /** Rises with each reopening. */
  readonly generation: number;
  readonly state: IncidentState;
  /** The worst that it was in this generation. */
  readonly band: Band;
  readonly title: string;
  readonly openedMs: number;
  /** Since when something of it was wrong: before it was opened. */
  readonly firstSeenMs: number;
  /** Until when something of it was seen. */
  readonly lastSeenMs: number;
  /** null: it is live. */
  readonly resolvedMs: number | null;
  readonly members: readonly Member[];
  /** Its anomalies by id, the newest last, bounded. */
  readonly anomalies: readonly string[];
  /** How many there are, those that found no room among them. */
  readonly anomalyCount: number;
  /** It takes in what came beyond the budget of a storm, related or not. */
  readonly isDigest: boolean;
  /** null: correlation has not run yet. */
  readonly cause: Cause | null;
  /** What a model says of it, or why none does; null: none was asked, or has not answered yet. */
  readonly diagnosis: Diagnosis | null;
  /** The older incident that took this one in; null: it stands by itself. */
  readonly mergedInto: string | null;
  /** Incidents that a person took apart from it: never taken in again. */
  readonly apartFrom: readonly string[];
  /** The resolved incident of the same members before it; null: none. */
  readonly follows: string | null;
  readonly acknowledgedMs: number | null;
  /** The key or the person that acknowledged it. */
  readonly acknowledgedBy: string | null;
  /** Who looks after it; null: nobody. */
  readonly assignee: string | null;
  /** Nothing is reported until then; null: it is not snoozed. */
  readonly snoozedUntilMs: number | null;
  /** When it was opened, resolved and reopened, the latest last, bounded. */
  readonly turnsMs: readonly number[];
  /** Since when it opens and resolves again and again; null: it does not. */
  readonly flappingSinceMs: number | null;
  /** The generation that somebody called noise; null: none. */
  readonly noiseGeneration: number | null;
}

/** An incident is at this revision, or further. */
export interface IncidentChanged {
  readonly tenant: string;
  readonly incidentId: string;
  readonly revision: number;
}
