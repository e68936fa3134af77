/** What is read of one record for its signals. */
export const SIGNAL_LIMITS = {
  textCharsMax: 16_384,
  stackCharsMax: 16_384,
  /** Lines of a text or a stack; frames of a stack do not count. */
  linesMax: 256,
  /** Words of a text or a stack that are looked at. */
  wordsMax: 4_096,
  /** Places of one text where a pattern may begin; the rest is not tried. */
  candidatesMax: 256,
  /** Words that `...` of a pattern may pass. */
  gapWordsMax: 5,
  /** Characters between two words of a pattern that follow each other. */
  gapCharsMax: 4,
} as const;
