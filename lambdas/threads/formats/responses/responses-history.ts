import type { Block } from '../../../inference/domain/turn.ts';
import type { MessageStep } from '../../domain/thread.ts';
import { itemIdOf, type ItemPlace } from './responses-ids.ts';
import { inputParts, itemOf, resultItem, wireItemOf, type ItemStatus } from './responses-items.ts';
import type { WireItem } from './responses-wire.ts';

/** An item of history, and the blocks of its step that it is made of. */
export interface HistoryItem {
  readonly place: ItemPlace;
  readonly blocks: readonly number[];
  readonly wire: WireItem;
}

/** A message of history as items, with the ids that its stream gave them. */
export const historyItems = (
  threadId: string,
  steps: readonly MessageStep[],
): readonly HistoryItem[] => {
  const last = steps.at(-1);
  return steps.flatMap((step) => {
    const place = { threadId, seq: step.seq, step: step.step };
    const items =
      step.role === 'assistant' || step.role === 'tool'
        ? answerItems(place, step, step === last ? lastStatus(step) : 'completed')
        : saidItems(place, step);
    return items.filter(({ blocks }) => !blocks.every((block) => step.removed.includes(block)));
  });
};

type StepPlace = Omit<ItemPlace, 'block'>;

const answerItems = (
  step: StepPlace,
  { content }: MessageStep,
  last: ItemStatus,
): readonly HistoryItem[] =>
  content.flatMap((block, index) => {
    const place = { ...step, block: index };
    const wire = answerItem(place, block, index === content.length - 1 ? last : 'completed');
    return wire === null ? [] : [{ place, blocks: [index], wire }];
  });

const answerItem = (place: ItemPlace, block: Block, status: ItemStatus): WireItem | null => {
  if (block.type === 'tool_result') return resultItem(place, block);
  const item = itemOf(place, block);
  return item === null ? null : wireItemOf(item, status);
};

/** What a person says is one message; each result that comes with it is an item of its own. */
const saidItems = (
  step: StepPlace,
  { content, role, removed }: MessageStep,
): readonly HistoryItem[] => {
  const results = content.flatMap((block, index) => {
    if (block.type !== 'tool_result') return [];
    const place = { ...step, block: index };
    return [{ place, blocks: [index], wire: resultItem(place, block) }];
  });
  const blocks = content.flatMap(({ type }, index) => (type === 'tool_result' ? [] : [index]));
  const [first] = blocks;
  if (first === undefined) return results;
  const place = { ...step, block: first };
  const said = content.filter(
    ({ type }, index) => type !== 'tool_result' && !removed.includes(index),
  );
  const wire = {
    type: 'message',
    id: itemIdOf('msg', place),
    role,
    status: 'completed',
    content: inputParts(said),
  };
  return [...results, { place, blocks, wire }];
};

/** How the last item of an answer ended. */
const lastStatus = ({ status, stopReason }: MessageStep): ItemStatus => {
  switch (status) {
    case 'queued':
    case 'streaming':
      return 'in_progress';
    case 'complete':
    case 'requires_action':
      return 'completed';
    case 'incomplete':
    case 'cancelled':
    case 'failed':
      return stopReason === 'max_tokens' ? 'completed' : 'incomplete';
  }
};
