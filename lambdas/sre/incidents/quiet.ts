import type { Anomaly } from '../domain/anomaly.ts';
import { bucketOf, sourceName } from '../domain/summary.ts';
import { countsBetween, usualRecordsABucket, type SourceWindow } from '../domain/window.ts';
import type { Incident } from './incident.ts';
import { isSilence, seenUntilMs } from './life.ts';
import { FLAPPING_SPAN_MS, QUIET_MS, USAGE_QUIET_MS } from './limits.ts';
import { isOfKey } from './near.ts';

/** Five minutes. */
const TRAFFIC_BUCKETS = 30;
const TRAFFIC_SHARE = 0.5;

/** Why an incident is not resolved by itself, or since when it is quiet. */
export type Quiet =
  | { readonly kind: 'quiet' }
  /** Something of it continues, or was seen a moment ago. */
  | { readonly kind: 'going_on' }
  /** Nothing of it is seen, because little is seen of this source at all. */
  | { readonly kind: 'no_traffic'; readonly service: string };

export interface QuietInput {
  readonly incident: Incident;
  /** As they are now. */
  readonly anomalies: readonly Anomaly[];
  /** By the name of a source. */
  readonly windows: ReadonlyMap<string, SourceWindow>;
  readonly nowMs: number;
}

/** A dead service is quiet too: what is quiet must have its traffic back as well, and a silence ends by return alone. */
export const quietOf = ({ incident, anomalies, windows, nowMs }: QuietInput): Quiet => {
  // What takes days to change keeps nothing open that broke.
  const isSlow = incident.members.every(({ kind }) => kind === 'drift');
  const telling = isSlow ? anomalies : anomalies.filter(({ kind }) => kind !== 'drift');
  if (telling.some((anomaly) => !isQuiet(anomaly, incident, nowMs))) return { kind: 'going_on' };
  // Later than any anomaly a person alone sees it, who opened it again.
  const foundUntilMs = Math.max(0, ...anomalies.map(seenUntilMs));
  const isSeen = nowMs - incident.lastSeenMs < quietMsOf(incident);
  if (isSeen && incident.lastSeenMs > foundUntilMs) return { kind: 'going_on' };
  const silent = incident.members.find(
    ({ source, kind }) =>
      !isOfKey(kind) &&
      kind !== 'telemetry_lost' &&
      !hasTraffic(windows, sourceName(source), nowMs),
  );
  return silent === undefined
    ? { kind: 'quiet' }
    : { kind: 'no_traffic', service: silent.source.service };
};

const isQuiet = (anomaly: Anomaly, incident: Incident, nowMs: number): boolean => {
  if (isOfKey(anomaly.kind)) return nowMs - anomaly.foundMs >= USAGE_QUIET_MS;
  if (anomaly.endedMs === null) return false;
  const sinceMs = isSilence(anomaly.kind) ? anomaly.endedMs : seenUntilMs(anomaly);
  return nowMs - sinceMs >= quietMsOf(incident);
};

const quietMsOf = ({ flappingSinceMs }: Incident): number =>
  flappingSinceMs === null ? QUIET_MS : FLAPPING_SPAN_MS;

const hasTraffic = (
  windows: ReadonlyMap<string, SourceWindow>,
  name: string,
  nowMs: number,
): boolean => {
  const window = windows.get(name);
  if (window === undefined) return false;
  const now = bucketOf(nowMs);
  const { records } = countsBetween(window, now - TRAFFIC_BUCKETS, now - 1);
  return records > 0 && records >= TRAFFIC_SHARE * TRAFFIC_BUCKETS * usualRecordsABucket(window);
};
