import * as z from 'zod';
import type { TurnMessage } from '../../turn/turn.ts';
import type { PartPlace } from '../dialect.ts';
import { fieldRefused } from '../refuse-field.ts';
import { refusedField } from '../refused-field.ts';
import { contentBlock, textBlockParam, textOf, turnBlocks, type ContentBlock } from './content.ts';
import { writerOf } from './signature.ts';

export const systemParam = z.union([z.string(), z.array(textBlockParam)]);

export const messageParam = z.strictObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), z.array(contentBlock)]),
  clear_at: refusedField('is not served to this model'),
  output_config: refusedField('is not served to this model'),
});
type MessageParam = z.infer<typeof messageParam>;

/** A message of the turn for each of the caller's. Throws AppError (400) for a block where none of its kind may stand. */
export const turnMessage = (
  { role, content }: MessageParam,
  index: number,
  model: string,
  place: Omit<PartPlace, 'path'>,
): TurnMessage => {
  const writer = role === 'assistant' ? writerIn(content, model) : null;
  if (typeof content === 'string')
    return { role, content: [{ type: 'text', text: content }], model: writer };
  const misplaced = content.findIndex((block) => !PLACES[block.type].includes(role));
  if (misplaced !== -1)
    throw fieldRefused(
      `messages.${index}.content.${misplaced}.type`,
      `stands in a message of the ${role}`,
    );
  const blocks = content.flatMap((block, at) =>
    turnBlocks(block, { ...place, path: `messages.${index}.content.${at}` }),
  );
  return { role, content: blocks, model: writer };
};

const PLACES: Readonly<Record<ContentBlock['type'], readonly MessageParam['role'][]>> = {
  text: ['user', 'assistant', 'system'],
  image: ['user'],
  document: ['user'],
  search_result: ['user'],
  tool_result: ['user'],
  tool_use: ['assistant'],
  thinking: ['assistant'],
  redacted_thinking: ['assistant'],
};

/** A signature that is none names the model; any other is of the family that this dialect is the wire of. */
const writerIn = (content: MessageParam['content'], model: string): string | null => {
  if (typeof content === 'string') return null;
  for (const block of content) {
    if (block.type === 'redacted_thinking') return null;
    if (block.type !== 'thinking') continue;
    const { signature } = block;
    if (signature == null || signature === '') return model;
    return writerOf(signature);
  }
  return null;
};

/** What stands before the conversation, as a message where its parts have marks. */
export const systemMessage = (
  system: z.infer<typeof systemParam>,
): Pick<TurnMessage, 'role' | 'content' | 'model'> => ({
  role: 'system',
  content: typeof system === 'string' ? [{ type: 'text', text: system }] : system.map(textOf),
  model: null,
});
