import { conclude, type AnomalyChange } from '../../../lambdas/sre/domain/conclude.ts';
import type { Anomaly } from '../../../lambdas/sre/domain/anomaly.ts';
import type { NamedTemplate } from '../../../lambdas/sre/domain/evidence.ts';
import {
  EMPTY_PART,
  foldPart,
  OVERLAP_MS,
  PARTS,
  shareOut,
  type Part,
} from '../../../lambdas/sre/domain/part.ts';
import { readPart, partText } from '../../../lambdas/sre/domain/part-text.ts';
import { BUCKET_MS, type StampedSummary } from '../../../lambdas/sre/domain/summary.ts';
import { usualSettings } from './entries.ts';

/** A tenant that is evaluated again and again without a store: its parts are written and read in between all the same. */
export class FoldedTenant {
  readonly changes: AnomalyChange[] = [];
  private parts = new Map<number, Part>();
  private blocks: readonly StampedSummary[] = [];

  /** Evaluates at `nowMs` with what arrived since the last time. */
  evaluate(nowMs: number, fresh: readonly StampedSummary[]): readonly AnomalyChange[] {
    const fromMs = nowMs - OVERLAP_MS - BUCKET_MS;
    this.blocks = [...this.blocks.filter(({ stampMs }) => stampMs > fromMs), ...fresh];
    const shares = shareOut(this.blocks);
    const youngestMs = this.blocks.reduce((max, { stampMs }) => Math.max(max, stampMs), 0);
    const folds = new Map(
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

  found(): readonly Anomaly[] {
    return foundIn(this.changes);
  }
}

export const foundIn = (changes: readonly AnomalyChange[]): readonly Anomaly[] =>
  changes.flatMap((change) => (change.kind === 'found' ? [change.anomaly] : []));

const stored = (part: Part): Part => readPart(partText(part));
const asItIs = (text: string): NamedTemplate => ({ id: 'T1', text, novelty: 'known' });
