import { KEY_DIGITS, VARIABLE } from './skeleton.ts';

/** A place where templates were merged: any one word or variable fits it. */
export const FREE = '\u0002';

export const isWord = (token: string): boolean => token !== VARIABLE && token !== FREE;

/** What a line became. */
export interface Mined {
  /** Never given to another template. */
  readonly id: number;
  /** The line with `<*>` for what varies. */
  readonly template: string;
}

export interface Template {
  readonly id: number;
  /** Words, VARIABLE and FREE. */
  tokens: readonly string[];
  /** What stands before each token and after the last, as in the first line of this template. */
  gaps: readonly string[];
  /** Key of its bucket. */
  readonly bucket: string;
  /** By the miner's own count of new skeletons, not by a clock. */
  usedAt: number;
  /** What a reader gets; null until it is asked for, and again after a merge. */
  mined: Mined | null;
  /** The older template that this one became a part of. */
  successor: Template | null;
}

/** The first word, which no merge removes; -1 when there is none. */
export const firstWordOf = (tokens: readonly string[]): number => tokens.findIndex(isWord);

export const minedOf = (template: Template): Mined => {
  template.mined ??= { id: template.id, template: textOf(template) };
  return template.mined;
};

const textOf = ({ gaps, tokens }: Template): string =>
  gaps
    .map((gap, index) => gap + shownToken(tokens[index] ?? ''))
    .join('')
    .trim();

const shownToken = (token: string): string =>
  token === VARIABLE || token === FREE ? '<*>' : token.replaceAll(KEY_DIGITS, '<*>');
