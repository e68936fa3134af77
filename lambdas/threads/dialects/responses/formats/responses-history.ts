import type { Block } from '../../../../inference/turn/turn.ts';
import { summaryOf } from '../../../domain/compaction.ts';
import type { MessageStep } from '../../../domain/thread.ts';
import { compactionItem } from './responses-compaction.ts';
import { itemOf } from './open-item.ts';
import { itemIdOf, type ItemPlace } from './responses-ids.ts';
import { wireItemOf, type ItemStatus } from './responses-items.ts';
import { inputParts, resultItem } from './responses-parts.ts';
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
        : messageItems(place, step);
    return items.filter(({ blocks }) => !blocks.every((block) => step.removed.includes(block)));
  });
};

type StepPlace = Omit<ItemPlace, 'block'>;

const answerItems = (
  step: StepPlace,
  { content, model }: MessageStep,
  last: ItemStatus,
): readonly HistoryItem[] =>
  content.flatMap((block, index) => {
    const place = { ...step, block: index };
    const status = index === content.length - 1 ? last : 'completed';
    const wire = answerItem(place, block, model, status);
    return wire === null ? [] : [{ place, blocks: [index], wire }];
  });

const answerItem = (
  place: ItemPlace,
  block: Block,
  writer: string | null,
  status: ItemStatus,
): WireItem | null => {
  if (block.type === 'tool_result') return resultItem(place, block);
  const item = itemOf(place, block, writer);
  return item === null ? null : wireItemOf(item, status);
};

/** What a person says is one message; each result that comes with it, and each summary, is an item of its own. */
const messageItems = (step: StepPlace, row: MessageStep): readonly HistoryItem[] => {
  const results: HistoryItem[] = [];
  const parts: HistoryItem[] = [];
  let words: number[] = [];
  const close = (): void => {
    if (words.length > 0) parts.push(messageItem(step, row, words));
    words = [];
  };
  for (const [index, block] of row.content.entries()) {
    const place = { ...step, block: index };
    const summary = row.role === 'user' ? summaryOf(block) : null;
    if (block.type === 'tool_result')
      results.push({ place, blocks: [index], wire: resultItem(place, block) });
    else if (summary === null) words.push(index);
    else {
      close();
      parts.push({ place, blocks: [index], wire: compactionItem(itemIdOf('cmp', place), summary) });
    }
  }
  close();
  return [...results, ...parts];
};

const messageItem = (
  step: StepPlace,
  { content, role, removed }: MessageStep,
  blocks: readonly number[],
): HistoryItem => {
  const place = { ...step, block: blocks[0] ?? 0 };
  const shown = content.filter((_, index) => blocks.includes(index) && !removed.includes(index));
  return {
    place,
    blocks,
    wire: {
      type: 'message',
      id: itemIdOf('msg', place),
      role,
      status: 'completed',
      content: inputParts(shown),
    },
  };
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
