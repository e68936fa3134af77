import { anomalyOfItem } from '../../lambdas/sre/adapters/anomaly-items.ts';
import { tableWindowStore } from '../../lambdas/sre/adapters/table-window-store.ts';
import { partOf } from '../../lambdas/sre/domain/part.ts';
import { sourceName, type StampedSummary } from '../../lambdas/sre/domain/summary.ts';
import { countsAt, KEPT_BUCKETS, type SourceWindow } from '../../lambdas/sre/domain/window.ts';
import { usualIn } from '../../lambdas/sre/score/drift/season.ts';
import { sourceOf } from '../support/sre/entries.ts';
import { must } from './scheduler.ts';
import {
  HOUR_RECORDS,
  LEARNED_HOUR,
  TENANT,
  type Planted,
  type SimulatedSenders,
} from './simulated-senders.ts';

/** Every window against a straight count of what was stored, and every anomaly against what was planted. */
export const checkWindows = async (senders: SimulatedSenders, seen: Set<string>): Promise<void> => {
  const parts = await tableWindowStore({ tables: senders.memory }).load(TENANT);
  const windows = new Map([...parts.values()].flatMap(({ part }) => [...part.windows]));
  must(windows.size === senders.services.length, 'a source has no window, or two');
  for (const service of senders.services) {
    const window = windows.get(sourceName(sourceOf(service)));
    if (window === undefined) throw new Error(`${service} has no window`);
    checkCounts(window, [...senders.stored.values()]);
  }
  await checkHour(senders, windows, seen);
  checkAnomalies(senders, seen);
};

/** The hour that was over is learned exactly when the window says so, once, as it was counted. */
const checkHour = async (
  { memory, planted }: SimulatedSenders,
  windows: ReadonlyMap<string, SourceWindow>,
  seen: Set<string>,
): Promise<void> => {
  for (const [name, { source, hours }] of windows) {
    const index = partOf(name);
    const stored = await tableWindowStore({ tables: memory }).drifts(TENANT, index, [source]);
    const drift = stored.get(name);
    if (hours.doneHour < LEARNED_HOUR) must(drift === undefined, 'an hour is learned, or is not');
    else if (drift === undefined)
      must(
        planted.some(({ service }) => service === source.service),
        `the hour of ${source.service} is lost`,
      );
    else {
      seen.add('hour learned');
      const { learned, season } = drift.series.records;
      const low = usualIn(season, LEARNED_HOUR, true)?.low ?? 0;
      must(learned === 1 && drift.hour === LEARNED_HOUR, 'an hour is learned once');
      must(Math.abs(low / HOUR_RECORDS - 1) < 0.001, 'an hour is learned as it was counted');
    }
  }
};

const checkCounts = (window: SourceWindow, blocks: readonly StampedSummary[]): void => {
  const name = sourceName(window.source);
  const entries = blocks
    .flatMap(({ summary }) => summary)
    .filter(({ source }) => sourceName(source) === name);
  const newest = Math.max(...window.buckets.map(({ bucket }) => bucket));
  const buckets = new Set(entries.map(({ bucket }) => bucket));
  for (const bucket of buckets) {
    if (bucket <= newest - KEPT_BUCKETS) continue;
    const due = entries.filter((entry) => entry.bucket === bucket);
    const sum = (figure: 'records' | 'failing'): number =>
      due.reduce((total, entry) => total + entry[figure], 0);
    const { records, failing } = countsAt(window, bucket);
    must(
      records === sum('records') && failing === sum('failing'),
      `${window.source.service} has ${records} records and ${failing} failures in a bucket of ${sum('records')} and ${sum('failing')}`,
    );
  }
};

const checkAnomalies = ({ memory, planted }: SimulatedSenders, seen: Set<string>): void => {
  const anomalies = [...memory.items.sre.values()]
    .filter(({ pk }) => String(pk).startsWith('ANO#'))
    .map(anomalyOfItem);
  for (const { score } of anomalies)
    must(
      score.parts.reduce((sum, { points }) => sum + points, score.adjustment.points) ===
        score.score,
      'parts and adjustment are not the score',
    );
  for (const { revision } of anomalies) if (revision > 1) seen.add('worse than it was');
  for (const one of planted) {
    const found = anomalies.filter(
      ({ source, kind }) => source.service === one.service && kind === one.kind,
    );
    must(found.length <= 1, `${one.kind} of ${one.service} was announced ${found.length} times`);
    must(found.length === 1 || isShort(one), `${one.kind} of ${one.service} was not announced`);
    if (one.kind !== 'went_silent' || found[0] === undefined) continue;
    const isBack = one.untilMs !== null;
    must((found[0].endedMs !== null) === isBack, 'silence ends by return, and by nothing else');
    if (isBack) seen.add('spoke again');
  }
  const due = new Set(planted.map(({ service, kind }) => `${service} ${kind}`));
  for (const { source, kind, why } of anomalies)
    must(due.has(`${source.service} ${kind}`), `announced for nothing: ${why}`);
};

/** A silence that ends may be over before anybody looks. */
const isShort = ({ kind, untilMs }: Planted): boolean => kind === 'went_silent' && untilMs !== null;
