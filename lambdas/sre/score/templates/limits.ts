/** What one miner may hold and read. Hostile input meets these, ordinary input does not. */
export const MINER_LIMITS = {
  /** Characters of a line that are read; what follows is ignored. */
  lineCharsMax: 1_500,
  /** Tokens of a skeleton; the rest of the line is one variable. */
  tokensMax: 128,
  /** Templates that are kept; above it the longest unused are forgotten, an eighth at a time. */
  templatesMax: 4_096,
  /** Templates of one first word and one length; a line that fits none of a full bucket goes to its catch-all. */
  bucketTemplatesMax: 256,
  /** Above so many templates of one length, similar ones merge. */
  bucketTemplatesBeforeSimilarity: 24,
  /** Skeletons in each of the two generations of the cache. */
  cachedSkeletonsMax: 4_096,
  /** Aliases that are kept, the youngest. */
  aliasesMax: 4_096,
  /** Bytes of the state as JSON: the longest unused templates are left out of it. */
  stateBytesMax: 262_144,
} as const;
