import type { Incident } from './incident.ts';

/** From the opening that somebody acknowledged, which may be a later one; null: nobody has. */
export const acknowledgedAfterMs = ({
  acknowledgedMs,
  openedMs,
  turnsMs,
}: Incident): number | null => {
  if (acknowledgedMs === null) return null;
  const sinceMs = turnsMs.findLast((turnMs) => turnMs <= acknowledgedMs) ?? openedMs;
  return Math.max(0, acknowledgedMs - sinceMs);
};

/** From the first opening to the last end: what opens again was not over; null: it is live. */
export const resolvedAfterMs = ({ resolvedMs, openedMs }: Incident): number | null =>
  resolvedMs === null ? null : Math.max(0, resolvedMs - openedMs);

/** Ids sort by the time of opening: this one comes after all that were opened until then. */
export const idAfter = (openedMs: number): string =>
  `incident_${(openedMs + 1).toString(36).padStart(9, '0')}`;
