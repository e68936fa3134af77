import type { TurnMessage } from '../../inference/domain/turn.ts';
import type { MessageStep, SupersededRange } from './thread.ts';

/** A careful guess for text of any kind: few tokenizers make more tokens than this of a text. */
const BYTES_A_TOKEN = 3;
const IMAGE_TOKENS = 1_600;

/** Tokens that a step takes in a model's window, estimated. */
export const stepTokens = (step: MessageStep): number =>
  step.content.reduce((sum, block) => {
    if (block.type === 'image') return sum + IMAGE_TOKENS;
    return sum + Math.ceil(JSON.stringify(block).length / BYTES_A_TOKEN);
  }, 4);

/** Was this message replaced by an edit or a regeneration that the run at `seq` knows of? */
export const isSuperseded = (
  ranges: readonly SupersededRange[],
  messageSeq: number,
  seq: number,
): boolean =>
  ranges.some(
    ({ fromSeq, toSeq, bySeq }) => messageSeq >= fromSeq && messageSeq <= toSeq && bySeq <= seq,
  );

/**
 * The newest messages that fit the budget, oldest first. A message is taken whole with all its steps, so a tool call
 * and its result stay together. The newest one is taken whatever its size: a provider's error tells more than silence.
 */
export const selectContext = (
  newestFirst: readonly (readonly MessageStep[])[],
  budgetTokens: number,
): { readonly messages: readonly (readonly MessageStep[])[]; readonly leftOut: number } => {
  const taken: (readonly MessageStep[])[] = [];
  let left = budgetTokens;
  for (const steps of newestFirst) {
    const tokens = steps.reduce((sum, step) => sum + stepTokens(step), 0);
    if (tokens > left && taken.length > 0) break;
    left -= tokens;
    taken.push(steps);
  }
  return { messages: taken.toReversed(), leftOut: newestFirst.length - taken.length };
};

/** A run's own steps; its model is the one it was asked for, whatever dated name the provider answered with. */
export const ownMessages = (
  run: { readonly settings: { readonly model: string } },
  steps: readonly Pick<MessageStep, 'role' | 'content'>[],
): readonly TurnMessage[] =>
  turnMessages(steps.map((step) => ({ ...step, model: run.settings.model })));

/** History rows as what a model is told: results of tools are the user's. */
export const turnMessages = (
  steps: readonly Pick<MessageStep, 'role' | 'content' | 'model'>[],
): readonly TurnMessage[] =>
  steps
    .filter((step) => step.content.length > 0)
    .map((step) => ({
      role: step.role === 'tool' ? 'user' : step.role,
      content: step.content,
      model: step.role === 'assistant' ? step.model : null,
    }));
