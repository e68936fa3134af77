import type { Period } from './key.ts';

const DAY_MS = 86_400_000;

/**
 * Id of the budget period that holds `nowMs` (UTC): `lifetime`, `2026-11-24`, `2026-W48` (ISO 8601 week), `2026-11`.
 * Ids of one kind sort by time; ids of different kinds never collide.
 */
export const windowOf = (period: Period, nowMs: number): string => windowsAt(nowMs)[period];

type Windows = Readonly<Record<Period, string>>;
/** Nearly every question is about today, whose ids never change. */
let latest: { readonly day: number; readonly windows: Windows } | null = null;

/** The ids of every kind at one instant: a caller does not know a key's period before its one write. */
export const windowsAt = (nowMs: number): Windows => {
  const day = Math.floor(nowMs / DAY_MS);
  if (latest?.day !== day) latest = { day, windows: windowsOn(day * DAY_MS) };
  return latest.windows;
};

const windowsOn = (dayMs: number): Windows => {
  const iso = new Date(dayMs).toISOString();
  return {
    lifetime: 'lifetime',
    day: iso.slice(0, 10),
    week: isoWeek(dayMs),
    month: iso.slice(0, 7),
  };
};

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

/** Months (`2026-11`) that a span of time touches. */
export const monthsBetween = (fromMs: number, toMs: number): readonly string[] => {
  const months: string[] = [];
  const first = new Date(fromMs);
  for (let index = 0; ; index++) {
    const startMs = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + index, 1);
    if (startMs >= toMs) return months;
    months.push(new Date(startMs).toISOString().slice(0, 7));
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
