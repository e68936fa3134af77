import { USUAL_SETTINGS, type SettingsOf } from '../domain/part.ts';
import { settingFor } from '../domain/service-setting.ts';
import { sourceName } from '../domain/summary.ts';
import type { OpenIncidents } from '../ports/incidents.ts';
import type { OwnersOf, SettingsBook } from '../ports/settings.ts';

/** What people set for the services of a tenant, and of which an incident is open, as an evaluation asks for it. */
export const settingsFrom =
  (book: Pick<SettingsBook, 'list'>, open: OpenIncidents) =>
  async (tenant: string): Promise<SettingsOf> => {
    const [settings, troubled] = await Promise.all([book.list(tenant), open.sources(tenant)]);
    return (source) => {
      const setting = settingFor(settings, source);
      const isIncident = troubled.has(sourceName(source));
      if (setting === null) return { ...USUAL_SETTINGS, isIncident };
      const { sensitivity, mutedUntilMs } = setting;
      return { sensitivity, mutedUntilMs: mutedUntilMs ?? 0, isIncident };
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
