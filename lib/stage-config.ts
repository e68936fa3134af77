import * as z from 'zod';

/** Settings of one stage; a bad value fails the synth and names itself. */
const stageConfig = z.strictObject({
  /** `prod...` mints live keys, everything else test keys. */
  stage: z.string().regex(/^[a-z][a-z0-9-]{0,19}$/),
  /** `buffered` for partitions without response streaming: answers come whole within 29 s. */
  streaming: z.enum(['response', 'buffered']).default('response'),
  /** Comma-separated origins of browsers, or `*`. */
  corsOrigins: z.string().min(1).default('*'),
});
export type StageConfig = z.infer<typeof stageConfig>;

export const readStageConfig = (context: unknown): StageConfig => {
  const parsed = stageConfig.safeParse(context);
  if (parsed.success) return parsed.data;
  throw new Error(`stage settings: ${z.prettifyError(parsed.error)}`);
};
