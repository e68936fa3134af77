import * as z from 'zod';
import type { Frame, MessageRow } from './thread-client.ts';

export const NO_WEBHOOK = 'only public addresses may be called, and a test has none';

export const toolView = z.looseObject({
  id: z.string(),
  name: z.string(),
  secret: z.string().optional(),
});
/** The fields of a turn that asks for these tools. */
export const explicit = (...ids: readonly string[]) => ({ tools_mode: 'explicit', tool_ids: ids });
export const typesOf = (row: MessageRow | undefined) => row?.content.map(({ type }) => type);
export const resultOf = (told: readonly Frame[]) =>
  told.find(({ event }) => event === 'tool_result')?.data ?? {};
