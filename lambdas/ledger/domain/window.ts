import type { Period } from './key.ts';

const DAY_MS = 86_400_000;

/**
 * Id of the budget period that holds `nowMs` (UTC): `lifetime`, `2026-11-24`, `2026-W48` (ISO 8601 week), `2026-11`.
 * Ids of one kind sort by time; ids of different kinds never collide.
 */
export const windowOf = (period: Period, nowMs: number): string => {
  switch (period) {
    case 'lifetime':
      return 'lifetime';
    case 'day':
      return new Date(nowMs).toISOString().slice(0, 10);
    case 'week':
      return isoWeek(nowMs);
    case 'month':
      return new Date(nowMs).toISOString().slice(0, 7);
  }
};

/** The ids of every kind at one instant: a caller does not know a key's period before its one write. */
export const windowsAt = (nowMs: number): Readonly<Record<Period, string>> => ({
  lifetime: windowOf('lifetime', nowMs),
  day: windowOf('day', nowMs),
  week: windowOf('week', nowMs),
  month: windowOf('month', nowMs),
});

/** Start of the next period, epoch ms; null when the budget never resets. */
export const resetsAtMs = (period: Period, nowMs: number): number | null => {
  const now = new Date(nowMs);
  const day = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  switch (period) {
    case 'lifetime':
      return null;
    case 'day':
      return day + DAY_MS;
    case 'week':
      return day + (7 - mondayOffset(now)) * DAY_MS;
    case 'month':
      return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
  }
};

const mondayOffset = (date: Date): number => (date.getUTCDay() + 6) % 7;

/** ISO 8601: the week belongs to the year that holds its Thursday. */
const isoWeek = (nowMs: number): string => {
  const now = new Date(nowMs);
  const thursday = new Date(nowMs + (3 - mondayOffset(now)) * DAY_MS);
  const year = thursday.getUTCFullYear();
  const dayOfYear = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS);
  return `${year}-W${String(Math.floor(dayOfYear / 7) + 1).padStart(2, '0')}`;
};
