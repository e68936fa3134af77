import { createHash } from 'node:crypto';
import { crockford } from '../../../shared/crockford.ts';
import type { TurnTool } from '../../../inference/turn/turn.ts';

/** A tool of a project that answers by webhook. */
export interface RegisteredTool {
  readonly id: string;
  /** Unique in the project, `look` or `server/look`; never changes. */
  readonly name: string;
  readonly description: string;
  readonly inputSchema: TurnTool['input_schema'];
  readonly webhookUrl: string;
  /** For all tries together. */
  readonly timeoutMs: number;
  /** A person says yes before it is called. */
  readonly requiresApproval: boolean;
  /** Signs the calls. */
  readonly secret: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** An id that follows from a name: whoever takes a name takes its id, so that no two have one. */
export const idOfName = (prefix: 'tool' | 'mcp', name: string): string => {
  const hash = createHash('sha256').update(name).digest().subarray(0, 20);
  return `${prefix}_${crockford(hash)}`;
};

/** What the model knows of it. */
export const turnToolOf = ({ name, description, inputSchema }: RegisteredTool): TurnTool => ({
  name,
  description,
  input_schema: inputSchema,
});
