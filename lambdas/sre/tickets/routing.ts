import { nextOpenMs } from '../domain/office-hours.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Destination, Route } from './destination.ts';

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
