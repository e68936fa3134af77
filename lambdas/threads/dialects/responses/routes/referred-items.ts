import { AppError } from '../../../../shared/app-error.ts';
import type { NewMessage, Thread } from '../../../domain/thread.ts';
import type { Caller } from '../../../routes/reach.ts';
import type { ThreadRouteDeps } from '../../../routes/route-deps.ts';
import { readMessages, type Message } from '../../../usecases/read-messages.ts';
import type { ReferredMessages } from '../formats/input-messages.ts';
import { historyItems } from '../formats/responses-history.ts';
import { parseItemId, type ItemPlace } from '../formats/responses-ids.ts';
import type { InputItem } from '../formats/responses-input.ts';
import { isShown } from './item-pages.ts';
import { threadIfThere } from './response-reach.ts';

/**
 * The items that a request refers to by their ids. Throws AppError (404) for somebody else's, one that was deleted or not
 * stored, and one that never was: they read the same.
 */
export const referredMessages = async (
  deps: ThreadRouteDeps,
  caller: Caller,
  items: readonly InputItem[],
  field: string,
): Promise<ReferredMessages> => {
  const found = new Map<string, NewMessage>();
  const read = reader(deps, caller);
  for (const [index, item] of items.entries()) {
    if (item.type !== 'item_reference' || found.has(item.id)) continue;
    const place = parseItemId(item.id);
    const message = place === null ? null : messageAt(item.id, place, await read(place));
    if (message === null) throw itemMissing(item.id, `${field}.${index}.id`);
    found.set(item.id, message);
  }
  return found;
};

/** Each message is read once, however many of its items are asked for. */
const reader = (deps: ThreadRouteDeps, caller: Caller) => {
  const threads = new Map<string, Thread | null>();
  const messages = new Map<string, Message | null>();
  return async ({ threadId, seq }: ItemPlace): Promise<Message | null> => {
    if (!threads.has(threadId)) threads.set(threadId, await storedThread(deps, caller, threadId));
    const thread = threads.get(threadId) ?? null;
    if (thread === null || !isShown(thread, seq)) return null;
    const name = `${threadId} ${seq}`;
    if (!messages.has(name)) {
      const query = { afterSeq: seq - 1, beforeSeq: seq + 1, order: 'asc', limit: 1 } as const;
      messages.set(name, (await readMessages(deps, thread, query)).messages[0] ?? null);
    }
    return messages.get(name) ?? null;
  };
};

const storedThread = async (
  deps: ThreadRouteDeps,
  caller: Caller,
  threadId: string,
): Promise<Thread | null> => {
  const thread = await threadIfThere(deps, caller, threadId);
  return thread?.expiresAtMs === undefined ? thread : null;
};

/** With the model that wrote it: its thoughts are worth something to that one alone. */
const messageAt = (id: string, { threadId }: ItemPlace, message: Message | null) => {
  if (message === null) return null;
  const item = historyItems(threadId, message.steps).find(({ wire }) => wire.id === id);
  const row = message.steps.find(({ step }) => step === item?.place.step);
  if (item === undefined || row === undefined) return null;
  return {
    role: row.role === 'tool' ? 'user' : row.role,
    content: item.blocks.flatMap((block) =>
      row.removed.includes(block) ? [] : (row.content[block] ?? []),
    ),
    model: row.model,
  } as const;
};

const itemMissing = (id: string, param: string): AppError =>
  new AppError({
    code: 'not_found',
    publicMessage: `Item with id '${id}' not found.`,
    facts: { param },
  });
