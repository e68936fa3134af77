import * as z from 'zod';
import type { RedactedThinkingBlock, ThinkingBlock } from '../../turn/turn.ts';

/**
 * This dialect has no place for a thought that is signed. Its words are `reasoning_content`, as with DeepSeek; beside them
 * `reasoning_details` has each thought with what its model signed it with, and whose it is, in the shape of OpenRouter:
 * https://openrouter.ai/docs/use-cases/reasoning-tokens#preserving-reasoning-blocks
 * A client that sends its messages back as they came sends them too, and the model that made them gets them.
 */
export const reasoningDetail = z.looseObject({
  type: z.string(),
  text: z.string().nullish(),
  summary: z.string().nullish(),
  signature: z.string().nullish(),
  data: z.string().nullish(),
  model: z.string().nullish(),
});
type Detail = z.infer<typeof reasoningDetail>;

export type Thought = ThinkingBlock | RedactedThinkingBlock;

export const detailOf = (thought: Thought, model: string, index: number): object =>
  thought.type === 'thinking'
    ? {
        type: 'reasoning.text',
        text: thought.thinking,
        ...(thought.signature === undefined ? {} : { signature: thought.signature }),
        model,
        index,
      }
    : { type: 'reasoning.encrypted', data: thought.data, model, index };

/** The thoughts of a message that came back, and whose they are: the asked model's where nobody says it. */
export const thoughtsOf = (
  message: {
    readonly reasoning_details?: readonly Detail[] | null | undefined;
    readonly reasoning_content?: string | null | undefined;
    readonly reasoning?: string | null | undefined;
  },
  model: string,
): { readonly blocks: readonly Thought[]; readonly model: string } => {
  const details = message.reasoning_details ?? [];
  const blocks = details.flatMap(thoughtOf);
  if (blocks.length > 0)
    return { blocks, model: details.find((detail) => detail.model)?.model ?? model };
  const words = message.reasoning_content || message.reasoning;
  return { blocks: words ? [{ type: 'thinking', thinking: words }] : [], model };
};

const thoughtOf = ({ text, summary, signature, data }: Detail): readonly Thought[] => {
  if (data != null) return [{ type: 'redacted_thinking', data }];
  const thinking = text ?? summary;
  if (thinking == null) return [];
  return [{ type: 'thinking', thinking, ...(signature ? { signature } : {}) }];
};
