import type { KeyRegister, UsageHour, UsageStore } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Clock } from '../../shared/deps.ts';
import type { Anomaly } from '../domain/anomaly.ts';
import { judgeUsage, type KeyUsage } from '../domain/usage-anomaly.ts';
import type { AnomalyBook } from '../ports/windows.ts';

const HOUR_MS = 3_600_000;
const HISTORY_HOURS = 24;
/** What is asked for where a day is more than one answer holds. */
const SHORT_HISTORY_HOURS = 3;

export interface WatchUsageDeps {
  readonly usage: Pick<UsageStore, 'hours'>;
  readonly keys: Pick<KeyRegister, 'profiles'>;
  readonly anomalies: Pick<AnomalyBook, 'put'>;
  readonly clock: Clock;
}

/**
 * Judges the running hour of every key of a project by the day before it. An anomaly of a key and an hour is written
 * once, however often the hour is judged. Answers those that are new.
 */
export const watchUsage = async (
  deps: WatchUsageDeps,
  { projectId }: { readonly projectId: string },
): Promise<readonly Anomaly[]> => {
  const nowMs = deps.clock.nowMs();
  const hourMs = nowMs - (nowMs % HOUR_MS);
  const rows = Map.groupBy(await readHours(deps, projectId, hourMs), ({ keyId }) => keyId);
  const profiles = await deps.keys.profiles(projectId, [...rows.keys()]);
  const keys = [...rows].map(([keyId, hours]): KeyUsage => {
    const profile = profiles.get(keyId);
    return {
      keyId,
      cohort: cohortText(profile?.cohort ?? {}),
      createdAtMs: profile?.createdAtMs ?? 0,
      hour: hours.find((hour) => hour.hourMs === hourMs) ?? null,
      before: hours.filter((hour) => hour.hourMs < hourMs),
    };
  });
  const fresh: Anomaly[] = [];
  for (const anomaly of judgeUsage({ tenant: projectId, hourMs, nowMs, keys }))
    if (await deps.anomalies.put(anomaly)) fresh.push(anomaly);
  return fresh;
};

const readHours = async (
  deps: WatchUsageDeps,
  projectId: string,
  hourMs: number,
): Promise<readonly UsageHour[]> => {
  const since = async (hours: number): Promise<readonly UsageHour[]> =>
    await deps.usage.hours({
      projectId,
      keyId: null,
      fromMs: hourMs - hours * HOUR_MS,
      toMs: hourMs + HOUR_MS,
    });
  try {
    return await since(HISTORY_HOURS);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'answer_too_large')) throw error;
    return await since(SHORT_HISTORY_HOURS);
  }
};

/** The same words in whatever order are the same cohort; keys without any are one too. */
const cohortText = (cohort: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(cohort).toSorted(([left], [right]) => (left < right ? -1 : 1)));
