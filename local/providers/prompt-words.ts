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

export const promptWords = (prompt: string, model: string): PromptWords => {
  const has = (word: string): boolean => new RegExp(`\\b${word}\\b`, 'i').test(prompt);
  return {
    failure: failureOf(prompt, model),
    style: STYLES.find(has) ?? 'words',
    isSlow: has('slow(ly)?'),
    thinks: has('think(ing)?'),
    wantsTool: has('tools?'),
  };
};

const FAILURE = /\bfail (mid-?stream|[45]\d\d)\b(?: ([\w./:-]+)\*)?/gi;
/** Between two messages of the user that a wire sends as one text. */
const PARAGRAPH = '\n\n';

/**
 * What the user says after the last paragraph that fails. A message that failed has no answer, so the next one of its
 * conversation stands in the same text, and must not fail because of it.
 */
export const afterFailures = (prompt: string): string => {
  const paragraphs = prompt.split(PARAGRAPH);
  const failed = paragraphs.slice(0, -1).findLastIndex((each) => each.search(FAILURE) >= 0);
  return paragraphs.slice(failed + 1).join(PARAGRAPH);
};

/** The first failure of this model: one that names a beginning is of the models whose names begin so. */
const failureOf = (prompt: string, model: string): PromptWords['failure'] => {
  const isMeant = ([, , beginning = '']: RegExpExecArray): boolean =>
    model.toLowerCase().startsWith(beginning.toLowerCase());
  const [, how] = [...prompt.matchAll(FAILURE)].find(isMeant) ?? [];
  if (how === undefined) return null;
  return how.startsWith('m') || how.startsWith('M') ? 'mid-stream' : Number(how);
};
