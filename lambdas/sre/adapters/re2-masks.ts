import type { MaskPattern, OwnMask } from '../domain/mask-pattern.ts';

/** Instructions of a compiled pattern: what it costs a character is bounded by them, whatever the text. */
const PATTERN_SIZE_MAX = 100;

/** What is wrong with a pattern, in words for whoever wrote it; null: it is kept. The engine is loaded for it. */
export const patternProblem = async (pattern: string): Promise<string | null> => {
  const { RE2JS } = await import('#beside/re2');
  try {
    const compiled = RE2JS.compile(pattern);
    if (compiled.test('')) return 'it finds the empty text, which is everywhere';
    return compiled.programSize() > PATTERN_SIZE_MAX
      ? `it has ${compiled.programSize()} steps, of ${PATTERN_SIZE_MAX} at most: repeat less`
      : null;
  } catch (error) {
    return error instanceof Error ? error.message : 'it is no pattern';
  }
};

/** One function of all patterns, in their order. */
export const compileMask = async (patterns: readonly MaskPattern[]): Promise<OwnMask> => {
  const { RE2JS } = await import('#beside/re2');
  const rules = patterns.map(({ name, pattern }) => ({
    compiled: RE2JS.compile(pattern),
    shown: `<${name}>`,
  }));
  return (text) => {
    let masked = text;
    // Most texts hold none of it, and are only looked at.
    for (const { compiled, shown } of rules)
      if (compiled.test(masked)) masked = compiled.matcher(masked).replaceAll(shown);
    return masked;
  };
};
