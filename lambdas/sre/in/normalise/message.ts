import { isUtf8 } from 'node:buffer';
import { anyValueOf, attributesOf, isMessage, type Message } from '../otlp/values.ts';
import { flatten, plainOf, scalarOf, set, type Flat } from './flatten.ts';
import { LEVEL_KEYS } from './level-keys.ts';
import { isWrapped, unwrapped } from './wrapped.ts';

/** Where loggers put the message in a structured body; the template last, where nothing else is. */
const MESSAGE_KEYS = [
  'message',
  'msg',
  'body',
  'log',
  'event',
  'MESSAGE',
  'Message',
  '@m',
  'RenderedMessage',
  'short_message',
  'fields.message',
  'textPayload',
  '@mt',
];

export interface Body {
  readonly text: string;
  /** What a structured body says of its level; ''. */
  readonly level: string;
}

/**
 * The message of a body of any kind; the other members of a structured one become attributes. A text that is JSON, as
 * containers write it, is a structured body.
 */
export const readBody = (sent: unknown, flat: Flat): Body => {
  const body = anyValueOf(sent);
  if (body === null) return EMPTY;
  const text = body['stringValue'] ?? textOfBytes(body['bytesValue']);
  if (typeof text === 'string') return textBody(text, flat);
  const list = body['kvlistValue'];
  if (isMessage(list)) return structured(list['values'], body, flat);
  return { text: shown(plainOf(body)), level: '' };
};

/** The text of a body that is nothing but a message in one line, and no JSON; null for any other. */
export const plainText = (body: unknown): string | null => {
  const text = isMessage(body) ? body['stringValue'] : undefined;
  return typeof text === 'string' &&
    text !== '' &&
    text.charCodeAt(0) !== BRACE &&
    !text.includes('\n') &&
    !isWrapped(text)
    ? text
    : null;
};

/** Receivers of files and sockets that decode nothing send a line as bytes; null for what is no text. */
export const textOfBytes = (value: unknown): string | null => {
  if (value === undefined) return null;
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : value;
  if (!(bytes instanceof Uint8Array) || !isUtf8(bytes) || bytes.includes(0)) return null;
  return Buffer.from(bytes).toString('utf8');
};

const EMPTY: Body = { text: '', level: '' };

const shown = (value: unknown): string => {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** Without a message it is shown as a whole, and none of it is said twice. */
const structured = (list: unknown, body: Message, flat: Flat): Body => {
  const members = flatten(list);
  const said = messageIn(attributesOf(list));
  if (said !== null) members.delete(said.key);
  const text = said?.text ?? takeText(members, MESSAGE_KEYS);
  if (text === '') return { text: shown(plainOf(body)), level: '' };
  const level = takeText(members, LEVEL_KEYS);
  const inner = textBody(text, flat, NESTED_MAX - 1);
  for (const [key, value] of members) set(flat, key, value);
  return { text: inner.text, level: inner.level === '' ? level : inner.level };
};

/** The member of a structured body that is its message, in its full length; null where no member is. */
export const messageIn = (
  members: readonly unknown[],
): { readonly key: string; readonly text: string } | null => {
  for (const key of MESSAGE_KEYS) {
    const member = members.find((one) => isMessage(one) && one['key'] === key);
    const value = isMessage(member) ? anyValueOf(member['value']) : null;
    const said = value === null ? null : scalarOf(value);
    if (typeof said === 'string' || typeof said === 'number') return { key, text: String(said) };
  }
  return null;
};

const takeText = (flat: Flat, keys: readonly string[]): string => {
  for (const key of keys) {
    const value = flat.get(key);
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    flat.delete(key);
    return String(value);
  }
  return '';
};

const JSON_CHARS_MAX = 65_536;
const [BRACE, CLOSING] = [0x7b, 0x7d];

/** A container writes the JSON of its program as a text in JSON of its own. */
const NESTED_MAX = 2;

const textBody = (sent: string, flat: Flat, depth = NESTED_MAX): Body => {
  const text = isWrapped(sent) ? unwrapped(sent, flat) : sent;
  if (text.charCodeAt(0) !== BRACE || text.length > JSON_CHARS_MAX) return { text, level: '' };
  if (text.charCodeAt(text.trimEnd().length - 1) !== CLOSING) return { text, level: '' };
  const members = membersOf(text);
  if (members === null) return { text, level: '' };
  const own: Flat = new Map();
  for (const [key, value] of Object.entries(members)) addMember(own, key, value);
  const message = takeText(own, MESSAGE_KEYS);
  const level = takeText(own, LEVEL_KEYS);
  if (message === '') return { text, level };
  const inner = depth > 0 ? textBody(message, flat, depth - 1) : { text: message, level: '' };
  for (const [key, value] of own) set(flat, key, value);
  return { text: inner.text, level: inner.level === '' ? level : inner.level };
};

export const membersOf = (text: string): Message | null => {
  try {
    const parsed: unknown = JSON.parse(text);
    return isMessage(parsed) ? parsed : null;
  } catch {
    return null;
  }
};

/** One level of nesting is flat, as pino's `err`; what is below stays JSON. */
const addMember = (flat: Flat, key: string, value: unknown, isNested = false): void => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    set(flat, key, value);
  else if (isMessage(value) && !isNested)
    for (const [name, member] of Object.entries(value))
      addMember(flat, `${key}.${name}`, member, true);
  else if (value !== null && typeof value === 'object') set(flat, key, JSON.stringify(value));
};
