import type { Thread } from '../../../domain/thread.ts';
import type { ThreadRow } from '../../../domain/thread-row.ts';

/** A value that is no text is kept as one: metadata here is text alone. */
const JSON_MARK = 'json:';
/** Fields of a thread of that API that ours has not are entries of its metadata, under names that no client reads. */
const OWN = 'qlaud.';
const FIELDS = ['kind', 'default_mode', 'default_model', 'workspace_id'] as const;
type Field = (typeof FIELDS)[number];
const END_USER = `${OWN}end_user_id`;

/**
 * The body of a new thread as ours. A key that is bound to nobody may say whose it is: that is a name to list by, and opens
 * nothing.
 */
export const fromQlaudThread = (raw: unknown, isUnbound: boolean): unknown => {
  if (typeof raw !== 'object' || raw === null) return raw;
  const { end_user_id: given, ...rest } = recordOf(raw);
  // A name may be a number, as rows of people have it.
  const endUser = typeof given === 'number' ? String(given) : given;
  const isName = isUnbound && typeof endUser === 'string';
  const body = recordOf(fromQlaudPatch(rest));
  const { metadata, ...fields } = isName ? withOwn(body, [[END_USER, endUser]]) : withOwn(body, []);
  return {
    ...fields,
    ...(isName || endUser == null ? {} : { end_user_id: endUser }),
    ...(metadata === undefined ? {} : { metadata: createdMetadata(metadata) }),
  };
};

/** There is nothing yet to take away: an entry without a value is one, and a field without a value is none. */
const createdMetadata = (metadata: unknown): unknown =>
  isRecord(metadata)
    ? Object.fromEntries(
        Object.entries(metadata).flatMap(([name, value]) => {
          if (value !== null) return [[name, value]];
          return name.startsWith(OWN) ? [] : [[name, `${JSON_MARK}null`]];
        }),
      )
    : metadata;

/** The same of a change: metadata of any values as ours, and fields as entries of it. */
export const fromQlaudPatch = (raw: unknown): unknown => {
  if (typeof raw !== 'object' || raw === null) return raw;
  const fields = new Map<string, unknown>(Object.entries(raw));
  const own: [string, string | null][] = [];
  for (const name of FIELDS) {
    const value = fields.get(name);
    if (fields.delete(name) && value !== undefined) own.push([`${OWN}${name}`, textOf(value)]);
  }
  const metadata = fields.get('metadata');
  if (metadata === null) fields.delete('metadata');
  if (isRecord(metadata))
    fields.set(
      'metadata',
      Object.fromEntries(
        Object.entries(metadata).map(([name, value]) => [
          // What a client makes up may not take the place of a field.
          name.startsWith(OWN) ? `_${name}` : name,
          textOf(value),
        ]),
      ),
    );
  return withOwn(Object.fromEntries(fields), own);
};

const withOwn = (
  body: Readonly<Record<string, unknown>>,
  own: readonly (readonly [string, string | null])[],
): Readonly<Record<string, unknown>> => {
  const { metadata = {} } = body;
  if (own.length === 0 || !isRecord(metadata)) return body;
  return { ...body, metadata: { ...metadata, ...Object.fromEntries(own) } };
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
  kind: fieldOf(view, 'kind'),
  default_mode: fieldOf(view, 'default_mode'),
  default_model: fieldOf(view, 'default_model'),
  workspace_id: fieldOf(view, 'workspace_id'),
});

const fieldOf = ({ metadata }: Pick<ThreadRow, 'metadata'>, name: Field): unknown =>
  valueOf(metadata[`${OWN}${name}`] ?? `${JSON_MARK}null`);

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
export const defaultModelOf = (thread: Pick<Thread, 'metadata'>): string | undefined => {
  const model = fieldOf(thread, 'default_model');
  return typeof model === 'string' && model !== '' ? model : undefined;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
