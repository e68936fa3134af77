/** The first one that a prompt has counts. */
const STYLES = ['echo', 'long', 'list', 'table', 'code', 'help'] as const;

/** What words in a prompt ask of the simulated model. They may stand together, as in `slow long`. */
export interface PromptWords {
  /** A status of the provider, or a connection that breaks in mid-answer. */
  readonly failure: number | 'mid-stream' | null;
  readonly style: 'words' | (typeof STYLES)[number];
  readonly isSlow: boolean;
  readonly thinks: boolean;
  readonly wantsTool: boolean;
}

export const promptWords = (prompt: string): PromptWords => {
  const has = (word: string): boolean => new RegExp(`\\b${word}\\b`, 'i').test(prompt);
  return {
    failure: failureOf(prompt),
    style: STYLES.find(has) ?? 'words',
    isSlow: has('slow(ly)?'),
    thinks: has('think(ing)?'),
    wantsTool: has('tools?'),
  };
};

const failureOf = (prompt: string): PromptWords['failure'] => {
  const [, how] = /\bfail (mid-?stream|[45]\d\d)\b/i.exec(prompt) ?? [];
  if (how === undefined) return null;
  return how.startsWith('m') || how.startsWith('M') ? 'mid-stream' : Number(how);
};
