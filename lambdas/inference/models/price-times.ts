import { dearerRates, type PricePeriod, type Rates } from './rates.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1_440;
/** Hours of the day and days of the week come again after so long. */
const ROUND_MS = 7 * DAY_MS;

/**
 * The rates of a call that began at `fromMs` and ran, or may run, until `untilMs`; null: it has none. A price with a date
 * counts by when the call began. Of prices that go by the hour the dearest counts that stood at any moment of the call:
 * DeepSeek, the one vendor that has them, does not say which moment it bills by. So what is settled is at most what was held.
 */
export const ratesDuring = (
  periods: readonly PricePeriod[],
  fromMs: number,
  untilMs: number,
): Rates | null => {
  const begun = periods.filter((period) => (period.fromMs ?? -Infinity) <= fromMs);
  if (!begun.some(isHourly)) return begun.at(-1)?.rates ?? null;
  return momentsOf(begun.filter(isHourly), fromMs, untilMs)
    .flatMap((atMs) => begun.findLast((period) => isAt(period, atMs))?.rates ?? [])
    .reduce<Rates | null>((dearest, rates) => dearerRates(dearest ?? rates, rates), null);
};

const isHourly = ({ minutes, weekdays }: PricePeriod): boolean =>
  minutes !== undefined || weekdays !== undefined;

/** The begin of a call, and each moment of it at which another price may start. */
const momentsOf = (
  hourly: readonly PricePeriod[],
  fromMs: number,
  untilMs: number,
): readonly number[] => {
  const lastMs = Math.min(untilMs, fromMs + ROUND_MS);
  const moments = [fromMs];
  const days = Math.floor(lastMs / DAY_MS) - Math.floor(fromMs / DAY_MS);
  for (let day = 0; day <= days; day += 1) {
    const midnightMs = (Math.floor(fromMs / DAY_MS) + day) * DAY_MS;
    for (const { minutes = [0, DAY_MINUTES] } of hourly)
      for (const minute of minutes) moments.push(midnightMs + minute * MINUTE_MS);
  }
  return moments.filter((atMs) => atMs >= fromMs && atMs <= lastMs);
};

/** Hours that pass midnight belong to the day on which they start. */
const isAt = ({ minutes, weekdays }: PricePeriod, atMs: number): boolean => {
  const [start, end] = minutes ?? [0, DAY_MINUTES];
  const minute = Math.floor(atMs / MINUTE_MS) % DAY_MINUTES;
  const weekday = new Date(atMs).getUTCDay();
  const isOn = (day: number): boolean => weekdays === undefined || weekdays.includes(day);
  if (start <= end) return minute >= start && minute < end && isOn(weekday);
  return (minute >= start && isOn(weekday)) || (minute < end && isOn((weekday + 6) % 7));
};
