import { AppError } from '../../../shared/app-error.ts';
import { METADATA_ENTRIES_MAX } from '../../domain/limits.ts';
import type { Thread } from '../../domain/thread.ts';
import type { ThreadPlace } from '../../domain/thread-ids.ts';
import type { Tables } from '../../../platform/tables/tables.ts';
import { threadOf } from './thread-items.ts';
import { metaKey } from './thread-keys.ts';

export interface ThreadPatch {
  readonly title?: string | null;
  /** Merged; an entry whose value is null is removed. */
  readonly metadata?: Readonly<Record<string, string | null>>;
  /** With more entries than these, no more are taken. */
  readonly entriesMax?: number;
}

/** Each metadata entry is its own path, so that two patches at once both land. */
export const patchThread = async (
  tables: Tables,
  place: ThreadPlace,
  patch: ThreadPatch,
): Promise<Thread | null> => {
  const sets: string[] = [];
  const removes: string[] = [];
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  if (patch.title !== undefined) {
    sets.push('#title = :title');
    names['#title'] = 'title';
    values[':title'] = patch.title;
  }
  for (const [index, [name, value]] of Object.entries(patch.metadata ?? {}).entries()) {
    names['#metadata'] = 'metadata';
    names[`#m${index}`] = name;
    if (value === null) removes.push(`#metadata.#m${index}`);
    else {
      sets.push(`#metadata.#m${index} = :m${index}`);
      values[`:m${index}`] = value;
    }
  }
  const update = [
    `SET ${[...sets, 'edit_count = if_not_exists(edit_count, :zero) + :one'].join(', ')}`,
    ...(removes.length === 0 ? [] : [`REMOVE ${removes.join(', ')}`]),
  ].join(' ');
  if (sets.length + removes.length > 0) {
    const entriesMax = patch.entriesMax ?? METADATA_ENTRIES_MAX;
    await write(tables, place, { update, names, values, entriesMax });
  }
  const item = await tables.get('threads', metaKey(place));
  const thread = item === null ? null : threadOf(place, item);
  return thread === null || thread.deletedAtMs !== null ? null : thread;
};

const write = async (
  tables: Tables,
  place: ThreadPlace,
  {
    update,
    names,
    values,
    entriesMax,
  }: {
    update: string;
    names: Record<string, string>;
    values: Record<string, unknown>;
    entriesMax: number;
  },
): Promise<void> => {
  const isMetadata = names['#metadata'] !== undefined;
  const outcome = await tables.write({
    kind: 'update',
    table: 'threads',
    key: metaKey(place),
    condition: `attribute_exists(pk) AND attribute_not_exists(deleted_at)${isMetadata ? ' AND size(#metadata) <= :entries' : ''}`,
    update,
    names,
    values: {
      ...values,
      ':zero': 0,
      ':one': 1,
      ...(isMetadata ? { ':entries': entriesMax } : {}),
    },
  });
  if (outcome.kind === 'refused' && outcome.item !== null && isMetadata)
    throw new AppError({
      code: 'invalid_request',
      publicMessage: `metadata: at most ${entriesMax} entries`,
      facts: { param: 'metadata' },
    });
};
