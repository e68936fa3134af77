import type { CompleteAnswer } from './call-types.ts';

/** What comes before a first token is events without words: more than this is an answer. */
const PEEK_BYTES_MAX = 256_000;

type Pieces = AsyncIterator<Uint8Array>;
type Piece = IteratorResult<Uint8Array>;

/**
 * Reads a stream until it is known how it goes, or for `withinMs`, and hands it on from its beginning. Of a stream
 * that failed, it is known once its hold has its end.
 */
export const peekAnswer = async (
  answer: CompleteAnswer,
  isKnown: () => boolean,
  withinMs = Infinity,
): Promise<CompleteAnswer> => {
  const { body } = answer;
  if (body instanceof Uint8Array) return answer;
  const pieces = body[Symbol.asyncIterator]();
  const late = lateAfter(withinMs);
  const seen: Promise<Piece>[] = [];
  let bytes = 0;
  try {
    while (!isKnown() && bytes < PEEK_BYTES_MAX) {
      const piece = pieces.next();
      seen.push(piece);
      const next = await (late === null ? piece : Promise.race([piece, late.passed]));
      if (next === null || next.done === true) break;
      bytes += next.value.byteLength;
    }
  } finally {
    late?.end();
  }
  return { ...answer, body: fromStart(seen, pieces) };
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
const fromStart = (seen: Promise<Piece>[], rest: Pieces): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => ({
    next: () => seen.shift() ?? rest.next(),
    return: async () => (await rest.return?.()) ?? { done: true as const, value: undefined },
  }),
});
