import { cleanLine, cleanLines } from '../../shared/clean-text.ts';

/** About 10,000 tokens: clients cut, or refuse, what is much longer. https://code.claude.com/docs/en/mcp */
export const AGENT_ANSWER_BYTES_MAX = 32_000;
/** Longest text of an answer; tried one after the other until the whole fits. */
const TEXT_CHARS_MAX = [2_000, 500, 160] as const;
const NAME_CHARS_MAX = 200;
/** Of an object: attributes of a record have names that somebody else chose. */
const MEMBERS_MAX = 60;
const DEPTH_MAX = 12;
/** Enough to halve the longest list of an answer until nothing of it is left. */
const HALVINGS_MAX = 64;

export interface BoundAnswer {
  readonly value: object;
  /** Something was left out. */
  readonly isShortened: boolean;
}

/**
 * An answer as a model may read it: within so many bytes of JSON, without controls, marks of direction and characters
 * that nobody sees, in which a line hides words from people. Long texts are cut first, then lists lose their ends.
 */
export const boundAnswer = (body: object, bytesMax: number): BoundAnswer => {
  const cut = { isShortened: false };
  let value: unknown = body;
  for (const charsMax of TEXT_CHARS_MAX) {
    value = cleaned(body, charsMax, cut, 0);
    if (bytesOf(value) <= bytesMax) break;
  }
  for (let tries = 0; tries < HALVINGS_MAX && bytesOf(value) > bytesMax; tries++) {
    const list = longestList(value);
    if (list === null) break;
    list.length = Math.floor(list.length / 2);
    cut.isShortened = true;
  }
  return { value: Object(value), isShortened: cut.isShortened };
};

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const cleaned = (
  value: unknown,
  charsMax: number,
  cut: { isShortened: boolean },
  depth: number,
): unknown => {
  if (typeof value === 'string') {
    if (value.length > charsMax) cut.isShortened = true;
    return cleanLines(value, charsMax);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) {
    cut.isShortened = true;
    return null;
  }
  if (Array.isArray(value)) return value.map((one) => cleaned(one, charsMax, cut, depth + 1));
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  if (members.length > MEMBERS_MAX) cut.isShortened = true;
  return Object.fromEntries(
    members
      .slice(0, MEMBERS_MAX)
      .map(([name, member]) => [
        cleanLine(name, NAME_CHARS_MAX),
        cleaned(member, charsMax, cut, depth + 1),
      ]),
  );
};

/** Of all lists below a value the one with most bytes; null: all are empty. */
const longestList = (value: unknown): unknown[] | null => {
  let longest: { readonly list: unknown[]; readonly bytes: number } | null = null;
  const look = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return;
    for (const member of Object.values(one)) look(member);
    if (!Array.isArray(one) || one.length === 0) return;
    const bytes = bytesOf(one);
    if (longest === null || bytes > longest.bytes) longest = { list: one, bytes };
  };
  look(value);
  return found(longest);
};

const found = (longest: { readonly list: unknown[] } | null): unknown[] | null =>
  longest === null ? null : longest.list;
