import type { Evidence } from '../score/composite.ts';
import { NO_EVIDENCE } from '../score/no-evidence.ts';
import { immediateKind, type Finding } from './detect.ts';
import { lineKeyOf } from './hours.ts';
import { IMMEDIATE_GROUPS, type SignalGroup } from './signal.ts';
import type { FoundDrift } from './source-drift.ts';
import {
  recordId,
  SAMPLES_A_SHAPE_MAX,
  sourceName,
  type Entry,
  type Shape,
  type StampedSummary,
} from './summary.ts';
import { countsBetween, failuresOf, type Counts, type SourceWindow } from './window.ts';

export type Novelty = 'new' | 'few' | 'known';

/** A shape's template, and how often it was seen. */
export interface NamedTemplate {
  readonly id: string;
  readonly text: string;
  readonly novelty: Novelty;
}

/** An entry, and the block that it came with. */
export interface Told {
  readonly block: string;
  readonly entry: Entry;
}

/** Lines of the same shape, over blocks. */
interface Lines {
  readonly shape: Shape;
  count: number;
  readonly samples: string[];
}

export interface Deviation {
  readonly window: SourceWindow;
  readonly finding: Finding;
  /** What the blocks at hand say of the source. */
  readonly told: readonly Told[];
  /** Sources of the same environment that deviate now, this one among them. */
  readonly services: number;
  /** Of those, in how many the rate rule holds, and how many are silent. */
  readonly broken: number;
  readonly silent: number;
  readonly templateOf: (text: string) => NamedTemplate | null;
}

export interface Gathered {
  readonly evidence: Evidence;
  /** Blocks at hand show it; else only the window's counts do. */
  readonly isTold: boolean;
  readonly counts: Counts;
  readonly template: NamedTemplate | null;
  readonly samples: readonly string[];
  /** The shape that says most, as it was read. */
  readonly text: string | null;
}

/** Entries by source, so that a deviation looks at its own alone. */
export const toldBySource = (
  blocks: readonly StampedSummary[],
  names: ReadonlySet<string>,
): ReadonlyMap<string, readonly Told[]> => {
  const told = new Map<string, Told[]>();
  for (const { block, summary } of blocks)
    for (const entry of summary) {
      const name = sourceName(entry.source);
      if (!names.has(name)) continue;
      const list = told.get(name) ?? [];
      list.push({ block, entry });
      told.set(name, list);
    }
  return told;
};

/** All that speaks for and against a deviation. Counts are the window's, exact; lines are those of the blocks at hand. */
export const gather = (deviation: Deviation): Gathered => {
  const { window, finding, services, broken, silent } = deviation;
  const { bucket, span } = finding;
  if (finding.drift !== null) return gatherDrift(deviation, finding.drift);
  const counts = countsBetween(window, bucket - span + 1, bucket);
  const isOne = isGroup(finding.kind);
  const told = deviation.told.filter(
    ({ entry }) => entry.bucket > bucket - span && entry.bucket <= bucket,
  );
  const lines = linesOf(told, finding);
  const first = lines[0]?.shape ?? null;
  const template = first === null ? null : deviation.templateOf(first.text);
  const isQuiet = finding.kind === 'went_silent' || finding.kind === 'telemetry_lost';
  const severity = highest(
    isOne ? lines.map(({ shape }) => shape.severity) : told.map(({ entry }) => entry.severity),
  );
  const evidence: Evidence = {
    immediate: isOne ? severity : null,
    // No lines at all are no proof that there was nothing to read in them.
    signals: lines.length > 0 ? signalsOf(lines, isOne) : told.length > 0 || isQuiet ? null : [],
    severity: isQuiet ? null : severity,
    frames: highest(lines.map(({ shape }) => shape.frames)) ?? 0,
    exceptionType:
      lines.find(({ shape }) => shape.exceptionType !== null)?.shape.exceptionType ?? null,
    statistics: statisticsOf(finding, counts),
    context: {
      services,
      velocity: isQuiet ? null : velocityOf(window, finding),
      novelty: template?.novelty ?? 'known',
    },
    statuses: counts.requests === 0 || isQuiet ? null : statusesOf(told),
    failures: failuresOf(counts),
    clientFaults: clientFaultsOf(window, finding, counts),
    authFaults: 2 * counts.authFaults >= counts.requests ? 0 : counts.authFaults,
    requests: counts.requests,
    rateRule: finding.isRateBroken ? broken : 0,
    silence: finding.kind === 'telemetry_lost' ? 2 : finding.kind === 'went_silent' ? silent : 0,
    burn: finding.burn?.rule ?? null,
    drift: null,
  };
  return {
    evidence,
    isTold: told.length > 0,
    counts,
    template,
    samples: lines.flatMap(({ samples }) => samples).slice(0, SAMPLES_A_SHAPE_MAX),
    text: first?.text ?? null,
  };
};

/** Of hours and weeks: the lines at hand show one of its kind, and no more. */
const gatherDrift = (
  { window, finding, told, templateOf }: Deviation,
  { z, times, hours, severity, text }: FoundDrift,
): Gathered => {
  const key = text === null ? null : lineKeyOf(text);
  const lines = linesOf(told, finding).filter(({ shape }) => lineKeyOf(shape.text) === key);
  return {
    evidence: { ...NO_EVIDENCE, drift: { z, times, hours, severity } },
    isTold: told.length > 0,
    counts: countsBetween(window, finding.bucket, finding.bucket),
    template: lines[0] === undefined ? null : templateOf(lines[0].shape.text),
    samples: lines.flatMap(({ samples }) => samples).slice(0, SAMPLES_A_SHAPE_MAX),
    text,
  };
};

const isGroup = (kind: string): boolean => IMMEDIATE_GROUPS.some((group) => group === kind);

/** Null where nothing says. */
const highest = (values: readonly number[]): number | null =>
  values.length === 0 ? null : Math.max(...values);

/** The lines that speak for it: what weighs most first, then what is most frequent. */
const linesOf = (told: readonly Told[], { kind }: Finding): readonly Lines[] => {
  const lines = new Map<string, Lines>();
  for (const { block, entry } of told)
    for (const shape of entry.shapes) {
      if (isGroup(kind) && immediateKind(shape) !== kind) continue;
      const line = lines.get(shape.text) ?? { shape, count: 0, samples: [] };
      line.count += shape.count;
      line.samples.push(...shape.samples.map((index) => recordId(block, index)));
      lines.set(shape.text, line);
    }
  return [...lines.values()].toSorted(
    (left, right) => weightOf(right.shape) - weightOf(left.shape) || right.count - left.count,
  );
};

const weightOf = ({ severity, signals }: Shape): number =>
  severity * 1_000 + Math.max(0, ...signals.map(({ weight }) => weight));

/** Of what is said by fewer lines than that one line in twenty says nothing of the whole. */
const LINES_SHARE_MIN = 0.05;

const signalsOf = (
  lines: readonly Lines[],
  isOne: boolean,
): readonly { readonly group: SignalGroup; readonly weight: number }[] => {
  const all = lines.reduce((sum, { count }) => sum + count, 0);
  const groups = new Map<SignalGroup, { count: number; weight: number }>();
  for (const { shape, count } of lines)
    for (const { group, weight } of shape.signals) {
      const sum = groups.get(group) ?? { count: 0, weight: 0 };
      groups.set(group, { count: sum.count + count, weight: Math.max(sum.weight, weight) });
    }
  return [...groups]
    .filter(([, { count }]) => isOne || count >= LINES_SHARE_MIN * all)
    .map(([group, { weight }]) => ({ group, weight }));
};

const statisticsOf = ({ burst, isRateBroken }: Finding, counts: Counts): Evidence['statistics'] => {
  if (burst === null && !isRateBroken) return null;
  const share = counts.records === 0 ? 0 : failuresOf(counts) / counts.records;
  return { z: burst?.z ?? null, failingShare: isRateBroken ? share : null };
};

const CONTEXT_BUCKETS = 30;

/** Failures a bucket against the mean of the five minutes before; fewer than one a bucket counts as one. */
const velocityOf = (
  window: SourceWindow,
  { bucket, span }: Finding,
): { readonly times: number; readonly isFirst: boolean } => {
  const now = failuresOf(countsBetween(window, bucket - span + 1, bucket)) / span;
  const before = failuresOf(
    countsBetween(window, bucket - span - CONTEXT_BUCKETS + 1, bucket - span),
  );
  return { times: now / Math.max(1, before / CONTEXT_BUCKETS), isFirst: before === 0 };
};

/** Those beyond what is usual: scanners ask for what is not there all day, and hide no failure by it. */
const clientFaultsOf = (
  window: SourceWindow,
  { bucket, span }: Finding,
  { clientFaults }: Counts,
): number => {
  const before = countsBetween(window, bucket - span - CONTEXT_BUCKETS + 1, bucket - span);
  return Math.max(0, clientFaults - (before.clientFaults * span) / CONTEXT_BUCKETS);
};

const statusesOf = (told: readonly Told[]): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {};
  for (const { entry } of told) {
    for (const [status, count] of Object.entries(entry.statuses))
      sums[status] = (sums[status] ?? 0) + count;
    if (2 * entry.authFaults >= entry.requests && entry.authFaults > 0)
      sums['401'] = (sums['401'] ?? 0) + entry.authFaults;
  }
  return sums;
};
