import { firstCharacters } from '../../../shared/characters.ts';
import * as z from 'zod';
import { AppError } from '../../../shared/app-error.ts';
import { itemKeyText } from '../../../http/item-key-text.ts';
import { postMessageBody } from '../../dialects/native/formats/message-format.ts';
import { checked, jsonOf } from '../../../http/body.ts';

const threadId = z.string().min(1).max(64);

/** What a client may say over a socket; the fields of `send` beside its own are those of a posted message. */
export const subscribeMessage = z.strictObject({
  type: z.literal('subscribe'),
  thread_id: threadId,
  after: z.string().max(64).nullish(),
});
export const unsubscribeMessage = z.strictObject({
  type: z.literal('unsubscribe'),
  thread_id: threadId,
});
export const pingMessage = z.strictObject({ type: z.literal('ping') });
export const cancelMessage = z.strictObject({
  type: z.literal('cancel'),
  run_id: z.string().min(1).max(64),
});
const { stream: _stream, ...turnShape } = postMessageBody.shape;
export const sendMessage = z.strictObject({
  ...turnShape,
  type: z.literal('send'),
  thread_id: threadId,
  /** A socket may break before the answer: without a name of its own the turn could not be sent again safely. */
  request_id: itemKeyText,
});

/** The words that an error frame repeats, so that the client knows which of its messages it is about. */
const echoed = z.object({
  thread_id: threadId.optional().catch(undefined),
  run_id: z.string().max(64).optional().catch(undefined),
  request_id: z.string().max(256).optional().catch(undefined),
});

export const echoOf = (text: string): z.infer<typeof echoed> => {
  try {
    return echoed.parse(JSON.parse(text));
  } catch {
    return {};
  }
};

/** The message, which must be JSON and say what it is. Throws AppError. */
export const socketMessage = (text: string): { readonly type: string; readonly raw: unknown } => {
  const raw = jsonOf(text);
  const parsed = z.looseObject({ type: z.string() }).safeParse(raw);
  if (parsed.success) return { type: parsed.data.type, raw };
  throw new AppError({
    code: 'invalid_request',
    publicMessage: 'type: a message is a JSON object with a type',
    facts: { param: 'type' },
  });
};

/** A message of one kind, checked strictly. */
export const messageOf = <T>(schema: z.ZodType<T>, text: string): T =>
  checked(schema, socketMessage(text).raw);

export const unknownType = (type: string): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `type: ${firstCharacters(type, 40)} is none of subscribe, unsubscribe, send, cancel, ping`,
    facts: { param: 'type' },
  });
