/** Times of a week, in a place. `untilMinute` is not part of it; a time over midnight is two. */
export interface OfficeHours {
  /** Of the IANA database. */
  readonly timeZone: string;
  /** 1 Monday to 7 Sunday. */
  readonly days: readonly number[];
  readonly fromMinute: number;
  readonly untilMinute: number;
}

export const isOpenAt = (hours: OfficeHours, atMs: number): boolean =>
  isWithin(hours, localTime(hours.timeZone, atMs));

/** When the hours begin, `nowMs` within them; null: they never do. */
export const nextOpenMs = (hours: OfficeHours, nowMs: number): number | null =>
  firstMs(hours, nowMs, true);

/** When the hours end, `nowMs` outside of them; null: they never do. */
export const nextClosedMs = (hours: OfficeHours, nowMs: number): number | null =>
  firstMs(hours, nowMs, false);

const MINUTE_MS = 60_000;
const QUARTER_MINUTES = 15;
const QUARTER_MS = QUARTER_MINUTES * MINUTE_MS;
/** A week and a day: a week in which the clocks are changed ends later. */
const QUARTERS_MAX = 8 * 24 * 4;

/** Places change their clocks, so it looks and does not count; each zone's distance from UTC is a number of quarters. */
const firstMs = (hours: OfficeHours, nowMs: number, wanted: boolean): number | null => {
  if (isOpenAt(hours, nowMs) === wanted) return nowMs;
  const fromMs = nowMs - (nowMs % QUARTER_MS);
  for (let quarter = 0; quarter < QUARTERS_MAX; quarter++) {
    const quarterMs = fromMs + quarter * QUARTER_MS;
    const { weekday, minute } = localTime(hours.timeZone, quarterMs);
    for (let more = 0; more < QUARTER_MINUTES; more++) {
      const atMs = quarterMs + more * MINUTE_MS;
      if (atMs > nowMs && isWithin(hours, { weekday, minute: minute + more }) === wanted)
        return atMs;
    }
  }
  return null;
};

interface LocalTime {
  readonly weekday: number;
  /** Of the day. */
  readonly minute: number;
}

const isWithin = (
  { days, fromMinute, untilMinute }: OfficeHours,
  { weekday, minute }: LocalTime,
): boolean => days.includes(weekday) && minute >= fromMinute && minute < untilMinute;

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const localTime = (timeZone: string, atMs: number): LocalTime => {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  return {
    weekday: WEEKDAYS.indexOf(parts.get('weekday') ?? '') + 1,
    minute: 60 * Number(parts.get('hour')) + Number(parts.get('minute')),
  };
};

const FORMATS_MAX = 64;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Throws RangeError for a zone that nobody knows. */
const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  if (formats.size >= FORMATS_MAX) formats.clear();
  formats.set(timeZone, format);
  return format;
};

export const isTimeZone = (timeZone: string): boolean => {
  try {
    formatOf(timeZone);
    return true;
  } catch {
    return false;
  }
};
