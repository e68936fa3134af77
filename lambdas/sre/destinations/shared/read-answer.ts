import * as z from 'zod';
import type { WireAnswer } from '../../ports/destinations.ts';
import { cleanLine } from '../../../shared/clean-text.ts';
import type { Attempt, Found } from '../../tickets/ticket-wire.ts';
import { retryAfterMs } from './retry-after.ts';

/** What was asked of the other side, which decides what an answer that is none means. */
export type Asked =
  /** Something new: repeated, there may be two. */
  | 'create'
  /** A change of what has a name. */
  | 'change'
  /** Nothing is changed. */
  | 'read';

export interface Reader {
  readonly nowMs: () => number;
  /** Never shown, whoever repeats them. */
  readonly secrets: readonly string[];
  /** What the body of a refusal says, in the vendor's shape; null: the usual shapes. */
  readonly words?: (body: unknown) => string | null;
  /** Refusals of this vendor that mean something else than their status does; null: they do not. */
  readonly refusal?: (status: number, words: string, asked: Asked) => Attempt | null;
}

export type Read<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'not'; readonly attempt: NotDone };

export type NotDone = Exclude<Attempt, { kind: 'done' }>;

const REASON_CHARS_MAX = 300;

/** The value of a good answer, or what any other one means for the attempt. */
export const readAnswer = <T>(
  reader: Reader,
  asked: Asked,
  answer: WireAnswer,
  schema: z.ZodType<T>,
): Read<T> => {
  if (answer.kind !== 'answered') return not(withoutAnswer(asked, answer));
  const { status, text } = answer;
  if (status < 200 || status > 299) return not(refusalOf(reader, asked, answer));
  const parsed = schema.safeParse(jsonOf(text));
  // A page comes from what stands before the other side: a sign-in, a proxy.
  if (parsed.success && !isPage(text)) return { kind: 'read', value: parsed.data };
  // It said yes, so it may be there; what it is called, nobody knows.
  const reason = `it answered ${status} with ${text.trim() === '' ? 'nothing' : shapeOf(text)}`;
  return not(asked === 'read' ? { kind: 'later', reason, afterMs: null } : unknown(reason));
};

/** Of a look for an earlier ticket: what came in place of a list. */
export const notFound = (attempt: NotDone): Found => ({ kind: 'failed', attempt });

export const jsonOf = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
};

/** A sentence of the other side, for people: one line, bounded, without what opens it. */
const shown = (reader: Pick<Reader, 'secrets'>, text: string): string => {
  let clean = text;
  for (const secret of reader.secrets)
    if (secret.length >= 6) clean = clean.replaceAll(secret, '<secret>');
  return cleanLine(clean, REASON_CHARS_MAX);
};

const withoutAnswer = (
  asked: Asked,
  answer: Exclude<WireAnswer, { kind: 'answered' }>,
): NotDone => {
  const { reason } = answer;
  switch (answer.kind) {
    case 'unsent':
      return { kind: 'later', reason, afterMs: null };
    case 'lost':
      return asked === 'read' ? { kind: 'later', reason, afterMs: null } : unknown(reason);
    case 'refused':
      return { kind: 'refused', reason, fault: 'request' };
  }
};

const refusalOf = (
  reader: Reader,
  asked: Asked,
  answer: Extract<WireAnswer, { kind: 'answered' }>,
): NotDone => {
  const { status, headers, text } = answer;
  const body = jsonOf(text);
  const said = shown(reader, (reader.words?.(body) ?? null) || usualWords(body) || shapeOf(text));
  const reason = said === '' ? `it answered ${status}` : `it answered ${status}: ${said}`;
  const own = reader.refusal?.(status, said, asked) ?? null;
  if (own !== null && own.kind !== 'done') return own;
  const afterMs = retryAfterMs(headers, reader.nowMs());
  // 408 and 425 say themselves that nothing was done (RFC 9110, 15.5.9; RFC 8470, 5.2).
  if (status === 429 || status === 408 || status === 425) return { kind: 'later', reason, afterMs };
  if (status === 401 || status === 403 || status === 407)
    return { kind: 'refused', reason, fault: 'credentials' };
  if (status === 404 || status === 410)
    return asked === 'change'
      ? { kind: 'gone', reason }
      : { kind: 'refused', reason, fault: 'request' };
  if (status >= 500) return asked === 'read' ? { kind: 'later', reason, afterMs } : unknown(reason);
  if (status >= 300 && status < 400)
    return {
      kind: 'refused',
      reason: `it answered ${status}, a redirection: is the address right?`,
      fault: 'request',
    };
  return { kind: 'refused', reason, fault: 'request' };
};

const not = (attempt: NotDone): { kind: 'not'; attempt: NotDone } => ({ kind: 'not', attempt });

const unknown = (reason: string): NotDone => ({ kind: 'unknown', reason });

const isPage = (text: string): boolean => text.trimStart().startsWith('<');

/** A page is no sentence: that there is one says enough. */
const shapeOf = (text: string): string => {
  const start = text.trimStart().slice(0, 200);
  if (start === '') return '';
  if (/^<(!doctype|html|\?xml|head|body)/i.test(start)) return 'a page, not JSON';
  return start.startsWith('{') || start.startsWith('[') ? 'JSON of another shape' : start;
};

const usual = z.looseObject({
  message: z.string().nullish().catch(null),
  error: z
    .union([z.string(), z.looseObject({ message: z.string().nullish() })])
    .nullish()
    .catch(null),
  errors: z.array(z.string()).nullish().catch(null),
});

const usualWords = (body: unknown): string => {
  const { data } = usual.safeParse(body);
  if (data === undefined) return '';
  const error = typeof data.error === 'string' ? data.error : data.error?.message;
  return [data.message, error, ...(data.errors ?? [])].filter(Boolean).join('; ');
};
