import type { Baseline } from '../correlate/baseline.ts';
import { boundBaseline, fadeBaseline } from '../correlate/bound-baseline.ts';
import { callsOf, type Call } from '../correlate/calls.ts';
import { versionsOf } from '../correlate/deploys.ts';
import { flagCalls } from '../correlate/flags.ts';
import type { LearnRequest } from '../correlate/learn-request.ts';
import { learnFacts, learnMinute } from '../correlate/learn.ts';
import { Usual } from '../correlate/usual.ts';
import { partOf } from '../domain/part.ts';
import {
  BASELINE_PARTS,
  type BaselineStore,
  type StoredBaseline,
  type Telemetry,
  type TelemetryWindow,
} from '../ports/causes.ts';

export interface LearnDeps {
  readonly telemetry: Telemetry;
  readonly baselines: BaselineStore;
}

const MINUTE_MS = 60_000;
/** Half of a call looks like one that went wrong: what belongs to calls of a window is read before and after it. */
export const AROUND_MS = 15_000;
/** Once something is learned the first hour is learned whole, else one minute in five: reads and writes cost. */
const EAGER_MINUTES = 60;
const LEARN_EVERY = 5;
/** Six hours: a day later it counts a sixteenth. */
const FADE_MINUTES = 360;

/**
 * Learns what is usual for a tenant's calls from one minute. Twice or late, it learns a minute once; one that killed whoever
 * learned it is not tried again, so that a minute that is too large costs once.
 */
export const learn = async (
  { telemetry, baselines }: LearnDeps,
  { tenant, minute }: LearnRequest,
): Promise<void> => {
  const parts = await begun(baselines, tenant, minute);
  if (parts === null) return;
  const baseline = mergedBaseline(parts);
  const fromMs = minute * MINUTE_MS;
  const toMs = fromMs + MINUTE_MS;
  const window = await telemetry.read({
    tenant,
    fromMs: fromMs - AROUND_MS,
    toMs: toMs + AROUND_MS,
  });
  const calls = wholeCalls(window, fromMs).filter(({ startMs }) => startMs < toMs);
  const flagged = flagCalls(calls, new Usual(baseline));
  const versions = versionsOf(
    window.lines.map(({ record }) => record),
    window.spans,
  );
  const ofPart = Map.groupBy(flagged, ({ call }) => partOf(call.service) % BASELINE_PARTS);
  for (const [index, own] of ofPart) {
    const part = parts[index];
    if (part === undefined || part.minute >= minute) continue;
    const isFading = part.fadedMinute > 0 && minute - part.fadedMinute >= FADE_MINUTES;
    if (isFading) fadeBaseline(part.baseline);
    learnMinute(part.baseline, { minute, flagged: own });
    learnFacts(part.baseline, { minute, versions, metrics: window.metrics });
    boundBaseline(part.baseline);
    // Who loses the race has nothing to add: the winner learned the same minute, or a later one.
    await baselines.save(tenant, index, {
      ...part,
      minute,
      fadedMinute: isFading || part.fadedMinute === 0 ? minute : part.fadedMinute,
    });
  }
};

/** The parts, when this minute is to be learned and nobody began it: it is written that it is begun before it is read. */
const begun = async (
  baselines: BaselineStore,
  tenant: string,
  minute: number,
): Promise<readonly StoredBaseline[] | null> => {
  const parts = await baselines.load(tenant);
  const { minutes } = mergedBaseline(parts);
  const isEager = minutes > 0 && minutes < EAGER_MINUTES;
  const last = Math.max(...parts.map((part) => Math.max(part.minute, part.begunMinute)));
  const [first, ...rest] = parts;
  if (first === undefined || minute - last < (isEager ? 1 : LEARN_EVERY)) return null;
  const next = { ...first, begunMinute: minute };
  if (!(await baselines.save(tenant, 0, next))) return null;
  return [{ ...next, version: first.version + 1 }, ...rest];
};

export const mergedBaseline = (parts: readonly StoredBaseline[]): Baseline => ({
  minutes: Math.max(0, ...parts.map(({ baseline }) => baseline.minutes)),
  services: new Map(parts.flatMap(({ baseline }) => [...baseline.services])),
});

/** Calls that began when everything that was sent is at hand. */
export const wholeCalls = (
  { spans, lines, wholeFromMs }: TelemetryWindow,
  fromMs: number,
): readonly Call[] =>
  callsOf(spans, lines).filter(({ startMs }) => startMs >= Math.max(fromMs, wholeFromMs));
