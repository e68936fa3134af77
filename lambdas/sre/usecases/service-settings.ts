import { USUAL_SETTINGS, type SettingsOf } from '../domain/part.ts';
import { settingFor } from '../domain/service-setting.ts';
import type { OwnersOf, SettingsBook } from '../ports/settings.ts';

/** What people set for the services of a tenant, as an evaluation asks for it. */
export const settingsFrom =
  (book: SettingsBook) =>
  async (tenant: string): Promise<SettingsOf> => {
    const settings = await book.list(tenant);
    return (source) => {
      const setting = settingFor(settings, source);
      if (setting === null) return USUAL_SETTINGS;
      const { sensitivity, mutedUntilMs } = setting;
      return { ...USUAL_SETTINGS, sensitivity, mutedUntilMs: mutedUntilMs ?? 0 };
    };
  };

/** Of each of an incident's services, where somebody set one. */
export const ownersFrom =
  (book: Pick<SettingsBook, 'list'>): OwnersOf =>
  async (tenant, members) => {
    const settings = await book.list(tenant);
    const owners = members.map(({ source }) => settingFor(settings, source)?.owner ?? null);
    return [...new Set(owners.filter((owner) => owner !== null))];
  };
