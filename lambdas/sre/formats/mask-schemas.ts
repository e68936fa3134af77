import * as z from 'zod';
import { MASK_NAME, MASK_PATTERN_CHARS_MAX, MASK_PATTERNS_MAX } from '../domain/mask-pattern.ts';

const maskSchema = z.strictObject({
  name: z.string().regex(MASK_NAME).describe('what is found is stored as <name>'),
  pattern: z
    .string()
    .min(1)
    .max(MASK_PATTERN_CHARS_MAX)
    .describe('in the syntax of RE2: no look-around, no back-reference'),
});

/** PATCH /v1/ingest/masks */
export const patchMasksBody = z.strictObject({
  masks: z
    .array(maskSchema)
    .max(MASK_PATTERNS_MAX)
    .refine((masks) => new Set(masks.map(({ name }) => name)).size === masks.length, {
      message: 'each name once',
    })
    .describe('all of them: what is not here is no longer a mask'),
});

export const masksSchema = z
  .strictObject({ object: z.literal('ingest_masks'), masks: z.array(maskSchema) })
  .meta({ id: 'IngestMasks' });
