import type { Anomaly } from '../domain/anomaly.ts';
import type { Source } from '../domain/log-record.ts';
import type { Incident, IncidentChanged } from '../incidents/incident.ts';

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

/** A deployment that somebody, or telemetry, told of. */
export interface Deploy {
  readonly source: Source;
  readonly version: string;
  readonly atMs: number;
  /** Who told: a key's id, or `telemetry`. */
  readonly by: string;
}

/** Throws AppError `storage_unavailable`. */
export interface DeployBook {
  /** The same service, version and time is the same deploy. */
  put(tenant: string, deploy: Deploy): Promise<void>;
  /** The newest first; an end of the range is part of it. */
  list(tenant: string, fromMs: number, toMs: number, limit: number): Promise<readonly Deploy[]>;
}
