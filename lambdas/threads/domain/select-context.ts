import type { TurnMessage } from '../../inference/turn/turn.ts';
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
 * The newest messages that fit the budget, oldest first. A message is taken whole with all its steps, and with the calls
 * whose results it brings, so a tool call and its result stay together. The newest one is taken whatever its size: a provider's error tells more than silence.
 */
export const selectContext = (
  newestFirst: readonly (readonly MessageStep[])[],
  budgetTokens: number,
): { readonly messages: readonly (readonly MessageStep[])[]; readonly leftOut: number } => {
  const taken: (readonly MessageStep[])[] = [];
  let left = budgetTokens;
  let wanted = new Set<string>();
  for (const steps of newestFirst) {
    const tokens = steps.reduce((sum, step) => sum + stepTokens(step), 0);
    const isWanted = taken.length === 0 || (wanted.size > 0 && !isOfPerson(steps));
    if (tokens > left && !isWanted) break;
    left -= tokens;
    taken.push(steps);
    wanted = callsWanted(wanted, steps);
  }
  return { messages: taken.toReversed(), leftOut: newestFirst.length - taken.length };
};

/** Nobody's calls lie behind the words of a person: a result without a call does not bring all of history along. */
const isOfPerson = (steps: readonly MessageStep[]): boolean =>
  steps.some(
    ({ role, content }) => role === 'user' && content.some(({ type }) => type !== 'tool_result'),
  );

/** Ids of calls that the results taken so far answer and that were not taken yet. */
const callsWanted = (before: ReadonlySet<string>, steps: readonly MessageStep[]): Set<string> => {
  const wanted = new Set(before);
  for (const block of steps.toReversed().flatMap(({ content }) => content)) {
    if (block.type === 'tool_result') wanted.add(block.tool_use_id);
    if (block.type === 'tool_use') wanted.delete(block.id);
  }
  return wanted;
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
