/** A word that attributes a call; it becomes part of a stored row. */
const FEATURE = /^[^\p{Cc}\p{Cs}]{1,64}$/u;

/** What such a word must be, to follow the name of its field. */
export const FEATURE_RULE = 'at most 64 printable characters';

/** One rule wherever a caller says it. null: no such word. */
export const featureWord = (text: string): string | null => {
  const word = text.trim();
  return FEATURE.test(word) ? word : null;
};
