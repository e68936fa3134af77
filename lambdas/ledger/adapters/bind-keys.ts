import * as z from 'zod';
import type { ItemKey, Tables, Write } from '../../platform/tables/tables.ts';
import { keyPut, keyUpdate, type KeyUpdate } from './key-update.ts';
import { stateKey } from './ledger-expressions.ts';
import { profileItem, projectKey } from './profile-row.ts';
import { youngKeys } from './young-keys.ts';

const KEYS_A_PAGE = 50;

/** What the keys of a project are to be told of its cap, and how far that went. */
export interface Binding {
  readonly epoch: number;
  readonly isOn: boolean;
  /** Keys that are made later know it from their first moment. */
  readonly sinceMs: number;
  /** The last key that was told, by its place in the list; null: none. */
  readonly cursor: string | null;
}

const bindingItem = z.object({
  epoch: z.number(),
  is_on: z.boolean(),
  since: z.number(),
  told_to: z.string().nullable(),
  is_done: z.boolean().optional(),
});

const bindingKey = (projectId: string): ItemKey => ({
  pk: projectKey(projectId),
  sk: 'CAP#BINDING',
});

export interface BindDeps {
  readonly tables: Tables;
  readonly nowMs: () => number;
}

export const bindingPut = (projectId: string, binding: Binding): Write =>
  keyPut(bindingKey(projectId), {
    epoch: binding.epoch,
    is_on: binding.isOn,
    since: binding.sinceMs,
    told_to: binding.cursor,
  });

/** null: every key knows. */
export const bindingOf = async (
  tables: Pick<Tables, 'get'>,
  projectId: string,
): Promise<Binding | null> => {
  const item = await tables.get('keys', bindingKey(projectId));
  if (item === null) return null;
  const { epoch, is_on, since, told_to, is_done } = bindingItem.parse(item);
  if (is_done === true) return null;
  return { epoch, isOn: is_on, sinceMs: since, cursor: told_to };
};

/** Tells every key of the project, page by page, until `untilMs`; true: they all know. Safe to repeat and to race. */
export const bindKeys = async (
  deps: BindDeps,
  projectId: string,
  untilMs: number,
): Promise<boolean> => {
  const { tables } = deps;
  for (;;) {
    const binding = await bindingOf(tables, projectId);
    if (binding === null) return true;
    const rows = await pageAfter(tables, projectId, binding.cursor);
    await tell(
      tables,
      binding,
      rows.map(({ key_id }) => key_id),
    );
    const last = rows.at(-1);
    if (rows.length < KEYS_A_PAGE) {
      // The list is an index, which may not have the youngest ones yet.
      for await (const keyIds of youngKeys(tables, projectId, binding.sinceMs))
        await tell(tables, binding, keyIds);
      await tables.write(bindingEnd(projectId, binding));
    } else if (last !== undefined)
      await tables.write(bindingStep(projectId, binding, last.list_sk));
    if (deps.nowMs() >= untilMs) return (await bindingOf(tables, projectId)) === null;
  }
};

type Row = z.infer<typeof profileItem>;

const pageAfter = async (
  tables: Tables,
  projectId: string,
  cursor: string | null,
): Promise<readonly Row[]> => {
  const { items } = await tables.query({
    table: 'keys',
    index: 'by_project',
    pk: projectKey(projectId),
    // The one that was told last is told again.
    from: cursor,
    to: null,
    isAscending: true,
    limit: KEYS_A_PAGE,
  });
  return items.map((item) => profileItem.parse(item));
};

const tell = async (tables: Tables, binding: Binding, keyIds: readonly string[]): Promise<void> => {
  await Promise.all(
    keyIds.map(
      async (keyId) =>
        await tables.write(binding.isOn ? boundUpdate(keyId, binding) : freeUpdate(keyId, binding)),
    ),
  );
};

/** A key that knows of a later cap keeps that: a walk may be overtaken. */
const boundUpdate = (keyId: string, { epoch }: Binding): KeyUpdate =>
  keyUpdate({
    key: stateKey(keyId),
    condition:
      'attribute_exists(pk) AND (attribute_not_exists(project_epoch) OR project_epoch < :epoch)',
    update:
      'SET project_epoch = :epoch, project_holds = if_not_exists(project_holds, :none), #write = :kind',
    names: { '#write': 'write' },
    values: { ':epoch': epoch, ':none': {}, ':kind': 'bind' },
  });

const freeUpdate = (keyId: string, { epoch }: Binding): KeyUpdate =>
  keyUpdate({
    key: stateKey(keyId),
    condition: 'project_epoch <= :epoch',
    update: 'SET #write = :kind REMOVE project_epoch, project_holds',
    names: { '#write': 'write' },
    values: { ':epoch': epoch, ':kind': 'bind' },
  });

const STILL = { condition: 'epoch = :epoch AND is_on = :on' } as const;
const still = ({ epoch, isOn }: Binding) => ({ ':epoch': epoch, ':on': isOn });

const bindingStep = (projectId: string, binding: Binding, cursor: string): KeyUpdate =>
  keyUpdate({
    key: bindingKey(projectId),
    ...STILL,
    update: 'SET told_to = :cursor',
    names: {},
    values: { ...still(binding), ':cursor': cursor },
  });

const bindingEnd = (projectId: string, binding: Binding): KeyUpdate =>
  keyUpdate({
    key: bindingKey(projectId),
    ...STILL,
    update: 'SET is_done = :done',
    names: {},
    values: { ...still(binding), ':done': true },
  });
