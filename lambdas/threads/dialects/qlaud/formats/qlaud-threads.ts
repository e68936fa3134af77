import type { Thread } from '../../../domain/thread.ts';
import type { ThreadRow } from '../../../domain/thread-row.ts';

/** A value that is no text is kept as one: metadata here is text alone. */
const JSON_MARK = 'json:';
/** Fields of a thread of that API that ours has not are entries of its metadata, under names that no client reads. */
const OWN = 'qlaud.';
const FIELDS = ['kind', 'default_mode', 'default_model', 'workspace_id'] as const;
const END_USER = `${OWN}end_user_id`;

/**
 * The body of a new thread as ours. A key that is bound to nobody may say whose it is: that is a name to list by, and opens
 * nothing.
 */
export const fromQlaudThread = (raw: unknown, isUnbound: boolean): unknown => {
  if (typeof raw !== 'object' || raw === null) return raw;
  const fields = new Map<string, unknown>(Object.entries(raw));
  const own: [string, unknown][] = [];
  for (const name of FIELDS) {
    const value = fields.get(name);
    fields.delete(name);
    if (value != null) own.push([`${OWN}${name}`, value]);
  }
  const endUser = fields.get('end_user_id');
  if (endUser === null || (isUnbound && endUser !== undefined)) fields.delete('end_user_id');
  if (isUnbound && endUser != null) own.push([END_USER, endUser]);
  const body = fromQlaudPatch(Object.fromEntries(fields));
  if (own.length === 0) return body;
  const metadata = recordOf(recordOf(body)['metadata'] ?? {});
  return { ...recordOf(body), metadata: { ...metadata, ...Object.fromEntries(own) } };
};

/** The same of a change: metadata of any values as ours. */
export const fromQlaudPatch = (raw: unknown): unknown => {
  if (typeof raw !== 'object' || raw === null || !('metadata' in raw)) return raw;
  const { metadata, ...rest } = raw;
  if (metadata === null) return rest;
  if (typeof metadata !== 'object') return raw;
  const entries = Object.entries(metadata).map(([name, value]: [string, unknown]) => {
    // What a client makes up may not take the place of a field.
    if (name.startsWith(OWN)) return [`_${name}`, textOf(value)] as const;
    return [name, textOf(value)] as const;
  });
  return { ...rest, metadata: Object.fromEntries(entries) };
};

/** null takes an entry away, there as here. */
const textOf = (value: unknown): string | null => {
  if (value === null || value === undefined) return null;
  const isPlain = typeof value === 'string' && !value.startsWith(JSON_MARK);
  return isPlain ? value : `${JSON_MARK}${JSON.stringify(value)}`;
};

const valueOf = (text: string): unknown => {
  if (!text.startsWith(JSON_MARK)) return text;
  try {
    return JSON.parse(text.slice(JSON_MARK.length));
  } catch {
    return text;
  }
};

/** A thread as clients of that API read it. */
export const qlaudThread = (view: ThreadRow) => ({
  ...view,
  metadata: Object.fromEntries(
    Object.entries(view.metadata)
      .filter(([name]) => !name.startsWith(OWN))
      .map(([name, text]) => [name, valueOf(text)]),
  ),
  end_user_id: view.metadata[END_USER] ?? view.end_user_id,
  kind: view.metadata[`${OWN}kind`] ?? null,
  default_mode: view.metadata[`${OWN}default_mode`] ?? null,
  default_model: view.metadata[`${OWN}default_model`] ?? null,
  workspace_id: view.metadata[`${OWN}workspace_id`] ?? null,
});

/** What a list is asked for as ours asks: an end user whom an unbound key names is an entry of the metadata. */
export const fromQlaudListQuery = (
  query: Readonly<Record<string, string>>,
  isUnbound: boolean,
): Readonly<Record<string, string>> => {
  const { end_user_id: endUser, ...rest } = query;
  if (!isUnbound || endUser === undefined) return query;
  return { ...rest, [`metadata.${END_USER}`]: endUser };
};

/** The model that a thread's turns ask unless they name one. */
export const defaultModelOf = ({ metadata }: Pick<Thread, 'metadata'>): string | undefined =>
  metadata[`${OWN}default_model`];

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
