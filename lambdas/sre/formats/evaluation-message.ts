import * as z from 'zod';
import { readSummary } from '../domain/summary-text.ts';
import type { StampedSummary } from '../domain/summary.ts';
import type { EvaluationRequest } from '../domain/evaluation.ts';

const message = z.strictObject({
  tenant: z.string().min(1),
  hot: z.array(z.strictObject({ block: z.string(), stampMs: z.number(), summary: z.string() })),
});

/** The body of a message that asks for an evaluation. */
export const evaluationText = ({ tenant, hot }: EvaluationRequest): string =>
  JSON.stringify({ tenant, hot });

/** Throws on what `evaluationText` did not write. */
export const readEvaluation = (
  text: string,
): { readonly tenant: string; readonly hot: readonly StampedSummary[] } => {
  const { tenant, hot } = message.parse(JSON.parse(text));
  return { tenant, hot: hot.map((block) => ({ ...block, summary: readSummary(block.summary) })) };
};
