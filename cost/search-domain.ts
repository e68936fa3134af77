import type { LogLine } from './log-cost.ts';
import { PRICES, SEARCH_HOURS, type SEARCH_INSTANCES } from './prices.ts';

interface Size {
  readonly name: (typeof SEARCH_INSTANCES)[number];
  readonly processors: number;
  readonly diskGbMax: number;
}

/**
 * Instances that keep their indexes in S3 as well, so that none needs a replica, and the largest disk of each:
 * https://docs.aws.amazon.com/opensearch-service/latest/developerguide/or1.html and .../limits.html
 */
const SIZES: readonly Size[] = [
  { name: 'or1.medium.search', processors: 1, diskGbMax: 400 },
  { name: 'or1.large.search', processors: 2, diskGbMax: 800 },
  { name: 'or1.xlarge.search', processors: 4, diskGbMax: 1_500 },
  { name: 'or1.2xlarge.search', processors: 8, diskGbMax: 3_000 },
];
/** So that one may fail. */
const NODES_MIN = 2;
const DISK_GB_MIN = 20;
/**
 * OpenSearch 2.19 indexed 3,500 documents of `index-logs` in a second of one core, in bulks of 2,000, while it indexed alone. The
 * domain is as large as the busiest hour needs: at the mean half of it is free for merges and searches.
 */
const RECORDS_A_PROCESSOR_SECOND = 3_500;
/** For merges, and for days above the mean. */
const DISK_HEADROOM = 1.25;
const HOURS_A_YEAR = 8_760;

/**
 * A record in an index as `lambdas/sre/adapters/open-search-documents.ts` makes it, with a trace and four attributes: 95 bytes of
 * 160,000 real lines in OpenSearch 2.19, merged, and 174 until a merge drops what it keeps for recovery.
 */
export const INDEX_BYTES_A_RECORD = 110;

export interface SearchLoad {
  readonly recordsPerSecond: number;
  /** Busiest hour over the mean. */
  readonly peak: number;
  readonly indexGb: number;
}

export interface SearchDomain {
  readonly instance: string;
  readonly nodes: number;
  readonly diskGb: number;
  readonly lines: readonly LogLine[];
}

/** The cheapest domain that indexes the busiest hour and holds what is kept. */
export const searchDomain = (load: SearchLoad): SearchDomain => {
  const diskGb = load.indexGb * DISK_HEADROOM;
  const processors = (load.recordsPerSecond * load.peak) / RECORDS_A_PROCESSOR_SECOND;
  const [cheapest] = SIZES.map((size) => ({
    size,
    nodes: Math.max(
      NODES_MIN,
      Math.ceil(processors / size.processors),
      Math.ceil(diskGb / size.diskGbMax),
    ),
  })).toSorted(
    (left, right) =>
      left.nodes * SEARCH_HOURS[left.size.name].usd -
      right.nodes * SEARCH_HOURS[right.size.name].usd,
  );
  if (cheapest === undefined) throw new Error('there is no instance');
  return domainOf(cheapest.size, cheapest.nodes, diskGb, load.indexGb);
};

const domainOf = (size: Size, nodes: number, usedGb: number, indexGb: number): SearchDomain => {
  const diskGb = Math.max(nodes * DISK_GB_MIN, usedGb);
  const line = (what: string, quantity: number, usdEach: number): LogLine => ({
    service: 'OpenSearch',
    what,
    quantity,
    usd: quantity * usdEach,
  });
  return {
    instance: size.name,
    nodes,
    diskGb,
    lines: [
      line(`hours of ${nodes} ${size.name}`, nodes * HOURS_A_YEAR, SEARCH_HOURS[size.name].usd),
      line('disks, GB months', diskGb * 12, PRICES.searchGbMonth.usd),
      line('indexes in S3, GB months', indexGb * 12, PRICES.searchManagedGbMonth.usd),
    ],
  };
};
