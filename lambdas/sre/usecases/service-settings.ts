import type { SettingsOf } from '../domain/part.ts';
import { USUAL_SETTINGS } from '../domain/part.ts';
import { sourceName } from '../domain/summary.ts';
import type { SettingsBook } from '../ports/settings.ts';

/** What people set for the services of a tenant, as an evaluation asks for it. */
export const settingsFrom =
  (book: SettingsBook) =>
  async (tenant: string): Promise<SettingsOf> => {
    const settings = await book.list(tenant);
    const bySource = new Map(
      settings.map(({ source, sensitivity, mutedUntilMs }) => [
        sourceName(source),
        { ...USUAL_SETTINGS, sensitivity, mutedUntilMs: mutedUntilMs ?? 0 },
      ]),
    );
    return (source) => bySource.get(sourceName(source)) ?? USUAL_SETTINGS;
  };
