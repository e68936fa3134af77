import { isJsonObject, parseJson } from './partial-json.ts';
import type { Json } from './turn.ts';

/** Models are offered functions alone: a tool that accepts text is one with this member. */
const TEXT_MEMBER = 'input';
export const TEXT_SCHEMA = {
  type: 'object',
  properties: { [TEXT_MEMBER]: { type: 'string' } },
  required: [TEXT_MEMBER],
  additionalProperties: false,
} as const;

export const textAsInput = (text: string) => ({ [TEXT_MEMBER]: text });

/** What a model is told of a tool that wants its text in a grammar; nothing here makes it keep to that. */
export const grammarWords = (grammar: {
  readonly syntax: string;
  readonly definition: string;
}): string => `The input keeps to this ${grammar.syntax} grammar:\n${grammar.definition}`;

/** The text of a call; a model that kept to no schema may have put it elsewhere. */
export const textOfInput = (input: Json): string => {
  if (typeof input === 'string') return input;
  const text = isJsonObject(input) ? input[TEXT_MEMBER] : undefined;
  return typeof text === 'string' ? text : JSON.stringify(input);
};

const BEGUN = /^\s*\{\s*"input"\s*:\s*"((?:[^"\\]|\\(?:u[\da-fA-F]{4}|[^u]))*)/;

/** The same of arguments that are still arriving: as far as it is sure. */
export const textSoFar = (json: string): string => {
  const [, begun = ''] = BEGUN.exec(json) ?? [];
  const text = parseJson(`"${begun}"`);
  // The other half of a character is yet to come.
  return typeof text === 'string' ? text.replace(/[\uD800-\uDBFF]$/, '') : '';
};
