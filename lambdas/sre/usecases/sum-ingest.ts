import type { Source } from '../domain/log-record.ts';
import { sourceName } from '../domain/summary.ts';
import type { IngestDay } from '../ports/ingest.ts';

export interface Sums {
  readonly batches: number;
  readonly bytes: number;
  readonly records: number;
  readonly rejected: number;
}

export interface IngestSums {
  readonly totals: Sums;
  readonly byKey: readonly (Sums & { readonly keyId: string })[];
  readonly bySource: readonly (Sums & { readonly source: Source })[];
  readonly byDay: readonly (Sums & { readonly day: string })[];
}

/** Days of keys and sources, added up; the largest first. */
export const sumIngest = (days: readonly IngestDay[]): IngestSums => {
  const ofKeys = days.filter(({ source }) => source === null);
  const ofSources = days.flatMap((day) =>
    day.source === null ? [] : [{ ...day, source: day.source }],
  );
  return {
    totals: sumOf(ofKeys),
    byKey: grouped(ofKeys, ({ keyId }) => keyId).map(([{ keyId }, sums]) => ({ keyId, ...sums })),
    bySource: grouped(ofSources, ({ source }) => sourceName(source)).map(([{ source }, sums]) => ({
      source,
      ...sums,
    })),
    byDay: grouped(ofKeys, ({ day }) => day)
      .map(([{ day }, sums]) => ({ day, ...sums }))
      .toSorted((left, right) => left.day.localeCompare(right.day)),
  };
};

const grouped = <T extends Sums>(
  rows: readonly T[],
  nameOf: (row: T) => string,
): readonly (readonly [T, Sums])[] =>
  [...Map.groupBy(rows, nameOf).values()]
    .flatMap((group) => {
      const [first] = group;
      return first === undefined ? [] : [[first, sumOf(group)] as const];
    })
    .toSorted(([, left], [, right]) => right.bytes - left.bytes);

const sumOf = (rows: readonly Sums[]): Sums =>
  rows.reduce(
    (sum, { batches, bytes, records, rejected }) => ({
      batches: sum.batches + batches,
      bytes: sum.bytes + bytes,
      records: sum.records + records,
      rejected: sum.rejected + rejected,
    }),
    { batches: 0, bytes: 0, records: 0, rejected: 0 },
  );
