import MiniSearch from 'minisearch';
import * as z from 'zod';
import type { TurnMessage, TurnTool, ToolUseBlock } from '../../../inference/turn/turn.ts';
import { OFFERED_MAX, TOOLS_FOUND_MAX } from '../../domain/limits.ts';

const QUERY_CHARS_MAX = 1_000;

/**
 * The one tool that a run with `dynamic` tools starts with. The model says what it wants to do and is offered what was
 * found from its next turn on. To pick by the user's last words instead would take no turn, but after "yes, do it" it
 * would offer nothing.
 */
export const FIND_TOOLS: TurnTool = {
  name: 'find_tools',
  description:
    'Finds tools by what they do. The ones found can be called from the next step on. Search before you say that something cannot be done.',
  input_schema: {
    type: 'object',
    properties: { query: { type: 'string', description: 'What the tool should do' } },
    required: ['query'],
  },
};

const wish = z.looseObject({ query: z.string().min(1).max(QUERY_CHARS_MAX) });

/** The best matches over names and descriptions, the best one first. */
export const findTools = (tools: readonly TurnTool[], query: string): readonly TurnTool[] => {
  const index = new MiniSearch<{ id: number; name: string; description: string }>({
    fields: ['name', 'description'],
    searchOptions: { boost: { name: 2 }, prefix: true, fuzzy: 0.2 },
  });
  index.addAll(tools.map(({ name, description }, id) => ({ id, name, description })));
  return index
    .search(query)
    .slice(0, TOOLS_FOUND_MAX)
    .flatMap(({ id }) => tools[Number(id)] ?? []);
};

/** What the searches of a run have found so far: it follows from what was said, so a resumed run is offered the same. */
export const toolsFound = (
  tools: readonly TurnTool[],
  own: readonly TurnMessage[],
): readonly TurnTool[] => {
  const queries = own
    .filter(({ role }) => role === 'assistant')
    .flatMap(({ content }) => content)
    .flatMap((block) => (block.type === 'tool_use' ? (queryOf(block) ?? []) : []));
  const found = new Map(
    queries.flatMap((query) => findTools(tools, query)).map((tool) => [tool.name, tool]),
  );
  return [...found.values()].slice(0, OFFERED_MAX - 1);
};

/** What a call of `find_tools` looks for; null: another tool's call, or none that can be read. */
export const queryOf = ({ name, input }: ToolUseBlock): string | null =>
  name === FIND_TOOLS.name ? (wish.safeParse(input).data?.query ?? null) : null;
