import { messageIdOf, runIdOf, type RunPlace } from '../../../domain/thread-ids.ts';

/** Ids that OpenAI's clients see. Each one says where its thing is stored, so that no table has to. */
const BODY = '[0-9a-z]{20}';
const SEQ = '[1-9]\\d{0,9}';

/** A run is a response; what follows a wait for somebody is a response of its own. */
export const responseIdOf = (
  { threadId, seq }: Pick<RunPlace, 'threadId' | 'seq'>,
  part = 0,
): string => `${runIdOf(threadId, seq).replace(/^run_/, 'resp_')}${part === 0 ? '' : `_${part}`}`;

/** Id of a response's run; null: not an id that was given here. */
export const runIdOfResponse = (id: string): string | null =>
  new RegExp(`^resp_${BODY}_${SEQ}$`).test(id) ? id.replace(/^resp_/, 'run_') : null;

export const conversationIdOf = (threadId: string): string => threadId.replace(/^thread_/, 'conv_');

/** null: not an id that was given here. */
export const threadIdOfConversation = (id: string): string | null =>
  new RegExp(`^conv_${BODY}$`).test(id) ? id.replace(/^conv_/, 'thread_') : null;

/** Where an item begins: a block of a step of a message. */
export interface ItemPlace {
  readonly threadId: string;
  readonly seq: number;
  readonly step: number;
  readonly block: number;
  /** How often the step was begun again before: what was voided keeps its id. */
  readonly retold?: number;
}

const ITEM_KINDS = ['msg', 'rs', 'fc', 'fco', 'ctc', 'ctco', 'tsc', 'tso', 'cmp'] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

export const itemIdOf = (kind: ItemKind, { threadId, seq, ...place }: ItemPlace): string => {
  const again = (place.retold ?? 0) > 0 ? `_r${place.retold}` : '';
  return `${messageIdOf(threadId, seq).replace(/^msg/, kind)}_${place.step}_${place.block}${again}`;
};

/** null: not an id that was given here. */
export const parseItemId = (id: string): ItemPlace | null => {
  const pattern = new RegExp(
    `^(?:${ITEM_KINDS.join('|')})_(${BODY})_(${SEQ})_(\\d{1,3})_(\\d{1,4})(?:_r\\d+)?$`,
  );
  const [, body, seq, step, block] = pattern.exec(id) ?? [];
  return body === undefined
    ? null
    : { threadId: `thread_${body}`, seq: Number(seq), step: Number(step), block: Number(block) };
};
