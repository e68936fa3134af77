import * as z from 'zod';

/** A page of a list; `nextCursor` null: it is the last one. */
export const listBody = <T>(data: readonly T[], nextCursor: string | null) => ({
  object: 'list' as const,
  data,
  has_more: nextCursor !== null,
  next_cursor: nextCursor,
});

/** The same as the contract describes it. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    object: z.literal('list'),
    data: z.array(item),
    has_more: z.boolean(),
    next_cursor: z.string().nullable(),
  });
