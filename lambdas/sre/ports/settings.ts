import type { Source } from '../domain/log-record.ts';
import type { Sensitivity } from '../score/statistics.ts';

/** What somebody set for a service; a service of which nobody set anything has none. */
export interface ServiceSetting {
  readonly source: Source;
  readonly sensitivity: Sensitivity;
  /** Nothing is said of it until then, epoch ms; null: it is not muted. */
  readonly mutedUntilMs: number | null;
}

/** What people set for the services of a tenant. Throws AppError `storage_unavailable`. */
export interface SettingsBook {
  list(tenant: string): Promise<readonly ServiceSetting[]>;
  get(tenant: string, source: Source): Promise<ServiceSetting | null>;
  put(tenant: string, setting: ServiceSetting): Promise<void>;
}
