import { conclude, type AnomalyChange } from '../../../lambdas/sre/domain/conclude.ts';
import type { Anomaly } from '../../../lambdas/sre/domain/anomaly.ts';
import { driftText, readDrift } from '../../../lambdas/sre/domain/drift-text.ts';
import { driftsByName, dueDrifts, foldDrift } from '../../../lambdas/sre/domain/fold-drift.ts';
import type { NamedTemplate } from '../../../lambdas/sre/domain/evidence.ts';
import {
  EMPTY_PART,
  foldPart,
  OVERLAP_MS,
  PARTS,
  shareOut,
  type Fold,
  type Part,
} from '../../../lambdas/sre/domain/part.ts';
import { readPart, partText } from '../../../lambdas/sre/domain/part-text.ts';
import type { SourceDrift } from '../../../lambdas/sre/domain/source-drift.ts';
import { BUCKET_MS, bucketOf, type StampedSummary } from '../../../lambdas/sre/domain/summary.ts';
import { usualSettings } from './entries.ts';

/** A tenant that is evaluated again and again without a store: its parts are written and read in between all the same. */
export class FoldedTenant {
  readonly changes: AnomalyChange[] = [];
  private parts = new Map<number, Part>();
  private readonly drifts = new Map<string, SourceDrift>();
  private blocks: readonly StampedSummary[] = [];

  /** Evaluates at `nowMs` with what arrived since the last time. */
  evaluate(nowMs: number, fresh: readonly StampedSummary[]): readonly AnomalyChange[] {
    const fromMs = nowMs - OVERLAP_MS - BUCKET_MS;
    this.blocks = [...this.blocks.filter(({ stampMs }) => stampMs > fromMs), ...fresh];
    const shares = shareOut(this.blocks);
    const youngestMs = this.blocks.reduce((max, { stampMs }) => Math.max(max, stampMs), 0);
    const folded = new Map(
      Array.from({ length: PARTS }, (_, index) => [
        index,
        foldPart({
          index,
          part: this.parts.get(index) ?? EMPTY_PART,
          blocks: shares.get(index) ?? [],
          sinceMs: 0,
          youngestMs,
          nowMs,
          settingsOf: usualSettings,
        }),
      ]),
    );
    const folds = new Map([...folded].map(([index, fold]) => [index, this.learn(fold, nowMs)]));
    const concluded = conclude({
      tenant: 'tenant',
      folds,
      blocks: this.blocks,
      nowMs,
      settingsOf: usualSettings,
      templateOf: asItIs,
    });
    this.parts = new Map([...concluded].map(([index, { part }]) => [index, stored(part)]));
    const changes = [...concluded.values()].flatMap((one) => one.changes);
    this.changes.push(...changes);
    return changes;
  }

  private learn(fold: Fold, nowMs: number): Fold {
    const now = bucketOf(nowMs);
    const due = driftsByName(dueDrifts(fold.part, now), this.drifts);
    const drifted = foldDrift({ fold, due, now, nowMs, settingsOf: usualSettings });
    for (const [name, drift] of drifted.drifts) this.drifts.set(name, readDrift(driftText(drift)));
    return drifted.fold;
  }

  found(): readonly Anomaly[] {
    return foundIn(this.changes);
  }
}

export const foundIn = (changes: readonly AnomalyChange[]): readonly Anomaly[] =>
  changes.flatMap((change) => (change.kind === 'found' ? [change.anomaly] : []));

const stored = (part: Part): Part => readPart(partText(part));
const asItIs = (text: string): NamedTemplate => ({ id: 'T1', text, novelty: 'known' });
