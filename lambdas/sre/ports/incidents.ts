import type { Anomaly } from '../domain/anomaly.ts';
import type { Source } from '../domain/log-record.ts';
import type { Incident, IncidentChanged } from '../incidents/incident.ts';
import type { Change } from '../incidents/life.ts';
import type { LookRequest } from '../incidents/look.ts';
import type { Edge } from '../incidents/near.ts';
import type { Board, Mark } from '../incidents/place.ts';
import type { Silence } from '../incidents/silence.ts';
import type { Step } from '../incidents/timeline.ts';

/**
 * Tells whoever delivers that incidents changed, perhaps more than once and in any order: who hears of it reads the
 * incident. Throws AppError `storage_unavailable`.
 */
export interface IncidentNews {
  changed(changes: readonly IncidentChanged[]): Promise<void>;
}

/** Incidents as people and tickets read them. Throws AppError `storage_unavailable`. */
export interface IncidentBook {
  get(tenant: string, id: string): Promise<Incident | null>;
  /** The newest of its anomalies as they are now, the oldest first; those that are gone are left out. */
  anomalies(incident: Incident): Promise<readonly Anomaly[]>;
}

export interface IncidentQuery {
  readonly tenant: string;
  /** The id after which to continue; null: from the newest. */
  readonly before: string | null;
  readonly limit: number;
}

/**
 * Incidents as they are decided. What one commit writes is there as a whole or not at all, so the stream of the table
 * reports each revision, and none that was not written.
 */
export interface IncidentStore extends IncidentBook {
  /** What deciding about these anomalies takes. */
  load(
    tenant: string,
    anomalies: readonly Pick<Anomaly, 'id' | 'source'>[],
    nowMs: number,
  ): Promise<Board>;
  /** false: somebody else wrote meanwhile, and nothing is written. */
  commit(commit: IncidentCommit): Promise<boolean>;
  /** Newest first; `next` is the id to continue after, null at the end. */
  list(
    query: IncidentQuery,
  ): Promise<{ readonly incidents: readonly Incident[]; readonly next: string | null }>;
  /** The newest steps of its timeline, as many as an answer has room for, the oldest of them first. */
  steps(tenant: string, id: string): Promise<readonly Step[]>;
  /** News of this reference are on its timeline, in view or not. */
  isTold(tenant: string, id: string, reference: string): Promise<boolean>;
  mark(tenant: string, anomalyId: string): Promise<Mark | null>;
}

export interface IncidentCommit {
  readonly tenant: string;
  /** Of the board that was seen; null: who is a member of what stays as it is. */
  readonly version: number | null;
  readonly changes: readonly Change[];
  readonly marks: readonly Mark[];
}

/** What is to be looked after without anything arriving. */
export interface DueList {
  /** Looks at an anomaly again from `dueMs` on. */
  defer(tenant: string, anomalyId: string, dueMs: number): Promise<void>;
  done(tenant: string, anomalyId: string): Promise<void>;
  /** Tenants with live incidents, or with anomalies that are due. */
  due(nowMs: number): Promise<readonly DueTenant[]>;
}

export interface DueTenant {
  readonly tenant: string;
  readonly anomalyIds: readonly string[];
}

/** Throws AppError `storage_unavailable`. */
export interface SilenceBook {
  /** Those that are not over, and those that were within the hour. */
  list(tenant: string, nowMs: number): Promise<readonly Silence[]>;
  /** false: the project has as many as it may. */
  put(tenant: string, silence: Silence, nowMs: number): Promise<boolean>;
  /** false: there is none. */
  end(tenant: string, id: string): Promise<boolean>;
}

/** Which services of a tenant call which, as far as it is known. */
export interface ServiceGraph {
  edges(tenant: string): Promise<readonly Edge[]>;
}

/** Asks for another look at anomalies, or at all that is live, so many seconds from now. */
export interface Looks {
  ask(requests: readonly LookRequest[]): Promise<void>;
}

/** A deployment that somebody, or telemetry, reported. */
export interface Deploy {
  readonly source: Source;
  readonly version: string;
  readonly atMs: number;
  /** Who reported it: a key's id, or `telemetry`. */
  readonly by: string;
}

/** Throws AppError `storage_unavailable`. */
export interface DeployBook {
  /** The same service, version and time is the same deploy. */
  put(tenant: string, deploy: Deploy): Promise<void>;
  /** The newest first; an end of the range is part of it. */
  list(tenant: string, fromMs: number, toMs: number, limit: number): Promise<readonly Deploy[]>;
}

/** Sources that an incident is open of, for a day at most: what they do meanwhile is not what is usual. */
export interface OpenIncidents {
  /** By `sourceName`. */
  sources(tenant: string): Promise<ReadonlySet<string>>;
}
