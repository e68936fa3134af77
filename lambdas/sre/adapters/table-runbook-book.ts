import * as z from 'zod';
import { readAll, type Item, type ItemKey, type Tables } from '../../platform/tables/tables.ts';
import type { RunbookBook } from '../ports/runbooks.ts';
import { RUNBOOKS_MAX, type Runbook, type RunbookHead } from '../runbooks/runbook.ts';

/** A change that meets others so often gives up: people make them. */
const CHANGE_TRIES_MAX = 5;
/** Ids as they are given here; another one names nothing, and may not fit a key. */
const ID = /^runbook_[0-9a-z]{26}$/;

const headItem = z.object({ head: z.string() });
const bodyItem = z.object({ runbook: z.string() });
const isHead = (value: unknown): value is RunbookHead =>
  typeof value === 'object' && value !== null && 'match' in value && 'name' in value;
const isRunbook = (value: unknown): value is Runbook =>
  isHead(value) && 'steps' in value && 'text' in value;
const storedHead = z.custom<RunbookHead>(isHead);
const storedRunbook = z.custom<Runbook>(isRunbook);

/** `RBK#<tenant> / H#<id>` is what finds a runbook, `RBK#<tenant> / R#<id>` is the whole of it. */
export const tableRunbookBook = ({ tables }: { readonly tables: Tables }): RunbookBook => {
  const heads: RunbookBook['heads'] = async (tenant) => {
    const items = await readAll(tables, {
      table: 'sre',
      pk: headKey(tenant, '').pk,
      from: 'H#',
      to: 'H#~',
      isAscending: true,
      limit: RUNBOOKS_MAX,
    });
    return items.map((item) => storedHead.parse(JSON.parse(headItem.parse(item).head)));
  };
  const get: RunbookBook['get'] = async (tenant, id) => {
    if (!ID.test(id)) return null;
    const item = await tables.get('sre', bodyKey(tenant, id));
    return item === null ? null : runbookOf(item);
  };
  return {
    heads,
    get,
    create: async (runbook) => {
      if ((await heads(runbook.tenant)).length >= RUNBOOKS_MAX) return false;
      await tables.transact(writesOf(runbook, null));
      return true;
    },
    change: async (tenant, id, change) => {
      for (let tries = 0; tries < CHANGE_TRIES_MAX; tries++) {
        const before = await get(tenant, id);
        if (before === null) return null;
        const after = { ...change(before), revision: before.revision + 1 };
        const outcome = await tables.transact(writesOf(after, before.revision));
        if (outcome.kind === 'written') return after;
      }
      throw new Error('a runbook changed too often to be changed');
    },
    remove: async (tenant, id) => {
      if (!ID.test(id)) return false;
      const condition = 'attribute_exists(pk)';
      const outcome = await tables.transact([
        { kind: 'delete', table: 'sre', key: bodyKey(tenant, id), condition },
        { kind: 'delete', table: 'sre', key: headKey(tenant, id) },
      ]);
      return outcome.kind === 'written';
    },
  };
};

const writesOf = (runbook: Runbook, before: number | null) => {
  const { id, tenant, name, match, revision } = runbook;
  const head: RunbookHead = { id, name, match, revision };
  const [ofHead, ofBody] = [headKey(tenant, id), bodyKey(tenant, id)];
  return [
    {
      kind: 'put' as const,
      table: 'sre' as const,
      key: ofBody,
      item: { ...ofBody, schema: 1, rev: revision, runbook: JSON.stringify(runbook) },
      ...(before === null
        ? { condition: 'attribute_not_exists(pk)' }
        : { condition: 'rev = :rev', values: { ':rev': before } }),
    },
    {
      kind: 'put' as const,
      table: 'sre' as const,
      key: ofHead,
      item: { ...ofHead, schema: 1, head: JSON.stringify(head) },
    },
  ];
};

const pkOf = (tenant: string): string => `RBK#${encodeURIComponent(tenant)}`;
const headKey = (tenant: string, id: string): ItemKey => ({ pk: pkOf(tenant), sk: `H#${id}` });
const bodyKey = (tenant: string, id: string): ItemKey => ({ pk: pkOf(tenant), sk: `R#${id}` });

const runbookOf = (item: Item): Runbook =>
  storedRunbook.parse(JSON.parse(bodyItem.parse(item).runbook));
