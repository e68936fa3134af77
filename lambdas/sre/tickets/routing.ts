import type { Incident } from '../incidents/incident.ts';
import type { Destination, OfficeHours, Route } from './destination.ts';

/** What routes look at: nothing that a log line can say. */
export interface RoutedFacts extends Pick<Incident, 'band' | 'members'> {
  /** Of its services, as people set them. */
  readonly owners: readonly string[];
}

export type Routing =
  | { readonly kind: 'send' }
  /** At the next hour of the route that decides. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'none'; readonly because: string };

/** Whether a destination hears of an incident, and when: its first route that matches decides. */
export const routingOf = (
  { routes, isPaused }: Pick<Destination, 'routes' | 'isPaused'>,
  facts: RoutedFacts,
  nowMs: number,
): Routing => {
  if (isPaused) return { kind: 'none', because: 'The destination is paused.' };
  const index = routes.findIndex((route) => matches(route, facts));
  const route = routes[index];
  if (route === undefined) return { kind: 'none', because: 'No route matches.' };
  if (route.send === 'none') return { kind: 'none', because: `Route ${index + 1} sends nothing.` };
  const openMs = route.hours === null ? nowMs : nextOpenMs(route.hours, nowMs);
  if (openMs === null) return { kind: 'none', because: `Route ${index + 1} has no hours.` };
  return openMs <= nowMs ? { kind: 'send' } : { kind: 'wait', untilMs: openMs };
};

const matches = (route: Route, { band, members, owners }: RoutedFacts): boolean =>
  isAmong(route.bands, [band]) &&
  isAmong(
    route.services,
    members.map(({ source }) => source.service),
  ) &&
  isAmong(
    route.environments,
    members.map(({ source }) => source.environment),
  ) &&
  isAmong(route.owners, owners);

/** One of them is enough: an incident of two services concerns both. */
const isAmong = (named: readonly string[] | null, found: readonly string[]): boolean =>
  named === null || found.some((one) => named.includes(one));

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
/** A week and a day: a week in which the clocks are changed ends later. */
const QUARTERS_MAX = 8 * 24 * 4;

/** When the hours begin, `nowMs` within them; null: they never do. Places change their clocks: so it looks, and does not count. */
const nextOpenMs = (hours: OfficeHours, nowMs: number): number | null => {
  if (isOpen(hours, nowMs)) return nowMs;
  // Whole quarters: each zone's distance from UTC is a number of them.
  const fromMs = nowMs - (nowMs % QUARTER_MS) + QUARTER_MS;
  for (let quarter = 0; quarter < QUARTERS_MAX; quarter++) {
    const atMs = fromMs + quarter * QUARTER_MS;
    const openMs = firstOpenMinute(hours, atMs - QUARTER_MS, nowMs);
    if (openMs !== null) return openMs;
  }
  return null;
};

const firstOpenMinute = (hours: OfficeHours, fromMs: number, afterMs: number): number | null => {
  if (!isOpen(hours, fromMs) && !isOpen(hours, fromMs + QUARTER_MS - MINUTE_MS)) return null;
  for (let atMs = fromMs; atMs < fromMs + QUARTER_MS; atMs += MINUTE_MS)
    if (atMs > afterMs && isOpen(hours, atMs)) return atMs;
  return null;
};

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const isOpen = (
  { timeZone, days, fromMinute, untilMinute }: OfficeHours,
  atMs: number,
): boolean => {
  const { weekday, minute } = localTime(timeZone, atMs);
  return days.includes(weekday) && minute >= fromMinute && minute < untilMinute;
};

const localTime = (
  timeZone: string,
  atMs: number,
): { readonly weekday: number; readonly minute: number } => {
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
