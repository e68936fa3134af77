interface Lengths {
  readonly models: RegExp;
  /** The model's own length, and its greatest. */
  readonly own: number;
  readonly refusal: (asked: number) => string | null;
}

const upTo =
  (most: number, field = 'dimensions'): Lengths['refusal'] =>
  (asked) =>
    asked <= most
      ? null
      : `Invalid value for '${field}' = ${asked}. Must be less than or equal to ${most}.`;

/**
 * How many numbers the vectors of a model have: https://platform.openai.com/docs/guides/embeddings and
 * https://ai.google.dev/gemini-api/docs/embeddings
 */
const LENGTHS: readonly Lengths[] = [
  { models: /^text-embedding-3-small$/, own: 1_536, refusal: upTo(1_536) },
  { models: /^text-embedding-3-large$/, own: 3_072, refusal: upTo(3_072) },
  {
    models: /^text-embedding-ada-/,
    own: 1_536,
    refusal: () => 'This model does not support specifying dimensions.',
  },
  { models: /^gemini-embedding-/, own: 3_072, refusal: upTo(3_072, 'outputDimensionality') },
];
/** A model that is not listed has any length. */
const OTHER = { own: 1_536, refusal: upTo(16_384) };

export class NoSuchLength extends Error {}

/** The length of a model's vectors. Throws NoSuchLength for one that it does not give. */
export const lengthOf = (model: string, asked: number | null | undefined): number => {
  const { own, refusal } = LENGTHS.find(({ models }) => models.test(model)) ?? OTHER;
  const problem = asked == null ? null : refusal(asked);
  if (problem !== null) throw new NoSuchLength(problem);
  return asked ?? own;
};
