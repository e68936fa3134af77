import type { Source } from '../domain/log-record.ts';
import type { ServiceSetting } from '../domain/service-setting.ts';

/** What people set for the services of a tenant. Throws AppError `storage_unavailable`. */
export interface SettingsBook {
  list(tenant: string): Promise<readonly ServiceSetting[]>;
  get(tenant: string, source: Source): Promise<ServiceSetting | null>;
  put(tenant: string, setting: ServiceSetting): Promise<void>;
}

/** Who looks after the services of an incident, as people set it. */
export type OwnersOf = (
  tenant: string,
  members: readonly { readonly source: Source }[],
) => Promise<readonly string[]>;
