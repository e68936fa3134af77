import type { Unpriced } from '../unpriced.ts';

/** What an image is asked to be; null: its provider chooses. */
export interface ImageWish {
  readonly size: string | null;
  readonly quality: string | null;
}

export interface ImageTokens {
  /** The most that one image may put out. */
  readonly output: number;
  /** The most that one image of the caller's may put in. */
  readonly input: number;
  readonly unpriced: readonly Unpriced[];
}

type Quality = 'low' | 'medium' | 'high';
const QUALITIES: readonly Quality[] = ['low', 'medium', 'high'];

/** https://platform.openai.com/docs/guides/image-generation#cost-and-latency, as of November 2026. */
const FIRST: Readonly<Record<string, Readonly<Record<Quality, number>>>> = {
  '1024x1024': { low: 272, medium: 1_056, high: 4_160 },
  '1024x1536': { low: 408, medium: 1_584, high: 6_240 },
  '1536x1024': { low: 400, medium: 1_568, high: 6_208 },
};
/** A tile or two, and what high fidelity adds: 6,144. The same page. */
const FIRST_INPUT_TOKENS = 8_000;

/** GPT Image 2: https://community.openai.com/t/1382699, the algorithm of OpenAI's own calculator; 5 June 2026. */
const FACTORS: Readonly<Record<Quality, number>> = { low: 16, medium: 48, high: 96 };
const PIXELS_MAX = 8_294_400;
/** Sides are multiples of 16, and none is longer than three times the other: the first page above. */
const SIDE_MIN = 16;
const RATIO_MAX = 3;
const SECOND_INPUT_TOKENS = 16_000;

/** Each image that is shown before it is done: https://platform.openai.com/docs/guides/image-generation#streaming */
export const PARTIAL_TOKENS = 100;

/** What one image of a model may cost in tokens, by its size and quality; what names no known one has no bound. */
export const imageTokens = (model: string, { size, quality }: ImageWish): ImageTokens => {
  const level = QUALITIES.find((one) => one === quality) ?? 'high';
  const isKnown = quality === null || quality === 'auto' || level === quality;
  const unpriced = isKnown ? [] : [{ path: 'quality', name: `quality.${quality}` }];
  const tokens = model.startsWith('gpt-image-2')
    ? secondTokens(size, level)
    : firstTokens(size, level);
  return {
    output: tokens ?? 0,
    input: model.startsWith('gpt-image-2') ? SECOND_INPUT_TOKENS : FIRST_INPUT_TOKENS,
    unpriced: tokens === null ? [...unpriced, { path: 'size', name: `size.${size}` }] : unpriced,
  };
};

const isFree = (size: string | null): boolean => size === null || size === 'auto';

const firstTokens = (size: string | null, level: Quality): number | null =>
  isFree(size)
    ? Math.max(...Object.values(FIRST).map((tokens) => tokens[level]))
    : (FIRST[size ?? '']?.[level] ?? null);

const secondTokens = (size: string | null, level: Quality): number | null => {
  const side = Math.sqrt(PIXELS_MAX);
  if (isFree(size)) return tokensOf(side, side, level);
  const sides =
    /^([1-9]\d{1,3})x([1-9]\d{1,3})$/
      .exec(size ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  const [short = 0, long = 0] = sides.toSorted((left, right) => left - right);
  return short < SIDE_MIN || long > short * RATIO_MAX || short * long > PIXELS_MAX
    ? null
    : tokensOf(short, long, level);
};

const tokensOf = (short: number, long: number, level: Quality): number => {
  const factor = FACTORS[level];
  const shorter = Math.round((factor * short) / long);
  return Math.ceil((factor * shorter * (2_000_000 + short * long)) / 4_000_000);
};
