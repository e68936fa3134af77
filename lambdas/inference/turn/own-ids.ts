import { createHash } from 'node:crypto';
import type { Block, TurnEvent, TurnMessage } from './turn.ts';

/** What fits a path, and a key of an item. */
const ID = /^[\w.:|=+-]{1,200}$/;

/**
 * A provider's events, each call with an id of its own among those of its thread: some providers number their calls again
 * in every answer, and some say one id twice. Results are found by these ids, so they are made before anybody sees one.
 */
export async function* withOwnIds(
  told: readonly TurnMessage[],
  events: AsyncIterable<TurnEvent>,
): AsyncGenerator<TurnEvent> {
  const ids = new Set(told.flatMap(({ content }) => content.flatMap(idOf)));
  for await (const event of events) {
    const block = event.type === 'content_block_start' ? event.content_block : null;
    if (event.type !== 'content_block_start' || block?.type !== 'tool_use') yield event;
    else {
      const id = freeId(block.id, ids);
      ids.add(id);
      yield { ...event, content_block: { ...block, id } };
    }
  }
}

const idOf = (block: Block): readonly string[] => (block.type === 'tool_use' ? [block.id] : []);

const freeId = (id: string, ids: ReadonlySet<string>): string => {
  const plain = ID.test(id)
    ? id
    : `call_${createHash('sha256').update(id).digest('hex').slice(0, 24)}`;
  let free = plain;
  for (let again = 2; ids.has(free); again++) free = `${plain}_${again}`;
  return free;
};
