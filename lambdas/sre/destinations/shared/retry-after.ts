/** No answer makes a delivery wait longer than this: what says more is asked again by then. */
const RETRY_AFTER_MS_MAX = 3_600_000;

/** From this many on a number is a moment in seconds since 1970, not a span. */
const MOMENT_S_MIN = 1_000_000_000;
const MOMENT_MS_MIN = 1_000_000_000_000;
/** IMF-fixdate, RFC 850 and asctime, as RFC 9110 (5.6.7) has every receiver read. */
const HTTP_DATE = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d\d:\d\d:\d\d/i;

/**
 * How long the other side asks to be left alone, by whatever header it says so; null: it does not. RFC 9110 (10.2.3)
 * allows seconds or a date; the others are those of Atlassian, ServiceNow, PagerDuty and Opsgenie.
 */
export const retryAfterMs = (
  headers: Readonly<Record<string, string>>,
  nowMs: number,
): number | null => {
  const found =
    spanOf(headers['retry-after'], nowMs) ??
    spanOf(headers['x-ratelimit-period-in-sec'], nowMs) ??
    spanOf(headers['ratelimit-reset'], nowMs) ??
    spanOf(headers['x-ratelimit-reset'], nowMs);
  return found === null ? null : Math.min(Math.max(found, 0), RETRY_AFTER_MS_MAX);
};

const spanOf = (text: string | undefined, nowMs: number): number | null => {
  const value = (text ?? '').trim();
  if (/^\d{1,15}(\.\d{1,9})?$/.test(value)) return numberSpan(Number(value), nowMs);
  const atMs = momentOf(value);
  return atMs === null ? null : atMs - nowMs;
};

const numberSpan = (value: number, nowMs: number): number => {
  if (value >= MOMENT_MS_MIN) return value - nowMs;
  if (value >= MOMENT_S_MIN) return value * 1_000 - nowMs;
  return Math.ceil(value * 1_000);
};

const momentOf = (value: string): number | null => {
  const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value);
  if (!isIso && !HTTP_DATE.test(value)) return null;
  // Each form of HTTP is in UTC; asctime does not say so, and would be read in the zone of the machine.
  const hasZone = /(gmt|utc|z|[+-]\d\d:?\d\d)$/i.test(value);
  const atMs = Date.parse(hasZone ? value : `${value}${isIso ? 'Z' : ' GMT'}`);
  return Number.isNaN(atMs) ? null : atMs;
};
