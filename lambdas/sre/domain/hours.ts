import type { Entry, Shape } from './summary.ts';

/** Buckets of ten seconds in an hour. */
export const HOUR_BUCKETS = 360;
/** Hours that wait to be learned: the one that runs, the one before it, and that of a fast clock. */
const HOURS_KEPT = 3;
/** Kinds of lines that are followed of one service. */
export const LINES_MAX = 8;
const LINE_CHARACTERS_MAX = 120;

export const hourOf = (bucket: number): number => Math.floor(bucket / HOUR_BUCKETS);

/** A kind of line in one hour. */
export interface LineCount {
  readonly count: number;
  /** As it was read first; null: its text is kept already. */
  readonly text: string | null;
}

/** What was counted of one source in one hour, by the time of the event. */
export interface HourCounts {
  readonly hour: number;
  readonly records: number;
  readonly failing: number;
  /** Requests by the bucket of their latency. */
  readonly latencies: ReadonlyMap<number, number>;
  /** By `lineKeyOf`. */
  readonly lines: ReadonlyMap<string, LineCount>;
  /** Something was wrong in it: it says nothing of what is usual. */
  readonly isTroubled: boolean;
}

/** Hours of a source that are not learned yet. */
export interface Hours {
  readonly kept: readonly HourCounts[];
  /** The last one that was learned, or will never be. */
  readonly doneHour: number;
  /** Kinds of lines that are followed. */
  readonly known: ReadonlySet<string>;
}

/** Of the hour in which somebody began to count nothing is learned. */
export const newHours = (firstBucket: number): Hours => ({
  kept: [],
  doneHour: hourOf(firstBucket),
  known: new Set(),
});

export const emptyHour = (hour: number): HourCounts => ({
  hour,
  records: 0,
  failing: 0,
  latencies: new Map(),
  lines: new Map(),
  isTroubled: false,
});

export const addToHours = (hours: Hours, entry: Entry): Hours => {
  const hour = hourOf(entry.bucket);
  if (hour <= hours.doneHour) return hours;
  const before = hours.kept.find((one) => one.hour === hour) ?? emptyHour(hour);
  return withHour(hours, {
    ...before,
    records: before.records + entry.records,
    failing: before.failing + entry.failing,
    latencies: added(before.latencies, entry.latencies),
    lines: withLines(before.lines, entry.shapes, hours.known),
  });
};

/** Something was wrong in that hour. */
export const trouble = (hours: Hours, bucket: number): Hours => {
  const hour = hourOf(bucket);
  const before = hours.kept.find((one) => one.hour === hour) ?? emptyHour(hour);
  return hour <= hours.doneHour || before.isTroubled
    ? hours
    : withHour(hours, { ...before, isTroubled: true });
};

/** Up to that hour all is learned, or lost. */
export const doneUntil = (hours: Hours, hour: number): Hours =>
  hour <= hours.doneHour
    ? hours
    : { ...hours, doneHour: hour, kept: hours.kept.filter((one) => one.hour > hour) };

const withHour = (hours: Hours, counts: HourCounts): Hours => {
  const kept = [...hours.kept.filter(({ hour }) => hour !== counts.hour), counts];
  const newest = kept.reduce((max, { hour }) => Math.max(max, hour), 0);
  return {
    ...hours,
    kept: kept
      .filter(({ hour }) => hour > newest - HOURS_KEPT)
      .toSorted((left, right) => left.hour - right.hour),
  };
};

const added = (
  sums: ReadonlyMap<number, number>,
  more: Entry['latencies'],
): ReadonlyMap<number, number> => {
  if (more.length === 0) return sums;
  const next = new Map(sums);
  for (const [place, count] of more) next.set(place, (next.get(place) ?? 0) + count);
  return next;
};

/** Those that are followed, and others while there is room. */
const withLines = (
  lines: HourCounts['lines'],
  shapes: readonly Shape[],
  known: ReadonlySet<string>,
): HourCounts['lines'] => {
  if (shapes.length === 0) return lines;
  const next = new Map(lines);
  for (const { text, count } of shapes) {
    const key = lineKeyOf(text);
    const before = next.get(key);
    if (before === undefined && !known.has(key) && next.size >= LINES_MAX) continue;
    next.set(key, {
      count: (before?.count ?? 0) + count,
      text: before?.text ?? (known.has(key) ? null : cut(text)),
    });
  }
  return next;
};

const cut = (text: string): string => Array.from(text).slice(0, LINE_CHARACTERS_MAX).join('');

const WORD_WITH_DIGIT = /[^\s]*\d[^\s]*/g;

/** FNV-1a, 32 bits, of a line without the words that have a digit: it depends on nothing but the text. */
export const lineKeyOf = (text: string): string => {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text.replaceAll(WORD_WITH_DIGIT, '0')))
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(36);
};
