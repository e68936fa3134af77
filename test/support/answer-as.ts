import { expect } from 'vitest';
import type * as z from 'zod';

/** The JSON of an answer that must be a success. */
export const as = async <T extends z.ZodType>(
  schema: T,
  asked: Promise<Response>,
): Promise<z.output<T>> => {
  const answer = await asked;
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return schema.parse(JSON.parse(text));
};
