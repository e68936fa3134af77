import * as z from 'zod';
import type { Item, Page, Tables } from '../../platform/tables/tables.ts';
import type { StampedSummary } from '../domain/summary.ts';
import { readSummary } from '../domain/summary-text.ts';
import type { SummaryLog, SummaryPage, SummaryRange } from '../ports/windows.ts';

/** A tenant's blocks arrive in so many partitions of the index, by their hash. */
export const STAMP_LANES = 16;
/** Milliseconds since 1970 as text that sorts, until the year 33658. */
export const STAMP_DIGITS = 15;
/** Some 300 bytes each, as a rule. */
const PAGE_ITEMS = 1_000;

export interface StampKeys {
  readonly stamp_pk: string;
  readonly stamp_sk: string;
}

export const stampText = (stampMs: number): string => String(stampMs).padStart(STAMP_DIGITS, '0');

export const lanePk = (tenant: string, lane: number): string =>
  `${encodeURIComponent(tenant)}#${lane}`;

/** What the item of a block has beside its keys, so that `by_stamp` shows it. */
export const stampKeys = (tenant: string, block: string, stampMs: number): StampKeys => ({
  stamp_pk: lanePk(tenant, Number.parseInt(block.slice(0, 2), 16) % STAMP_LANES),
  stamp_sk: `${stampText(stampMs)}#${block}`,
});

const stampItem = z.object({ stamp_pk: z.string(), stamp_sk: z.string(), summary: z.string() });

/**
 * Summaries never change, and each is read some times while it is young: read ones are kept until a read begins after them,
 * and the youngest of so many characters as they are stored. In memory they are some four times that.
 */
const KEPT_CHARACTERS_MAX = 16_000_000;
/** And of what is new one read takes so much, in all lanes. */
const READ_CHARACTERS_MAX = 16_000_000;

interface ReadSummary {
  readonly block: StampedSummary;
  readonly characters: number;
}

export class SummaryReader {
  private readonly kept = new Map<string, ReadSummary>();
  private characters = 0;

  stamped(item: Item): ReadSummary {
    const { stamp_pk: lane, stamp_sk: stamp, summary } = stampItem.parse(item);
    const name = `${lane} ${stamp}`;
    const known = this.kept.get(name);
    if (known !== undefined) return known;
    const block = {
      stampMs: Number(stamp.slice(0, STAMP_DIGITS)),
      block: stamp.slice(STAMP_DIGITS + 1),
      summary: readSummary(summary),
    };
    const read = { block, characters: summary.length };
    this.kept.set(name, read);
    this.characters += read.characters;
    for (const [oldest, { characters }] of this.kept) {
      if (this.characters <= KEPT_CHARACTERS_MAX) break;
      this.kept.delete(oldest);
      this.characters -= characters;
    }
    return read;
  }

  /** Gives back what the reads of a tenant have left behind; one that begins earlier all the same reads it again. */
  forgetBefore(tenant: string, fromMs: number): void {
    const lanes = lanePk(tenant, 0).slice(0, -1);
    for (const [name, { block, characters }] of this.kept) {
      if (block.stampMs >= fromMs || !name.startsWith(lanes)) continue;
      this.kept.delete(name);
      this.characters -= characters;
    }
  }
}

export interface SummaryLogDeps {
  readonly tables: Tables;
  /** One a process. */
  readonly reader?: SummaryReader;
}

/** Reads every lane up to its share of the limit; the page ends where the first lane that has more does. */
export const tableSummaryLog = ({
  tables,
  reader = new SummaryReader(),
}: SummaryLogDeps): SummaryLog => ({
  read: async (range) => {
    reader.forgetBefore(range.tenant, range.fromMs);
    const lanes = await Promise.all(
      Array.from(
        { length: STAMP_LANES },
        async (_, lane) => await readLane({ tables, reader }, range, lane),
      ),
    );
    const ends = lanes.flatMap(({ untilMs }) => (untilMs === null ? [] : [untilMs]));
    const untilMs = ends.length === 0 ? null : Math.min(...ends);
    const blocks = lanes
      .flatMap((lane) => lane.blocks)
      .filter(({ stampMs }) => untilMs === null || stampMs <= untilMs)
      .toSorted((left, right) => left.stampMs - right.stampMs);
    return { blocks, untilMs };
  },
});

const readLane = async (
  { tables, reader }: Required<SummaryLogDeps>,
  range: SummaryRange,
  lane: number,
): Promise<SummaryPage> => {
  const { tenant, fromMs, freshMs } = range;
  const limit = Math.ceil(range.limit / STAMP_LANES);
  const blocks: StampedSummary[] = [];
  let fresh = 0;
  let characters = 0;
  let after: Item | null = null;
  do {
    const page: Page = await tables.query({
      table: 'logs',
      index: 'by_stamp',
      pk: lanePk(tenant, lane),
      from: stampText(Math.max(0, fromMs)),
      to: null,
      isAscending: true,
      limit: PAGE_ITEMS,
      ...(after === null ? {} : { after }),
    });
    const read = page.items.map((item) => reader.stamped(item));
    for (const one of read) {
      blocks.push(one.block);
      if (one.block.stampMs <= freshMs) continue;
      fresh += 1;
      characters += one.characters;
    }
    after = page.last;
  } while (after !== null && fresh < limit && characters < READ_CHARACTERS_MAX / STAMP_LANES);
  return { blocks, untilMs: after === null ? null : (blocks.at(-1)?.stampMs ?? null) };
};
