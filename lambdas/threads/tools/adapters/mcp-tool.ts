import * as z from 'zod';
import { plainToolSchema } from '../../../inference/turn/tool-schema.ts';
import type { Json, TurnTool } from '../../../inference/turn/turn.ts';
import { firstCharacters, wellFormed } from '../../../shared/characters.ts';
import {
  TOOL_DESCRIPTION_CHARS_MAX,
  TOOL_NAME_CHARS_MAX,
  TOOL_SCHEMA_BYTES_MAX,
} from '../../domain/limits.ts';
import type { McpServer } from '../domain/mcp-server.ts';

const json: z.ZodType<Json> = z.json();
const told = z.looseObject({
  name: z.string().min(1),
  description: z.string().nullish().catch(null),
  inputSchema: z.record(z.string(), json).nullable().catch(null),
});

const NO_INPUT = { type: 'object', properties: {} } as const;

/**
 * One tool of a server's list, mended where that loses nothing that the server itself does not check; one that cannot be
 * offered says why, and takes none of the others with it. Nothing: it has not even a name.
 */
export const listedTool = (server: McpServer, raw: unknown): readonly TurnTool[] => {
  const { data } = told.safeParse(raw);
  if (data === undefined) return [];
  const given = data.inputSchema ?? NO_INPUT;
  const { schema, problem } = plainToolSchema(wellFormed(given));
  const name = `${server.name}/${data.name.toWellFormed()}`;
  const tool: TurnTool = {
    name: firstCharacters(name, TOOL_NAME_CHARS_MAX),
    description: firstCharacters(data.description ?? '', TOOL_DESCRIPTION_CHARS_MAX).toWellFormed(),
    input_schema: schema,
  };
  const leftOut = whyNot(name, schema);
  if (leftOut !== null)
    return [{ ...tool, input_schema: NO_INPUT, problem: { reason: leftOut, isLeftOut: true } }];
  const mended = data.inputSchema === null ? 'it has no inputSchema' : problem;
  return [mended === null ? tool : { ...tool, problem: { reason: mended, isLeftOut: false } }];
};

/** What the registry would not accept is not offered. */
const whyNot = (name: string, schema: object): string | null => {
  if (name.length > TOOL_NAME_CHARS_MAX)
    return `its name is longer than ${TOOL_NAME_CHARS_MAX} characters`;
  return Buffer.byteLength(JSON.stringify(schema)) > TOOL_SCHEMA_BYTES_MAX
    ? `its schema is larger than ${TOOL_SCHEMA_BYTES_MAX} bytes`
    : null;
};
