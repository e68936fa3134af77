/** What a record may be a sign of, with what each weighs (0 to 1). */
export const GROUP_WEIGHTS = {
  oom: 0.95,
  crash: 0.95,
  resource: 0.8,
  dependency: 0.75,
  database: 0.75,
  timeout: 0.7,
  connection: 0.65,
  auth: 0.4,
} as const;

export type SignalGroup = keyof typeof GROUP_WEIGHTS;

/** One record of these is enough: nothing waits for a window. */
export const IMMEDIATE_GROUPS: ReadonlySet<SignalGroup> = new Set(['oom', 'crash', 'resource']);

/** `strong`: the words leave no doubt, so that they count from INFO up. `weak`: they count from WARN up. */
export type Strength = 'strong' | 'weak';

export interface Signal {
  readonly group: SignalGroup;
  /** Of its group; nearer to 1 when a dump follows. */
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

/** Severity numbers of OpenTelemetry where a range begins. */
export const SEVERITY = { unknown: 0, info: 9, warn: 13, error: 17, fatal: 21 } as const;
