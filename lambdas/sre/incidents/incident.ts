import type { AnomalyKind } from '../domain/anomaly.ts';
import type { Cause } from '../domain/cause.ts';
import type { Source } from '../domain/log-record.ts';
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
  readonly id: string;
  readonly tenant: string;
  /** Rises with each write; a write names the revision that it changes. */
  readonly revision: number;
  /** Rises with each reopening. */
  readonly generation: number;
  readonly state: IncidentState;
  /** The worst that it was in this generation. */
  readonly band: Band;
  readonly title: string;
  readonly openedMs: number;
  readonly lastSeenMs: number;
  /** null: it is live. */
  readonly resolvedMs: number | null;
  readonly members: readonly Member[];
  /** Its anomalies by id, the newest last, bounded. */
  readonly anomalies: readonly string[];
  /** null: correlation has not run yet. */
  readonly cause: Cause | null;
  /** The older incident that took this one in; null: it stands by itself. */
  readonly mergedInto: string | null;
  /** The resolved incident of the same members before it; null: none. */
  readonly follows: string | null;
  readonly acknowledgedMs: number | null;
  /** Who looks after it; null: nobody. */
  readonly assignee: string | null;
}
