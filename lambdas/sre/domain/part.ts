import type { Sensitivity } from '../score/statistics.ts';
import { findFailures, findImmediate, stronger, type Finding } from './detect.ts';
import { doneUntil, hourOf, trouble } from './hours.ts';
import { bucketOf, OTHER, sourceName, type Entry, type StampedSummary } from './summary.ts';
import type { Source } from './log-record.ts';
import {
  addEntry,
  closeBuckets,
  FORGOTTEN_BUCKETS,
  newWindow,
  OPEN_BUCKETS,
  type Episode,
  type EpisodeKind,
  type SourceWindow,
} from './window.ts';

/** A tenant's sources are shared out by hash: a source is in one part, whoever folds it. */
export const PARTS = 16;
/** About 25 KB without their hours, which smallerPart bounds. What is beyond them counts for `other`, part by part. */
export const SOURCES_A_PART_MAX = 160;
/** An index may lag so much, and a clock be so wrong: what arrived that long before the cursor is looked at again. */
export const OVERLAP_MS = 30_000;
/** Quiet for so long is over: five minutes. */
export const QUIET_BUCKETS = 30;
/** No line of older events is reported as if it were now. */
const STALE_BUCKETS = 30;
/** 48 bits: of a billion blocks in an overlap of 30,000 some 100 look like another one. */
const BLOCK_ID_CHARACTERS = 12;
/** 300 KB of an item that may have 400. */
const SEEN_MAX = 50_000;

/** Windows of a part, and what was folded into them. */
export interface Part {
  /** The youngest stamp that was folded. */
  readonly cursorMs: number;
  /** Blocks of the overlap that are in the windows, by the start of their hash: when they arrived, or up to a second later. */
  readonly seen: ReadonlyMap<string, number>;
  /** What arrived before counts as folded: there was no room to remember it. 0 as a rule. */
  readonly floorMs: number;
  readonly windows: ReadonlyMap<string, SourceWindow>;
  /** Records that counted for `other`. */
  readonly folded: number;
  /** The whole tenant is silent: kept in the first part. */
  readonly lost: Episode | null;
}

export const EMPTY_PART: Part = {
  cursorMs: 0,
  seen: new Map(),
  floorMs: 0,
  windows: new Map(),
  folded: 0,
  lost: null,
};

/** What people set for a source. */
export interface SourceSettings {
  readonly sensitivity: Sensitivity;
  /** Nothing is said of it until then. */
  readonly mutedUntilMs: number;
  /** An incident of it is open: its baseline stands still. */
  readonly isIncident: boolean;
}

export const USUAL_SETTINGS: SourceSettings = {
  sensitivity: 'normal',
  mutedUntilMs: 0,
  isIncident: false,
};

export type SettingsOf = (source: Source) => SourceSettings;

/** FNV-1a, 32 bits. http://www.isthe.com/chongo/tech/comp/fnv/ */
export const partOf = (name: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % PARTS;
};

export interface Fold {
  readonly part: Part;
  /** Something was folded: an old stamp that the index showed late moves no cursor. */
  readonly hasNews: boolean;
  /** For each source that deviates, its strongest finding of each kind. */
  readonly findings: ReadonlyMap<string, ReadonlyMap<EpisodeKind, Finding>>;
}

export interface FoldInput {
  readonly index: number;
  readonly part: Part;
  /** Entries of this part in what the log shows, in any order, seen or not: as `shareOut` gives them. */
  readonly blocks: readonly StampedSummary[];
  /** The log was read from here on: nothing is known of what came before it and after the part's cursor. */
  readonly sinceMs: number;
  /** The youngest stamp that the log shows, in whatever part. */
  readonly youngestMs: number;
  readonly nowMs: number;
  readonly settingsOf: SettingsOf;
}

/**
 * Folds what is new into the windows, in the order of arrival, and judges after each bucket of arrival as if it were
 * then: a tick that is late, double or missing changes nothing. Pure; the same blocks always make the same windows.
 */
export const foldPart = (input: FoldInput): Fold => {
  const { part, nowMs } = input;
  const news = newBlocks(input);
  const steps = Map.groupBy(news, ({ stampMs }) => bucketOf(stampMs));
  const folding = new Folding(input);
  for (const [bucket, blocks] of [...steps].toSorted(([left], [right]) => left - right)) {
    for (const { summary } of blocks) for (const entry of summary) folding.add(entry, bucket);
    folding.judge(bucket);
  }
  folding.judge(bucketOf(nowMs));
  const cursorMs = Math.max(part.cursorMs, Math.min(input.youngestMs, nowMs));
  return {
    part: {
      ...part,
      cursorMs,
      ...seenSince(cursorMs - OVERLAP_MS, part, news),
      windows: folding.windows,
      folded: part.folded + folding.folded,
    },
    hasNews: news.length > 0,
    findings: folding.findings,
  };
};

/** Entries by part, each hashed once. */
export const shareOut = (
  blocks: readonly StampedSummary[],
): ReadonlyMap<number, readonly StampedSummary[]> => {
  const shares = new Map<number, StampedSummary[]>();
  for (const block of blocks)
    for (const [index, summary] of Map.groupBy(block.summary, indexOf)) {
      const share = shares.get(index) ?? [];
      share.push({ ...block, summary });
      shares.set(index, share);
    }
  return shares;
};

const indexOf = ({ source }: Entry): number => partOf(sourceName(source));

/** Blocks that are in no window yet, each once, in the order of their arrival. */
const newBlocks = ({ part, blocks }: FoldInput): readonly StampedSummary[] => {
  const news = new Map<string, StampedSummary>();
  const oldestMs = Math.max(part.cursorMs - OVERLAP_MS, part.floorMs);
  for (const block of blocks) {
    const id = blockId(block);
    // Older ones were folded, and are forgotten here: to fold one again would count it twice.
    if (part.seen.has(id) || block.stampMs < oldestMs) continue;
    news.set(id, block);
  }
  return [...news.values()].toSorted(
    (left, right) => left.stampMs - right.stampMs || (left.block < right.block ? -1 : 1),
  );
};

const blockId = ({ block }: StampedSummary): string => block.slice(0, BLOCK_ID_CHARACTERS);

const seenSince = (
  fromMs: number,
  part: Part,
  news: readonly StampedSummary[],
): Pick<Part, 'seen' | 'floorMs'> => {
  const fresh = news.map((block) => [blockId(block), block.stampMs] as const);
  const seen = [...part.seen, ...fresh].filter(([, stampMs]) => stampMs >= fromMs);
  if (seen.length <= SEEN_MAX) return { seen: new Map(seen), floorMs: part.floorMs };
  const stamps = seen.map(([, stampMs]) => stampMs).toSorted((left, right) => right - left);
  const floorMs = (stamps[SEEN_MAX] ?? 0) + 1;
  return { seen: new Map(seen.filter(([, stampMs]) => stampMs >= floorMs)), floorMs };
};

/** One fold at work; nobody else sees it. */
class Folding {
  readonly windows: Map<string, SourceWindow>;
  readonly findings = new Map<string, Map<EpisodeKind, Finding>>();
  folded = 0;
  private readonly input: FoldInput;

  constructor(input: FoldInput) {
    this.input = input;
    const { part, sinceMs } = input;
    const isWhole = part.cursorMs === 0 || sinceMs <= part.cursorMs;
    this.windows = isWhole
      ? new Map(part.windows)
      : new Map([...part.windows].map(([name, window]) => [name, skipTo(window, sinceMs)]));
  }

  add(entry: Entry, arrivedBucket: number): void {
    const source = this.placeFor(entry);
    const name = sourceName(source);
    const window = this.windows.get(name) ?? newWindow(source, entry.bucket, arrivedBucket);
    this.windows.set(name, addEntry(window, entry, arrivedBucket));
    if (arrivedBucket - entry.bucket > STALE_BUCKETS) return;
    for (const found of findImmediate(entry)) this.found(name, found);
  }

  judge(now: number): void {
    for (const [name, window] of this.windows) {
      if (now - window.arrivedBucket > FORGOTTEN_BUCKETS) {
        this.windows.delete(name);
        continue;
      }
      const { sensitivity, isIncident } = this.input.settingsOf(window.source);
      const closed = closeBuckets(window, now - OPEN_BUCKETS, isIncident);
      this.windows.set(name, closed);
      if (isOther(window.source)) continue;
      for (const found of findFailures(closed, now, sensitivity)) this.found(name, found);
    }
  }

  /** A source keeps its place; a new one has none when the part is full. */
  private placeFor({ source, records }: Entry): Source {
    if (this.windows.has(sourceName(source)) || this.windows.size < SOURCES_A_PART_MAX)
      return source;
    this.folded += records;
    return { ...OTHER, service: `${OTHER.service}-${this.input.index}` };
  }

  /** Begins an episode, or makes one longer. */
  private found(name: string, found: Finding): void {
    const window = this.windows.get(name);
    if (window === undefined) return;
    if (this.input.settingsOf(window.source).mutedUntilMs > this.input.nowMs) return;
    this.windows.set(name, extend(window, found));
    const kinds = this.findings.get(name) ?? new Map<EpisodeKind, Finding>();
    const before = kinds.get(found.kind);
    kinds.set(found.kind, before === undefined ? found : stronger(before, found));
    this.findings.set(name, kinds);
  }
}

/** What counts for want of room is no service: who fails in it changes from moment to moment. */
export const isOther = ({ environment, namespace, service }: Source): boolean =>
  environment === '' && namespace === '' && /^other(-\d+)?$/.test(service);

/** Buckets that nobody read are not empty ones: nothing is learned of them. */
const skipTo = (window: SourceWindow, sinceMs: number): SourceWindow => ({
  ...window,
  closedBucket: Math.max(window.closedBucket, bucketOf(sinceMs)),
  hours: doneUntil(window.hours, hourOf(bucketOf(sinceMs))),
});

/** The source's episodes with this finding in them. */
export const extend = (window: SourceWindow, { kind, bucket }: Finding): SourceWindow => {
  const episode = window.open.find((open) => open.kind === kind);
  const next: Episode =
    episode === undefined
      ? { kind, openedBucket: bucket, lastBucket: bucket, band: null, revision: 0 }
      : { ...episode, lastBucket: Math.max(episode.lastBucket, bucket) };
  // An hour in which something is wrong says nothing of what is usual; one that drifts may become it.
  const hours = kind === 'drift' ? window.hours : trouble(window.hours, bucket);
  return { ...window, hours, open: [...window.open.filter((open) => open !== episode), next] };
};
