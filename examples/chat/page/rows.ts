import type { UIMessage } from 'ai';
import * as z from 'zod';
import type { Row } from './sluice.ts';

/** What an answer cost, once that is known. */
interface Facts {
  readonly status: string;
  readonly costMicros: number;
  readonly model: string | null;
}
export type Message = UIMessage<Facts>;
type Part = Message['parts'][number];

const text = z.object({ type: z.literal('text'), text: z.string() });
const thinking = z.object({ type: z.literal('thinking'), thinking: z.string() });
const call = z.object({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: z.unknown(),
});
const result = z.object({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.unknown(),
  is_error: z.boolean().optional(),
});

/** A row of history in the shape that the AI SDK streams. */
export const messageOf = (row: Row): Message => ({
  id: row.id,
  role: row.role,
  parts: row.content.flatMap((block) => partOf(block, row)),
  ...(row.role === 'assistant' && !isOpen(row)
    ? { metadata: { status: row.status, costMicros: row.cost_micros, model: row.model } }
    : {}),
});

const partOf = (block: object, { content, status, tools = [] }: Row): readonly Part[] => {
  const words = text.safeParse(block).data;
  if (words !== undefined) return [{ type: 'text', text: words.text }];
  const thought = thinking.safeParse(block).data;
  if (thought !== undefined) return [{ type: 'reasoning', text: thought.thinking }];
  const asked = call.safeParse(block).data;
  if (asked === undefined) return [];
  const tool = {
    type: `tool-${asked.name}` as const,
    toolCallId: asked.id,
    input: asked.input,
  };
  const isDenied = tools.some((each) => each.tool_use_id === asked.id && each.status === 'denied');
  if (isDenied) {
    const approval = { id: asked.id, approved: false } as const;
    return [{ ...tool, state: 'output-denied', approval }];
  }
  const told = content
    .map((each) => result.safeParse(each).data)
    .find((each) => each?.tool_use_id === asked.id);
  if (told === undefined)
    return status === 'requires_action'
      ? [{ ...tool, state: 'approval-requested', approval: { id: asked.id } }]
      : [{ ...tool, state: 'input-available' }];
  return told.is_error === true
    ? [{ ...tool, state: 'output-error', errorText: textOf(told.content) }]
    : [{ ...tool, state: 'output-available', output: told.content }];
};

const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : z
        .array(z.unknown())
        .catch([])
        .parse(content)
        .flatMap((each) => text.safeParse(each).data?.text ?? [])
        .join('\n');

/** Its answer is still being made. */
export const isUnfinished = ({ status }: Row): boolean =>
  status === 'queued' || status === 'streaming';

/** It changes yet: its answer is being made, or waits for a decision. */
export const isOpen = (row: Row): boolean => isUnfinished(row) || row.status === 'requires_action';

/**
 * What the page shows: every stored message once; in place of an answer that is being made, what its stream said; then
 * what is not stored yet.
 */
export const shownMessages = (
  rows: readonly Row[],
  live: readonly Message[],
): readonly Message[] => {
  const streamed = new Map(live.map((message) => [message.id, message]));
  const stored = new Set(rows.flatMap(({ id, request_id }) => [id, request_id]));
  return [
    ...rows.map((row) => (isUnfinished(row) && streamed.get(row.id)) || storedMessage(row)),
    ...live.filter(({ id }) => !stored.has(id)),
  ];
};

const made = new WeakMap<Row, Message>();

/** The same object for the same row, so that it is drawn once. */
const storedMessage = (row: Row): Message => {
  const message = made.get(row) ?? messageOf(row);
  made.set(row, message);
  return message;
};
