import type { TurnEvent } from './turn.ts';

/** Does its reader get words, or a call, by it? A thought alone is no answer. */
export const saysWords = (event: TurnEvent): boolean => {
  if (event.type === 'content_block_start') {
    const { content_block: block } = event;
    return block.type === 'tool_use' || (block.type === 'text' && block.text !== '');
  }
  if (event.type !== 'content_block_delta') return false;
  return event.delta.type === 'text_delta' && event.delta.text !== '';
};
