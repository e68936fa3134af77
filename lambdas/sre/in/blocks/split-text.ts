import { CHARACTERS, DIGIT, WORD } from '../mask/characters.ts';

/** Stands in a template where a value was. A text that has it already is not split. */
export const HOLE = '\u0001';
const HOLE_CODE = 1;

export interface Split {
  readonly template: string;
  readonly values: readonly string[];
}

/** Values of one text: more would not repay. */
const VALUES_MAX = 64;

/** Parts of a text with a digit in them apart from the rest. Only for storage: nothing is mined here. */
export const splitText = (text: string): Split => {
  const values: string[] = [];
  let template = '';
  let taken = 0;
  let start = -1;
  let hasDigit = false;
  for (let index = 0; index <= text.length; index += 1) {
    const code = index < text.length ? text.charCodeAt(index) : 0x20;
    if (code === HOLE_CODE) return { template: text.replaceAll(HOLE, '\ufffd'), values: [] };
    const kind = code < 128 ? (CHARACTERS[code] ?? 0) : 0;
    if ((kind & WORD) !== 0) {
      if (start === -1) start = index;
      hasDigit ||= (kind & DIGIT) !== 0;
      continue;
    }
    if (hasDigit && values.length < VALUES_MAX) {
      template += text.slice(taken, start) + HOLE;
      values.push(text.slice(start, index));
      taken = index;
    }
    start = -1;
    hasDigit = false;
  }
  return taken === 0
    ? { template: text, values }
    : { template: template + text.slice(taken), values };
};

/** The text again; null when there are not as many values as holes. */
export const joinText = (template: string, values: readonly string[]): string | null => {
  if (values.length === 0) return template.includes(HOLE) ? null : template;
  const parts = template.split(HOLE);
  if (parts.length !== values.length + 1) return null;
  return parts.map((part, index) => part + (values[index] ?? '')).join('');
};
