import { emptyHour, hourOf, HOUR_BUCKETS, doneUntil } from './hours.ts';
import type { Source } from './log-record.ts';
import { extend, isOther, type Fold, type Part, type SettingsOf } from './part.ts';
import { driftFinding } from './detect.ts';
import { newSourceDrift, stepSource, type SourceDrift } from './source-drift.ts';
import { sourceName } from './summary.ts';
import { usualRecordsABucket, type SourceWindow } from './window.ts';

/** Five minutes: what comes later is not in its hour. */
const SETTLE_BUCKETS = 30;
/** Services take turns within twenty minutes, so that no evaluation learns all of them. */
const TURNS_BUCKETS = 120;
/** One transaction holds so many; the others come with the next evaluation. */
const DRIFTS_A_FOLD_MAX = 30;
/** Two hours that nobody looked are gone. */
const HOURS_BACK_MAX = 2;
/** A service that usually sends one record a minute, and sent none in an hour, is silent: that is reported otherwise. */
const SPEAKS_A_BUCKET = 1 / 6;

/** Sources whose last hour can be learned by now, so many of a part at once. */
export const dueDrifts = ({ windows }: Part, now: number): readonly Source[] => {
  const due: Source[] = [];
  for (const [name, window] of windows) {
    if (due.length === DRIFTS_A_FOLD_MAX) break;
    if (isOther(window.source) || nextHour(window, now) > lastHour(name, now)) continue;
    due.push(window.source);
  }
  return due;
};

const nextHour = ({ hours }: SourceWindow, now: number): number =>
  Math.max(hours.doneHour + 1, hourOf(now) - HOURS_BACK_MAX);

const lastHour = (name: string, now: number): number =>
  hourOf(now - SETTLE_BUCKETS - turnOf(name)) - 1;

/** The bucket from which on an hour of a source can be learned. */
export const dueBucketOf = (name: string, hour: number): number =>
  (hour + 1) * HOUR_BUCKETS + SETTLE_BUCKETS + turnOf(name);

const turnOf = (name: string): number => {
  let sum = 0;
  for (const byte of Buffer.from(name)) sum = (sum * 31 + byte) % TURNS_BUCKETS;
  return sum;
};

export interface DriftInput {
  readonly fold: Fold;
  /** Those that are due, with what is stored of them; null: nothing is. */
  readonly due: ReadonlyMap<string, SourceDrift | null>;
  readonly now: number;
  readonly nowMs: number;
  readonly settingsOf: SettingsOf;
}

export interface DriftFold {
  readonly fold: Fold;
  /** What is to be stored with the part, by the name of the source. */
  readonly drifts: ReadonlyMap<string, SourceDrift>;
}

/**
 * Learns one hour of each source that is due. The window says which hour is next, so that one is learned once, and the
 * window is stored in one transaction with what was learned.
 */
export const foldDrift = ({ fold, due, now, nowMs, settingsOf }: DriftInput): DriftFold => {
  if (due.size === 0) return { fold, drifts: new Map() };
  const windows = new Map(fold.part.windows);
  const findings = new Map(fold.findings);
  const drifts = new Map<string, SourceDrift>();
  for (const [name, stored] of due) {
    const window = windows.get(name);
    if (window === undefined) continue;
    const hour = nextHour(window, now);
    const settings = settingsOf(window.source);
    const done = { ...window, hours: doneUntil(window.hours, hour) };
    windows.set(name, done);
    const counts = window.hours.kept.find((one) => one.hour === hour) ?? emptyHour(hour);
    const isSilent = counts.records === 0 && usualRecordsABucket(window) >= SPEAKS_A_BUCKET;
    if (settings.isIncident || counts.isTroubled || isSilent || hasTrouble(window, hour)) continue;
    const { drift, found } = stepSource(stored ?? newSourceDrift(), counts, settings.sensitivity);
    drifts.set(name, drift);
    const followed = { ...done, hours: { ...done.hours, known: new Set(drift.lines.keys()) } };
    windows.set(name, followed);
    if (found === null || settings.mutedUntilMs > nowMs) continue;
    const finding = driftFinding(now, found);
    windows.set(name, extend(followed, finding));
    findings.set(name, new Map([...(findings.get(name) ?? []), ['drift', finding]]));
  }
  return { fold: { ...fold, part: { ...fold.part, windows }, findings }, drifts };
};

const hasTrouble = ({ open }: SourceWindow, hour: number): boolean =>
  open.some(({ kind, lastBucket }) => kind !== 'drift' && lastBucket >= hour * HOUR_BUCKETS);

export const driftsByName = (
  sources: readonly Source[],
  stored: ReadonlyMap<string, SourceDrift>,
): ReadonlyMap<string, SourceDrift | null> =>
  new Map(
    sources.map((source) => {
      const name = sourceName(source);
      return [name, stored.get(name) ?? null];
    }),
  );
