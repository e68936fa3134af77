import type { Sensitivity } from '../score/statistics.ts';
import type { Source } from './log-record.ts';

/** Stands for every environment, or every namespace, of a service. */
export const ANY = '*';

/** What somebody set for a service, in one place or in any. */
export interface ServiceSetting {
  readonly source: Source;
  readonly sensitivity: Sensitivity;
  /** Nothing is said of it until then, epoch ms; null: it is not muted. */
  readonly mutedUntilMs: number | null;
  /** The team that routes of destinations name; null: nobody. */
  readonly owner: string | null;
}

/** The setting that holds for a source: the one that names most of it; null: nobody set anything. */
export const settingFor = (
  settings: readonly ServiceSetting[],
  source: Source,
): ServiceSetting | null => {
  const holding = settings.filter((setting) => isNamedBy(setting.source, source));
  return holding.toSorted((left, right) => placesOf(left) - placesOf(right))[0] ?? null;
};

/** Whether a source is one of those that somebody named, with `ANY` for what was left out. */
export const isNamedBy = (named: Source, source: Source): boolean =>
  named.service === source.service &&
  fits(named.environment, source.environment) &&
  fits(named.namespace, source.namespace);

const fits = (set: string, value: string): boolean => set === ANY || set === value;

const placesOf = ({ source }: ServiceSetting): number =>
  [source.environment, source.namespace].filter((part) => part === ANY).length;
