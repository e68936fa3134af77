import { AppError } from '../../lambdas/shared/app-error.ts';
import type { Script } from './scripted-upstream.ts';

export const usage = { prompt_tokens: 9, completion_tokens: 20, total_tokens: 29 };
export const chunk = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
export const usageChunk = (told: object): string =>
  `data: ${JSON.stringify({ choices: [], usage: told })}\n\n`;
export const DONE = 'data: [DONE]\n\n';
export const answer = (fields: object): Script => ({
  type: 'application/json',
  chunks: [JSON.stringify({ choices: [{ message: { content: 'Hello there' } }], ...fields })],
});
export const stream = (...chunks: readonly string[]): Script => ({ chunks });
/** Nano-USD of gpt-4o-mini: $0.15 and $0.60 a million. */
export const costOf = (input: number, output: number): number => input * 150 + output * 600;
export const failureOf = async (call: Promise<unknown>): Promise<unknown> =>
  await call.then(
    () => null,
    (error: unknown) => error,
  );
/** The error of ours that a call fails with. */
export const errorOf = async (call: Promise<unknown>): Promise<AppError> => {
  const error = await failureOf(call);
  if (error instanceof AppError) return error;
  throw new Error(`no AppError: ${String(error)}`);
};
