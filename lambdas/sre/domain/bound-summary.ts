import { OTHER, type Entry, type Summary } from './summary.ts';

/** A summary is stored in its block's item, which holds 400 KB, and once more in the index. */
const SUMMARY_BYTES_MAX = 65_536;

/** As many entries as fit, those with lines first; the counts of the rest are those of `other`, bucket by bucket. */
export const boundSummary = (summary: Summary, bytesMax = SUMMARY_BYTES_MAX): Summary => {
  const kept: Entry[] = [];
  const folded = new Map<number, Entry>();
  let bytes = 0;
  // What says most first: a source whose lines are gone can be reported no more.
  for (const entry of summary.toSorted((left, right) => right.shapes.length - left.shapes.length)) {
    bytes += Buffer.byteLength(JSON.stringify(entry));
    if (bytes <= bytesMax) kept.push(entry);
    else folded.set(entry.bucket, sumOf(folded.get(entry.bucket), entry));
  }
  return [...kept, ...folded.values()];
};

const sumOf = (sum: Entry | undefined, entry: Entry): Entry => ({
  source: OTHER,
  bucket: entry.bucket,
  records: (sum?.records ?? 0) + entry.records,
  failing: (sum?.failing ?? 0) + entry.failing,
  clientFaults: (sum?.clientFaults ?? 0) + entry.clientFaults,
  authFaults: (sum?.authFaults ?? 0) + entry.authFaults,
  requests: (sum?.requests ?? 0) + entry.requests,
  statuses: addedCounts(sum?.statuses ?? {}, entry.statuses),
  severity: Math.max(sum?.severity ?? 0, entry.severity),
  latencies: [],
  shapes: [],
});

const addedCounts = (left: Entry['statuses'], right: Entry['statuses']): Entry['statuses'] => ({
  ...left,
  ...Object.fromEntries(
    Object.entries(right).map(([status, count]) => [status, (left[status] ?? 0) + count]),
  ),
});
