import * as z from 'zod';
import { parseJson } from '../turn/partial-json.ts';
import type { RedactedThinkingBlock, ThinkingBlock } from '../turn/turn.ts';

export type Thought = ThinkingBlock | RedactedThinkingBlock;

/**
 * Where a dialect has one place for what signs a thought, and no name of its model beside it, a mark stands there: whose
 * thought it is, what its model signed it with, and its words where they are not shown. Clients send it back as it came, some
 * of them as bytes.
 */
const marked = z.strictObject({
  sluice: z.string(),
  signature: z.string().optional(),
  thinking: z.string().optional(),
  data: z.string().optional(),
});

export const markOf = (thought: Thought, model: string, isHidden: boolean): string => {
  const facts: z.infer<typeof marked> =
    thought.type === 'redacted_thinking'
      ? { sluice: model, data: thought.data }
      : {
          sluice: model,
          ...(thought.signature === undefined ? {} : { signature: thought.signature }),
          ...(isHidden ? { thinking: thought.thinking } : {}),
        };
  return Buffer.from(JSON.stringify(facts)).toString('base64');
};

/** The thought of a part, and the model that thought it; null: it is no mark of ours. */
export const thoughtOf = (
  signature: string,
  words: string,
): { readonly thought: Thought; readonly model: string } | null => {
  // Decodes either alphabet of base64.
  const { data: facts } = marked.safeParse(
    parseJson(Buffer.from(signature, 'base64').toString('utf8')),
  );
  if (facts === undefined) return null;
  const { sluice: model, data, signature: theirs, thinking } = facts;
  if (data !== undefined) return { thought: { type: 'redacted_thinking', data }, model };
  return {
    thought: {
      type: 'thinking',
      thinking: thinking ?? words,
      ...(theirs === undefined ? {} : { signature: theirs }),
    },
    model,
  };
};
