import * as z from 'zod';
import type { Item, ItemKey, Tables, Update } from '../../platform/tables/tables.ts';

/**
 * Which batches a row of usage has counted, exactly, at little more than its one write a batch. The write that adds a batch
 * leaves a mark of it in the row. When the row has as many as fit one write unit, they move to a page, an item that is
 * written once: first the page, then the row without them. So at each moment a batch that was counted is in one of the two.
 */
export const MARKS_MAX = 60;

/** 48 bits: of 60 others one has the same in one of 10^12. */
const MARK_HEX_DIGITS = 12;
const markOf = (hash: string): string =>
  `m${Buffer.from(hash.slice(0, MARK_HEX_DIGITS), 'hex').toString('base64url')}`;

const MARK = /^m[\w-]{8}$/;

export const hasMark = (row: Item, hash: string): boolean => row[markOf(hash)] !== undefined;

const rowItem = z.object({
  batches: z.number(),
  /** So many batches in all fit before marks have to move. */
  room: z.number(),
  pages: z.number().default(0),
  ttl: z.number(),
});

export const isFull = (row: Item): boolean => {
  const { batches = 0, room } = rowItem.partial().parse(row);
  return room !== undefined && batches >= room;
};

/**
 * The addition with the batch's mark: where there is none yet, where one fits, and where no page came since the look. The
 * mark of a batch that was looked up says when: whoever sent it first may be about to count it still.
 */
export const marked = (
  update: Update,
  { hash, nowMs }: { readonly hash: string; readonly nowMs: number },
  before: Looked | null,
): Update => {
  const same = before === null ? null : samePages(before.pages);
  return {
    ...update,
    update: `${update.update}, #mark = :mark, room = if_not_exists(room, :room)`,
    condition: [
      'attribute_not_exists(#mark)',
      '(attribute_not_exists(room) OR batches < room)',
      ...(same === null ? [] : [same.condition]),
    ].join(' AND '),
    names: { ...update.names, '#mark': markOf(hash) },
    values: {
      ...update.values,
      ':mark': before === null ? '' : nowMs.toString(36),
      ':room': MARKS_MAX,
      ...same?.values,
    },
  };
};

/** As many pages as were seen. */
const samePages = (pages: number) =>
  pages === 0
    ? { condition: 'attribute_not_exists(pages)', values: {} }
    : { condition: 'pages = :pages', values: { ':pages': pages } };

interface Seen {
  readonly key: ItemKey;
  readonly hash: string;
  /** When the batch came first. */
  readonly sinceMs: number;
}

export interface Looked {
  readonly isCounted: boolean;
  /** Of the row. */
  readonly pages: number;
}

/** Longer than whoever wrote a page may have run before, and clocks differ. */
const SLACK_MS = 60_000;

/** The row first, then its pages from the newest one: marks that move meanwhile are seen, or change how many pages there are. */
export const lookUp = async (tables: Tables, { key, hash, sinceMs }: Seen): Promise<Looked> => {
  const row = await tables.get('sre', key);
  if (row === null) return { isCounted: false, pages: 0 };
  const { pages = 0 } = rowItem.partial().parse(row);
  if (hasMark(row, hash)) return { isCounted: true, pages };
  const mark = markOf(hash);
  for (let page = pages - 1; page >= 0; page -= 1) {
    const item = await tables.get('sre', pageKey(key, page));
    if (item === null) break;
    const { marks, at_ms: atMs } = pageItem.parse(item);
    if (marks.includes(mark)) return { isCounted: true, pages };
    // What was counted before this page was written is older than the batch.
    if (atMs + SLACK_MS < sinceMs) break;
  }
  return { isCounted: false, pages };
};

const pageItem = z.object({ marks: z.string(), batches: z.number(), at_ms: z.number() });

const PAGE_DIGITS = 8;

const pageKey = ({ pk, sk }: ItemKey, page: number): ItemKey => ({
  pk: `MARKS#${pk}`,
  sk: `${sk}#${String(page).padStart(PAGE_DIGITS, '0')}`,
});

/**
 * Whoever finds a row full moves its marks; of several who do, one page stands, and all take that one. Those of batches
 * that were looked up stay as long as their first sender may still be there.
 */
export const movePage = async (
  tables: Tables,
  row: Item,
  { key, nowMs }: { readonly key: ItemKey; readonly nowMs: number },
): Promise<void> => {
  const { batches, pages, ttl } = rowItem.parse(row);
  const all = Object.keys(row).filter((name) => MARK.test(name));
  const old = all.filter((name) => Number.parseInt(`0${String(row[name])}`, 36) + SLACK_MS < nowMs);
  const names = old.length === 0 ? all : old;
  const own = {
    marks: names.join(' '),
    batches: batches - (all.length - names.length),
    at_ms: nowMs,
  };
  const place = pageKey(key, pages);
  const outcome = await tables.write({
    kind: 'put',
    table: 'sre',
    key: place,
    item: { ...place, ...own, ttl },
    condition: 'attribute_not_exists(pk)',
  });
  const page = outcome.kind === 'written' ? own : pageItem.parse(outcome.item);
  // None: a release before marks added since the last ones moved.
  const marks = page.marks.split(' ').filter((name) => name !== '');
  const moved = marks.map((name, index) => [`#m${index}`, name] as const);
  const same = samePages(pages);
  const remove = moved.length === 0 ? '' : ` REMOVE ${moved.map(([name]) => name).join(', ')}`;
  await tables.write({
    kind: 'update',
    table: 'sre',
    key,
    update: `SET pages = :next, room = :room${remove}`,
    condition: same.condition,
    names: Object.fromEntries(moved),
    values: {
      ':next': pages + 1,
      ':room': page.batches + MARKS_MAX,
      ...same.values,
    },
  });
};
