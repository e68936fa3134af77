import type { SignalGroup } from '../../domain/signal.ts';

/** `strong`: the words leave no doubt, so that they count from INFO up. `weak`: they count from WARN up. */
export type Strength = 'strong' | 'weak';

export interface Signal {
  readonly group: SignalGroup;
  /** Thousandths: its group's, nearer to 1,000 when a dump follows. */
  readonly weight: number;
  /** Name of the entry of the table that fits. */
  readonly shape: string;
  readonly strength: Strength;
  /** What fits, as it stands in the record. */
  readonly excerpt: string;
}

/** One entry of the table. Its examples and counter-examples are its tests. */
export interface Shape {
  /** Unique; a reader of an anomaly sees it. */
  readonly name: string;
  readonly group: SignalGroup;
  readonly strength: Strength;
  /** See pattern.ts for their language. */
  readonly patterns: readonly string[];
  readonly examples: readonly string[];
  /** Near misses: this shape fits none of them. */
  readonly counterExamples: readonly string[];
}
