import type { Block } from '../../inference/turn/turn.ts';
import type { MessageStep } from './thread.ts';

interface Call {
  readonly block: Block;
  readonly isRemoved: boolean;
}

/**
 * History as a model is sent it, without what somebody deleted. A call and its result go together: where one of them was
 * deleted the other is sent no more, for alone it would say that something happened which did not.
 */
export const withoutRemoved = (steps: readonly MessageStep[]): readonly MessageStep[] => {
  if (steps.every(({ removed }) => removed.length === 0)) return steps;
  const gone = new Set<Block>();
  const open = new Map<string, Call>();
  for (const { content, removed } of steps)
    for (const [index, block] of content.entries()) {
      const isRemoved = removed.includes(index);
      if (isRemoved) gone.add(block);
      if (block.type === 'tool_use') open.set(block.id, { block, isRemoved });
      if (block.type !== 'tool_result') continue;
      const call = open.get(block.tool_use_id);
      open.delete(block.tool_use_id);
      if (isRemoved && call !== undefined) gone.add(call.block);
      if (call?.isRemoved === true) gone.add(block);
    }
  return steps.map((step) => ({
    ...step,
    content: step.content.filter((block) => !gone.has(block)),
  }));
};
