import { VARIABLE } from './skeleton.ts';
import { MINER_LIMITS } from './limits.ts';
import { firstWordOf, FREE, isWord, type Template } from './template.ts';
import { isSlotNoun, mayVary } from './words.ts';

/** What a new skeleton is, among the templates of its first word and length. */
export type Fit =
  | { readonly kind: 'new' }
  /** It fits as it is. */
  | { readonly kind: 'same'; readonly template: Template }
  /** The templates, the oldest first, become one; these places become free. */
  | {
      readonly kind: 'merge';
      readonly templates: readonly Template[];
      readonly places: readonly number[];
    };

const WORDS_FOR_A_VARIABLE_MIN = 3;
const WORDS_FOR_A_SLOT_MIN = 2;
const WORDS_FOR_A_SERIES_MIN = 2;
/** Distinct words in one place, the new one among them, that show a variable. */
const SERIES_MIN = 4;
const SIMILARITY_MIN = 0.7;

interface Difference {
  readonly template: Template;
  readonly equalWords: number;
  readonly places: readonly number[];
}

export const fitOf = (tokens: readonly string[], bucket: readonly Template[]): Fit => {
  const first = firstWordOf(tokens);
  const isCrowded = bucket.length > MINER_LIMITS.bucketTemplatesBeforeSimilarity;
  const placesMax = isCrowded ? Math.floor(tokens.length * (1 - SIMILARITY_MIN)) : 1;
  const near: Difference[] = [];
  let same: Difference | null = null;
  for (const template of bucket) {
    const found = differenceOf(tokens, template, Math.max(1, placesMax));
    if (found === null) continue;
    if (found.places.length > 0) near.push(found);
    else if (same === null || found.equalWords > same.equalWords) same = found;
  }
  if (same !== null) return { kind: 'same', template: same.template };
  const single = near.filter(({ places }) => places.length === 1);
  return (
    bySingle(tokens, single, first) ??
    bySeries(tokens, single, first) ??
    bySimilarity(tokens, near, first, isCrowded) ?? { kind: 'new' }
  );
};

/** null when they differ in more places than asked. */
const differenceOf = (
  tokens: readonly string[],
  template: Template,
  placesMax: number,
): Difference | null => {
  const theirs = template.tokens;
  const places: number[] = [];
  let equalWords = 0;
  for (let place = 0; place < tokens.length; place += 1) {
    const own = tokens[place] ?? '';
    const other = theirs[place] ?? '';
    if (other === FREE) continue;
    if (own === other) {
      if (own !== VARIABLE) equalWords += 1;
      continue;
    }
    if (places.length === placesMax) return null;
    places.push(place);
  }
  return { template, equalWords, places };
};

const mayFree = (
  tokens: readonly string[],
  template: Template,
  place: number,
  first: number,
): boolean => {
  if (place === first) return false;
  return [tokens[place] ?? '', template.tokens[place] ?? ''].every(
    (token) => !isWord(token) || mayVary(token),
  );
};

/** One place: a word against a variable, or two words after a noun that names instances. */
const bySingle = (
  tokens: readonly string[],
  single: readonly Difference[],
  first: number,
): Fit | null => {
  for (const { template, equalWords, places } of single) {
    const [place = 0] = places;
    if (!mayFree(tokens, template, place, first)) continue;
    const areWords = isWord(tokens[place] ?? '') && isWord(template.tokens[place] ?? '');
    const isOne = areWords
      ? equalWords >= WORDS_FOR_A_SLOT_MIN && isSlotNoun(tokens[place - 1] ?? '')
      : equalWords >= WORDS_FOR_A_VARIABLE_MIN;
    if (isOne) return { kind: 'merge', templates: [template], places };
  }
  return null;
};

/** Many words in one place, everything else alike. */
const bySeries = (
  tokens: readonly string[],
  single: readonly Difference[],
  first: number,
): Fit | null => {
  const byPlace = new Map<number, Template[]>();
  for (const { template, equalWords, places } of single) {
    const [place = 0] = places;
    if (equalWords < WORDS_FOR_A_SERIES_MIN || !mayFree(tokens, template, place, first)) continue;
    const series = byPlace.get(place) ?? [];
    series.push(template);
    byPlace.set(place, series);
    if (series.length + 1 >= SERIES_MIN)
      return {
        kind: 'merge',
        templates: series.toSorted((left, right) => left.id - right.id),
        places: [place],
      };
  }
  return null;
};

const bySimilarity = (
  tokens: readonly string[],
  near: readonly Difference[],
  first: number,
  isCrowded: boolean,
): Fit | null => {
  if (!isCrowded) return null;
  let best: Difference | null = null;
  for (const found of near) {
    const share = 1 - found.places.length / tokens.length;
    if (share < SIMILARITY_MIN || found.equalWords < WORDS_FOR_A_SLOT_MIN) continue;
    if (!found.places.every((place) => mayFree(tokens, found.template, place, first))) continue;
    if (best === null || found.places.length < best.places.length) best = found;
  }
  return best === null ? null : { kind: 'merge', templates: [best.template], places: best.places };
};
