/** What only that service has; leaving it out makes no answer wrong. */
const OF_THAT_SERVICE = new Set(['client_tools', 'client_tool_names', 'qlaud_runtime']);

/** What clients of the qlaud API send, as our own routes read it; a body without such fields is left as it is. */
export const fromQlaudTurn = (raw: unknown): unknown => {
  if (typeof raw !== 'object' || raw === null) return raw;
  const body = Object.fromEntries(
    Object.entries(raw).filter(([name]) => !OF_THAT_SERVICE.has(name)),
  );
  const tools: unknown = body['tools'];
  const isByIds = Array.isArray(tools) && tools.every((tool) => typeof tool === 'string');
  return {
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
