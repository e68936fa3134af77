import { isRecord } from '../../../http/body.ts';

type Body = Readonly<Record<string, unknown>>;

/** What stands before the name of a model, where a thought that nobody signed has its signature. */
export const OWN_MARK = 'sluice.';

/**
 * A body without what other families' models said and this wire's provider never signed: a conversation that comes from one of
 * them brings our own marks on its thoughts, and what signed its calls. The same body where there is nothing of it.
 */
export const withoutOwnMarks = (body: Body): Body => {
  const { messages } = body;
  if (!Array.isArray(messages) || !messages.some((one: unknown) => blocksOf(one).some(isForeign)))
    return body;
  return { ...body, messages: messages.flatMap(cleanMessage) };
};

const blocksOf = (message: unknown): readonly unknown[] =>
  isRecord(message) && Array.isArray(message['content']) ? message['content'] : [];

const isForeign = (block: unknown): boolean => isOwnThought(block) || isSignedCall(block);

const isOwnThought = (block: unknown): boolean => {
  if (!isRecord(block) || block['type'] !== 'thinking') return false;
  const { signature } = block;
  return typeof signature === 'string' && signature.startsWith(OWN_MARK);
};

const isSignedCall = (block: unknown): boolean =>
  isRecord(block) && block['type'] === 'tool_use' && block['signature'] !== undefined;

/** A message that was such a thought alone says nothing. */
const cleanMessage = (message: unknown): readonly unknown[] => {
  const blocks = blocksOf(message);
  if (!isRecord(message) || !blocks.some(isForeign)) return [message];
  const content = blocks.filter((block) => !isOwnThought(block)).map(unsigned);
  return content.length === 0 ? [] : [{ ...message, content }];
};

const unsigned = (block: unknown): unknown => {
  if (!isRecord(block) || !isSignedCall(block)) return block;
  const { signature: _theirs, ...call } = block;
  return call;
};
