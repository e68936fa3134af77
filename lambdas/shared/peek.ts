type Result<T> = IteratorResult<T>;

/**
 * Reads pieces until `isKnown`, their end, or for `withinMs`, and hands them on from the first one. `onPiece` sees each
 * that was read so. Throws what reading throws.
 */
export const peekPieces = async <T>(
  from: AsyncIterable<T>,
  isKnown: () => boolean,
  onPiece: (piece: T) => void,
  withinMs: number,
): Promise<AsyncIterable<T>> => {
  const pieces = from[Symbol.asyncIterator]();
  const late = lateAfter(withinMs);
  const seen: Promise<Result<T>>[] = [];
  try {
    while (!isKnown()) {
      const piece = pieces.next();
      seen.push(piece);
      const next = await (late === null ? piece : Promise.race([piece, late.passed]));
      if (next === null || next.done === true) break;
      onPiece(next.value);
    }
  } finally {
    late?.end();
  }
  return fromStart(seen, pieces);
};

interface Late {
  readonly passed: Promise<null>;
  end(): void;
}

/** null: it never is. */
const lateAfter = (ms: number): Late | null => {
  if (ms === Infinity) return null;
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), ms);
  return { passed: promise, end: () => clearTimeout(timer) };
};

/** Each piece as its producer gives it: a stream has a hundred thousand of them. */
const fromStart = <T>(seen: Promise<Result<T>>[], rest: AsyncIterator<T>): AsyncIterable<T> => ({
  [Symbol.asyncIterator]: () => ({
    next: () => seen.shift() ?? rest.next(),
    return: async () => (await rest.return?.()) ?? { done: true as const, value: undefined },
  }),
});
