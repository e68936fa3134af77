/** What a project hides besides what is always hidden: what `pattern` finds is stored as `<name>`. */
export interface MaskPattern {
  readonly name: string;
  /** In the syntax of RE2: no look-around and no back-reference, so that no text makes it slow. */
  readonly pattern: string;
}

export const MASK_PATTERNS_MAX = 10;
export const MASK_PATTERN_CHARS_MAX = 200;

/** `order-number`: as it is shown between `<` and `>`. */
export const MASK_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** Replaces what the patterns of a project find. */
export type OwnMask = (text: string) => string;
