/** A part of a request that has no price here, or may bill more than what is held for it. */
export interface Unpriced {
  readonly path: string;
  /** What an operator allows it by, as in `tools.web_search_20250305`. */
  readonly name: string;
  /** The names that are known where it stands. */
  readonly known?: ReadonlySet<string>;
}

/**
 * The properties of an object that are set and not known. What is not known is taken to cost more than is held: a list of
 * known dangers would be passed by the next one. An empty list asks for nothing.
 */
export const unknownFields = (
  value: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  path = '',
): readonly Unpriced[] =>
  Object.entries(value)
    .filter(([name, item]) => !known.has(name) && isSet(item))
    .map(([name]) => ({ path: `${path}${name}`, name: `${path}${name}`, known }));

const isSet = (item: unknown): boolean =>
  item !== null && item !== undefined && !(Array.isArray(item) && item.length === 0);

/** The unknown properties of something at a place, each with a name by its kind. */
export const foreignFields = (
  value: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  path: string,
  kind: string,
): readonly Unpriced[] =>
  unknownFields(value, known).map(({ name }) => ({
    path: `${path}.${name}`,
    name: `${kind}.${name}`,
    known,
  }));

/** What stands where words or a list of parts do, and is neither: somebody may read more in it. */
export const unpricedContent = (content: unknown, path: string): readonly Unpriced[] =>
  typeof content === 'object' && content !== null && !Array.isArray(content)
    ? [{ path, name: 'content.object' }]
    : [];

/** The words of a header that lists some, and is known by the words it may have. */
export const unknownWords = (
  header: string,
  value: string | undefined,
  isKnown: (word: string) => boolean,
): readonly Unpriced[] =>
  (value ?? '')
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '' && !isKnown(word))
    .map((word) => ({ path: header, name: `${header}.${word}` }));
