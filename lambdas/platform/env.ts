import * as z from 'zod';

/** The variables of this function. A missing one fails the cold start and names itself. */
export const readEnv = <T>(schema: z.ZodType<T>): T => {
  const parsed = schema.safeParse(process.env);
  if (!parsed.success) throw new Error(`environment: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};
