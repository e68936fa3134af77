/** What only that service has; leaving it out makes no answer wrong. */
const OF_THAT_SERVICE = new Set(['client_tools', 'client_tool_names', 'qlaud_runtime']);

/**
 * What clients of the qlaud API send, as our own routes read it. Its answers are whole unless a stream is asked for. A body
 * that appends without a turn is left as it is.
 */
export const fromQlaudTurn = (raw: unknown, defaultModel?: string): unknown => {
  if (typeof raw !== 'object' || raw === null) return raw;
  if ('run' in raw && raw.run === false) return raw;
  const body = Object.fromEntries(
    Object.entries(raw).filter(
      // A turn that names no model asks the thread's.
      ([name, value]) => !OF_THAT_SERVICE.has(name) && !(name === 'model' && value === null),
    ),
  );
  const tools: unknown = body['tools'];
  const isByIds = Array.isArray(tools) && tools.every((tool) => typeof tool === 'string');
  return {
    stream: false,
    ...(defaultModel === undefined ? {} : { model: defaultModel }),
    ...body,
    ...(isByIds ? { tools: undefined, tools_mode: 'explicit', tool_ids: tools } : {}),
    ...('client_tools' in raw ? { tools: raw.client_tools } : {}),
  };
};

/** `{output, is_error}` in place of `{content, is_error}`. */
export const fromQlaudResult = (raw: unknown): unknown => {
  if (typeof raw !== 'object' || raw === null || !('output' in raw)) return raw;
  const { output, ...rest } = raw;
  return { ...rest, content: typeof output === 'string' ? output : JSON.stringify(output) };
};
