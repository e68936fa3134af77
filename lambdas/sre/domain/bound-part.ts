import { doneUntil, type HourCounts, type Hours, type LineCount } from './hours.ts';
import type { Part } from './part.ts';
import type { SourceWindow } from './window.ts';

/**
 * The same part with less in it; null: nothing can go. First what is only a promise: half of the lines that are not
 * followed yet, the rarest, with their texts. Then the oldest hour of each source, as if nobody had looked at it. Then
 * what was seen longest ago: it counts as folded.
 */
export const smallerPart = (part: Part): Part | null =>
  withoutKnownTexts(part) ??
  withFewerLines(part) ??
  withoutOldestHours(part) ??
  withFewerSeen(part);

/** What is followed has its text elsewhere already. */
const withoutKnownTexts = (part: Part): Part | null => {
  const isSpare = (key: string, { text }: LineCount, known: Hours['known']): boolean =>
    text !== null && known.has(key);
  if (linesOf(part).every(({ key, line, known }) => !isSpare(key, line, known))) return null;
  return mapLines(part, (key, line, known) =>
    isSpare(key, line, known) ? { ...line, text: null } : line,
  );
};

const withFewerLines = (part: Part): Part | null => {
  const counts = linesOf(part)
    .filter(({ key, known }) => !known.has(key))
    .map(({ line }) => line.count)
    .toSorted((left, right) => left - right);
  if (counts.length === 0) return null;
  let spare = Math.ceil(counts.length / 2);
  const countMax = counts[spare - 1] ?? 0;
  return mapLines(part, (key, line, known) => {
    if (known.has(key) || line.count > countMax || spare === 0) return line;
    spare--;
    return null;
  });
};

const withoutOldestHours = (part: Part): Part | null => {
  const hours = [...part.windows.values()].flatMap((window) => window.hours.kept);
  if (hours.length === 0) return null;
  const oldest = Math.min(...hours.map(({ hour }) => hour));
  return mapHours(part, (before) =>
    before.kept.some(({ hour }) => hour === oldest) ? doneUntil(before, oldest) : before,
  );
};

const withFewerSeen = (part: Part): Part | null => {
  const stamps = [...part.seen.values()].toSorted((left, right) => left - right);
  const oldest = stamps[Math.floor(stamps.length / 2)];
  if (oldest === undefined) return null;
  return {
    ...part,
    seen: new Map([...part.seen].filter(([, stampMs]) => stampMs > oldest)),
    floorMs: Math.max(part.floorMs, oldest + 1),
  };
};

const linesOf = ({ windows }: Part) =>
  [...windows.values()].flatMap(({ hours: { kept, known } }) =>
    kept.flatMap(({ lines }) => [...lines].map(([key, line]) => ({ key, line, known }))),
  );

const mapLines = (
  part: Part,
  map: (key: string, line: LineCount, known: Hours['known']) => LineCount | null,
): Part =>
  mapHours(part, (hours) => ({
    ...hours,
    kept: hours.kept.map((counts): HourCounts => {
      const lines = [...counts.lines].flatMap(([key, line]) => {
        const next = map(key, line, hours.known);
        return next === null ? [] : [[key, next] as const];
      });
      return { ...counts, lines: new Map(lines) };
    }),
  }));

const mapHours = (part: Part, map: (hours: Hours) => Hours): Part => ({
  ...part,
  windows: new Map(
    [...part.windows].map(([name, window]): [string, SourceWindow] => [
      name,
      { ...window, hours: map(window.hours) },
    ]),
  ),
});
