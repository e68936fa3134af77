import { scoreAnomaly } from '../score/composite.ts';
import { anomalyId, isWorse, type Anomaly } from './anomaly.ts';
import { findLoss, findSilence, type Finding } from './detect.ts';
import { gather, toldBySource, type NamedTemplate } from './evidence.ts';
import type { Source } from './log-record.ts';
import { HOUR_BUCKETS } from './hours.ts';
import { extend, isOther, QUIET_BUCKETS, type Fold, type Part, type SettingsOf } from './part.ts';
import { BUCKET_MS, bucketOf, sourceName, type StampedSummary } from './summary.ts';
import { factsOf, sentenceOf } from './why.ts';
import type { Episode, SourceWindow } from './window.ts';

/** What one evaluation changes of what people see. */
export type AnomalyChange =
  /** Begun, or worse than it was: the higher revision holds. */
  | { readonly kind: 'found'; readonly anomaly: Anomaly }
  | { readonly kind: 'ended'; readonly id: string; readonly endedMs: number };

export interface Conclusion {
  readonly part: Part;
  readonly hasNews: boolean;
  readonly changes: readonly AnomalyChange[];
}

export interface ConcludeInput {
  readonly tenant: string;
  /** All parts of the tenant, by index. */
  readonly folds: ReadonlyMap<number, Fold>;
  /** What the log showed, for samples. */
  readonly blocks: readonly StampedSummary[];
  readonly nowMs: number;
  readonly settingsOf: SettingsOf;
  readonly templateOf: (text: string) => NamedTemplate | null;
}

/** Where the state of the whole tenant is kept. */
const TENANT_PART = 0;
const WHOLE_TENANT: Source = { environment: '', namespace: '', service: '' };

/**
 * Decides what the folds mean: silence needs all parts of a tenant, and so does how far something reaches. Pure; a
 * change belongs to one part, and is written with it or not at all.
 */
export const conclude = (input: ConcludeInput): ReadonlyMap<number, Conclusion> => {
  const tenant = new Tenant(input);
  const conclusions = new Map<number, Conclusion>();
  for (const [index, { part, hasNews }] of tenant.folds) {
    const changes: AnomalyChange[] = [];
    const windows = new Map<string, SourceWindow>();
    for (const [name, window] of part.windows) {
      const [next, changed] = tenant.settle(name, window);
      windows.set(name, next);
      changes.push(...changed);
    }
    const lost = index === TENANT_PART ? tenant.judgeLoss(part, changes) : null;
    conclusions.set(index, { part: { ...part, windows, lost }, hasNews, changes });
  }
  return conclusions;
};

/** The tenant as a whole, while it is judged. */
class Tenant {
  /** With the silence that only all of them together show. */
  readonly folds: ReadonlyMap<number, Fold>;
  private readonly input: ConcludeInput;
  private readonly now: number;
  private readonly told: ReturnType<typeof toldBySource>;
  private readonly deviating: readonly SourceWindow[];

  constructor(input: ConcludeInput) {
    this.input = input;
    this.now = bucketOf(input.nowMs);
    this.folds = withSilence(input, this.now);
    const names = [...this.folds.values()].flatMap(({ findings }) => [...findings.keys()]);
    this.told = toldBySource(input.blocks, new Set(names));
    this.deviating = [...this.folds.values()]
      .flatMap(({ part }) => [...part.windows.values()])
      // What changes over days is not what breaks now.
      .filter(({ open }) =>
        open.some((episode) => episode.kind !== 'drift' && this.isRecent(episode)),
      );
  }

  /** Scores what was found in a source, and ends what is over. */
  settle(name: string, window: SourceWindow): [SourceWindow, readonly AnomalyChange[]] {
    const changes: AnomalyChange[] = [];
    const open = window.open.flatMap((episode) => {
      const found = this.findingOf(name, episode);
      if (found === null && !this.isOver(episode, window)) return [episode];
      if (found === null) {
        changes.push(this.ended(window.source, episode));
        return [];
      }
      const anomaly = this.anomalyOf(name, window, episode, found);
      if (anomaly === null) return episode.band === null ? [] : [episode];
      changes.push({ kind: 'found', anomaly });
      return [{ ...episode, band: anomaly.band, revision: anomaly.revision }];
    });
    return [{ ...window, open }, changes];
  }

  judgeLoss(part: Part, changes: AnomalyChange[]): Episode | null {
    const windows = [...this.folds.values()].flatMap((fold) => [...fold.part.windows.values()]);
    const found = findLoss(windows, this.now);
    if (found === null) {
      if (part.lost !== null) changes.push(this.ended(WHOLE_TENANT, part.lost));
      return null;
    }
    if (part.lost !== null) return part.lost;
    const at = windows.reduce((max, { arrivedBucket }) => Math.max(max, arrivedBucket), 0);
    const [window] = windows;
    if (window === undefined) return null;
    const episode: Episode = {
      kind: 'telemetry_lost',
      openedBucket: at + 1,
      lastBucket: this.now,
      band: null,
      revision: 0,
    };
    const whole = { ...window, source: WHOLE_TENANT, buckets: [], arrivedBucket: at };
    const anomaly = this.anomalyOf('', whole, episode, found);
    if (anomaly === null) return null;
    changes.push({ kind: 'found', anomaly });
    return { ...episode, band: anomaly.band, revision: anomaly.revision };
  }

  private findingOf(name: string, { kind }: Episode): Finding | null {
    for (const { findings } of this.folds.values()) {
      const found = findings.get(name)?.get(kind);
      if (found !== undefined) return found;
    }
    return null;
  }

  /** null: too little for an anomaly, or no worse than what was said. */
  private anomalyOf(
    name: string,
    window: SourceWindow,
    episode: Episode,
    finding: Finding,
  ): Anomaly | null {
    const { tenant, nowMs, templateOf } = this.input;
    const near = this.deviating.filter(
      ({ source }) => source.environment === window.source.environment,
    );
    const others = near.map(({ source }) => source).filter((one) => sourceName(one) !== name);
    const gathered = gather({
      window,
      finding,
      told: this.told.get(name) ?? [],
      services: others.length + 1,
      broken: near.filter((one) => this.isBroken(one)).length,
      silent: near.filter(({ open }) => open.some(({ kind }) => kind === 'went_silent')).length,
      templateOf,
    });
    // Buckets are judged again when their blocks are no longer read: what was said with lines stays.
    if (episode.band !== null && !gathered.isTold) return null;
    const score = scoreAnomaly(gathered.evidence);
    if (score.band === null || !isWorse(score.band, episode.band)) return null;
    return {
      id: anomalyId(tenant, window.source, episode.kind, episode.openedBucket),
      revision: episode.revision + 1,
      tenant,
      kind: episode.kind,
      source: window.source,
      path: gathered.evidence.immediate === null ? 'windowed' : 'immediate',
      openedMs: episode.openedBucket * BUCKET_MS,
      foundMs: nowMs,
      endedMs: null,
      band: score.band,
      score,
      why: sentenceOf(window, finding, gathered),
      facts: factsOf(window, finding, gathered),
      template:
        gathered.template === null
          ? null
          : { id: gathered.template.id, text: gathered.template.text },
      samples: gathered.samples,
      others: others.slice(0, OTHERS_MAX),
    };
  }

  private isBroken({ source }: SourceWindow): boolean {
    const name = sourceName(source);
    return [...this.folds.values()].some(
      ({ findings }) => findings.get(name)?.get('failures')?.isRateBroken === true,
    );
  }

  private ended(source: Source, { kind, openedBucket }: Episode): AnomalyChange {
    const id = anomalyId(this.input.tenant, source, kind, openedBucket);
    return { kind: 'ended', id, endedMs: this.input.nowMs };
  }

  /** What was sent before the silence and comes late is no return. */
  private isOver({ kind, lastBucket, openedBucket }: Episode, window: SourceWindow): boolean {
    if (kind === 'went_silent') return (window.buckets.at(-1)?.bucket ?? 0) >= openedBucket;
    return this.now - lastBucket > (kind === 'drift' ? DRIFT_QUIET_BUCKETS : QUIET_BUCKETS);
  }

  private isRecent(episode: Episode): boolean {
    return episode.kind === 'went_silent' || this.now - episode.lastBucket <= QUIET_BUCKETS;
  }
}

const OTHERS_MAX = 20;
/** A drift is looked for once an hour, and shows in each as long as it lasts. */
const DRIFT_QUIET_BUCKETS = 2.5 * HOUR_BUCKETS;

/** The folds with each source that fell silent while another one of the tenant still speaks. */
const withSilence = (
  { folds, nowMs, settingsOf }: ConcludeInput,
  now: number,
): ReadonlyMap<number, Fold> => {
  const latest = [...folds.values()]
    .flatMap(({ part }) => [...part.windows.values()].map(({ arrivedBucket }) => arrivedBucket))
    .reduce((max, bucket) => Math.max(max, bucket), 0);
  if (latest < now - 1) return folds;
  return new Map(
    [...folds].map(([index, fold]) => [index, withSilent(fold, now, nowMs, settingsOf)]),
  );
};

const withSilent = (fold: Fold, now: number, nowMs: number, settingsOf: SettingsOf): Fold => {
  const windows = new Map(fold.part.windows);
  const findings = new Map(fold.findings);
  for (const [name, window] of windows) {
    if (isOther(window.source) || window.open.some(({ kind }) => kind === 'went_silent')) continue;
    const found = findSilence(window, now);
    if (found === null || settingsOf(window.source).mutedUntilMs > nowMs) continue;
    windows.set(name, extend(window, found));
    findings.set(name, new Map([...(findings.get(name) ?? []), ['went_silent', found]]));
  }
  return { ...fold, part: { ...fold.part, windows }, findings };
};
