import type { Block } from '../../inference/turn/turn.ts';

/**
 * A character that is seen: no white space, no control, none that Unicode draws as nothing (the zero-width ones, fillers,
 * marks of direction), not the blank of Braille. https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
 */
const SEEN = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** White space is nothing: no provider accepts it, and a model would be given other words in its place. */
export const isSaid = (words: string): boolean => SEEN.test(words);

/** Does a block say anything to a model? */
export const saysSomething = (block: Block): boolean => {
  if (block.type === 'text') return isSaid(block.text);
  return block.type !== 'document' || block.source.type !== 'text' || isSaid(block.source.data);
};
