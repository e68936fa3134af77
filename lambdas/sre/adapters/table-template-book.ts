import * as z from 'zod';
import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import type { NamedTemplate, Novelty } from '../domain/evidence.ts';
import type { StampedSummary } from '../domain/summary.ts';
import { createMiner, type Miner } from '../score/templates/miner.ts';
import { minerState } from '../score/templates/state.ts';
import { packedStateWrite, packText, unpackText } from './packed-state.ts';

/** A template is new for ten minutes and rare for an hour; a tenant's first hour knows nothing of what is new. */
const NEW_MS = 600_000;
const FEW_MS = 3_600_000;
const TTL_SECONDS = 30 * 86_400;
/** When the oldest templates were seen first is forgotten before the item passes its limit. */
const FIRSTS_MAX = 5_000;

const minerItem = z.object({ v: z.number(), packed: z.instanceof(Uint8Array) });
const packedMiner = z.object({
  sinceMs: z.number(),
  state: minerState,
  /** When each template was seen first. */
  firsts: z.array(z.tuple([z.number(), z.number()])),
});

interface Book {
  readonly version: number;
  readonly sinceMs: number;
  readonly miner: Miner;
  readonly firsts: Map<number, number>;
}

export interface TemplateBookDeps {
  readonly tables: Tables;
  readonly nowMs: () => number;
}

/** Races that one evaluation may lose before it shows no new template. */
const KEEP_TRIES_MAX = 4;

/**
 * `MINE#<tenant> / STATE`: the miner of a tenant, kept when it learned something. No id is shown that is not kept:
 * whoever loses the race to keep it reads what the winner kept, and learns from there. A miner that starts again (its state
 * is of another version, or gone) counts from one again, so an id has the moment when its miner began.
 */
export const tableTemplateBook =
  (deps: TemplateBookDeps) =>
  async (
    tenant: string,
    blocks: readonly StampedSummary[],
  ): Promise<(text: string) => NamedTemplate | null> => {
    const texts = new Set(
      blocks.flatMap(({ summary }) =>
        summary.flatMap(({ shapes }) => shapes.map(({ text }) => text)),
      ),
    );
    const book = await learn(deps, tenant, texts);
    return (text) => {
      if (book === null || !texts.has(text)) return null;
      const { id, template } = book.miner.mine(text);
      return {
        id: `template_${book.sinceMs.toString(36)}_${id}`,
        text: template,
        novelty: noveltyOf(book, id, deps.nowMs()),
      };
    };
  };

/** null: others were quicker each time. */
const learn = async (
  deps: TemplateBookDeps,
  tenant: string,
  texts: ReadonlySet<string>,
): Promise<Book | null> => {
  for (let tries = 0; tries < KEEP_TRIES_MAX; tries += 1) {
    const book = await load(deps, tenant);
    const before = book.miner.revision();
    for (const text of texts) {
      const { id } = book.miner.mine(text);
      if (!book.firsts.has(id)) book.firsts.set(id, deps.nowMs());
    }
    if (book.miner.revision() === before || (await keep(deps, tenant, book))) return book;
  }
  return null;
};

const keyOf = (tenant: string): ItemKey => ({
  pk: `MINE#${encodeURIComponent(tenant)}`,
  sk: 'STATE',
});

const load = async ({ tables, nowMs }: TemplateBookDeps, tenant: string): Promise<Book> => {
  const item = await tables.get('sre', keyOf(tenant));
  const fresh = { sinceMs: nowMs(), miner: createMiner(), firsts: new Map<number, number>() };
  if (item === null) return { version: 0, ...fresh };
  const { v, packed } = minerItem.parse(item);
  const text = unpackText(packed);
  // A state of another version cannot be read: the miner starts again.
  const { data } = packedMiner.safeParse(JSON.parse(text));
  if (data === undefined) return { version: v, ...fresh };
  const { sinceMs, state, firsts } = data;
  return { version: v, sinceMs, miner: createMiner(state), firsts: new Map(firsts) };
};

const keep = async (
  { tables, nowMs }: TemplateBookDeps,
  tenant: string,
  { version, sinceMs, miner, firsts }: Book,
): Promise<boolean> => {
  const text = JSON.stringify({
    sinceMs,
    state: miner.state(),
    firsts: [...firsts].slice(-FIRSTS_MAX),
  });
  const outcome = await tables.write(
    packedStateWrite(keyOf(tenant), {
      version,
      packed: packText(text),
      ttlSeconds: Math.ceil(nowMs() / 1_000) + TTL_SECONDS,
    }),
  );
  return outcome.kind === 'written';
};

const noveltyOf = ({ sinceMs, firsts }: Book, id: number, nowMs: number): Novelty => {
  if (nowMs - sinceMs < FEW_MS) return 'known';
  const ageMs = nowMs - (firsts.get(id) ?? 0);
  return ageMs < NEW_MS ? 'new' : ageMs < FEW_MS ? 'few' : 'known';
};
