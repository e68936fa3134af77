import type { ToolForm } from '../../../../inference/turn/turn.ts';

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
