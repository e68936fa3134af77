/** What is longer is nobody's misspelling; the work grows with it. */
const GIVEN_CHARS_MAX = 200;

/** A third of the letters may be wrong. */
const WRONG_SHARE = 3;

/**
 * The name that somebody most likely meant: the same without regard to case and separators, one that begins or ends with it,
 * or the nearest by edits. null: none is near.
 */
export const closest = (given: string, names: Iterable<string>): string | null => {
  const wanted = plain(given);
  if (wanted === '' || wanted.length > GIVEN_CHARS_MAX) return null;
  let best: string | null = null;
  let least = Infinity;
  for (const name of names) {
    if (name === given) continue;
    const distance = distanceOf(wanted, plain(name));
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
};

/** `; did you mean ...?`, or nothing. */
export const hint = (given: string, names: Iterable<string>): string => {
  const meant = closest(given, names);
  return meant === null ? '' : `; did you mean ${meant}?`;
};

const plain = (name: string): string => name.toLowerCase().replaceAll(/[\s_.-]/g, '');

/** Infinity: too far to be meant. */
const distanceOf = (given: string, name: string): number => {
  if (given === name) return 0;
  const edits = editsOf(given, name);
  if (edits <= Math.max(1, Math.floor(Math.min(given.length, name.length) / WRONG_SHARE)))
    return edits;
  const [short, long] = given.length < name.length ? [given, name] : [name, given];
  const isPart = short.length > WRONG_SHARE && (long.startsWith(short) || long.endsWith(short));
  return isPart ? edits : Infinity;
};

/** Letters to add, drop, change or swap: the optimal string alignment distance. */
const editsOf = (left: string, right: string): number => {
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const next = [row];
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwapped =
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1];
      next.push(
        Math.min(
          (last[column] ?? Infinity) + 1,
          (next[column - 1] ?? Infinity) + 1,
          (last[column - 1] ?? Infinity) + (isSame ? 0 : 1),
          isSwapped ? (before[column - 2] ?? Infinity) + 1 : Infinity,
        ),
      );
    }
    [before, last] = [last, next];
  }
  return last[right.length] ?? Infinity;
};
