import { isRecord } from '../../../../http/body.ts';

/** Of tools that OpenAI runs: what they found is in the words after them, and nobody here can run or read them. */
export const LEFT_OUT_TYPES = [
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'computer_call',
  'computer_call_output',
  'mcp_list_tools',
  'mcp_call',
  'mcp_approval_request',
  'mcp_approval_response',
  'ghost_snapshot',
] as const;
const LEFT_OUT: ReadonlySet<unknown> = new Set(LEFT_OUT_TYPES);

/** Calls of tools that a client runs and OpenAI knows by type: a function's name, and the field of what it is given. */
const CALLS: ReadonlyMap<unknown, readonly [name: string, field: string]> = new Map([
  ['local_shell_call', ['local_shell', 'action'] as const],
  ['shell_call', ['shell', 'action'] as const],
  ['apply_patch_call', ['apply_patch', 'operation'] as const],
]);

/**
 * An item of a history that began elsewhere, in the types that are read here: a call that a client ran is a function's, and
 * one of OpenAI's own tools accepts only itself. Any other value is left as it is.
 * https://platform.openai.com/docs/api-reference/responses/create#responses-create-input
 */
export const plainItem = (value: unknown): unknown => {
  if (!isRecord(value)) return value;
  const { type, id, call_id: callId, caller } = value;
  if (LEFT_OUT.has(type)) return { type: 'left_out', of: type };
  const call = CALLS.get(type);
  const place = { call_id: callId ?? id, ...(caller === undefined ? {} : { caller }) };
  if (call !== undefined) {
    const [name, field] = call;
    return { ...place, type: 'function_call', name, arguments: JSON.stringify(value[field] ?? {}) };
  }
  if (typeof type !== 'string' || !CALLS.has(type.replace(/_output$/, ''))) return value;
  const output = value['output'] ?? '';
  return {
    ...place,
    type: 'function_call_output',
    output: typeof output === 'string' ? output : JSON.stringify(output),
  };
};
