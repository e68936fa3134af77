import * as z from 'zod';
import { ALIASES } from '../../../domain/project.ts';

export const patchProjectBody = z.strictObject({
  dialects: z
    .array(z.enum(ALIASES))
    .max(ALIASES.length)
    .describe('what the native routes speak beside their own dialect'),
});
export const projectSchema = z.object({
  id: z.string(),
  object: z.literal('project'),
  dialects: z.array(z.enum(ALIASES)),
});
