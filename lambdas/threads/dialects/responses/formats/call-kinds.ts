import { isJsonObject, parseJson } from '../../../../inference/turn/partial-json.ts';
import type { Json, ToolForm } from '../../../../inference/turn/turn.ts';

/** Models are offered functions alone: a tool that accepts text is one with this member. */
const TEXT_MEMBER = 'input';
export const TEXT_SCHEMA = {
  type: 'object',
  properties: { [TEXT_MEMBER]: { type: 'string' } },
  required: [TEXT_MEMBER],
  additionalProperties: false,
} as const;
/** Calls of it are known by their item's type, not by a name. */
export const SEARCH_NAME = 'tool_search';

export type CallKind = 'function_call' | 'custom_tool_call' | 'tool_search_call';

export const callKindOf = (form: ToolForm | undefined): CallKind => {
  switch (form) {
    case undefined:
      return 'function_call';
    case 'custom':
      return 'custom_tool_call';
    case 'tool_search':
      return 'tool_search_call';
  }
};

/** A tool of a namespace has one name in a thread; a namespace has no slash. */
export const nameInThread = (namespace: string | null | undefined, name: string): string =>
  namespace == null ? name : `${namespace}/${name}`;

export interface CalledName {
  readonly name: string;
  readonly namespace?: string;
}

export const calledName = (name: string): CalledName => {
  const slash = name.indexOf('/');
  return slash < 1 ? { name } : { name: name.slice(slash + 1), namespace: name.slice(0, slash) };
};

export const textAsInput = (text: string) => ({ [TEXT_MEMBER]: text });

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
