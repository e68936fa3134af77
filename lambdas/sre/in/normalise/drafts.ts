import type { Attributes, AttributeValue, Source } from '../../domain/log-record.ts';
import { firstCharacters } from '../../../shared/characters.ts';
import { OTHER, sourceName } from '../../domain/summary.ts';
import { ATTRIBUTE_CHARS_MAX, RECORDS_MAX, SOURCES_MAX, STACK_CHARS_MAX } from '../limits.ts';
import type { Masker } from '../mask/masker.ts';
import { SIGNALS, type Signal } from '../otlp/otlp-types.ts';
import { isMessage, listOf, type Message } from '../otlp/values.ts';
import { Unread, UNREADABLE } from '../otlp/otlp-protobuf.ts';
import { flatten, type Flat } from './flatten.ts';
import { SOURCE_KEYS, takeSource } from './source.ts';

/** What one sender's resource says, masked, once for all of its records. */
export interface Sender {
  readonly source: Source;
  readonly resource: Attributes;
}

/** A record, a span or a metric as it came, with its sender; a record may be `Unread`. */
export interface Item {
  readonly sender: Sender;
  readonly item: Message;
}

const CANNOT_BE_READ = 'a record that cannot be read';

/** The record itself; null, with its reason, for one that cannot be read. */
export const openItem = (item: Message, rejected: Reasons): Message | null => {
  if (!(item instanceof Unread)) return item;
  const read = item.read();
  if (isMessage(read) && read !== UNREADABLE) return read;
  addReason(rejected, CANNOT_BE_READ);
  return null;
};

/** Why something of a request was not taken, and how often. */
export type Reasons = Map<string, number>;

export const addReason = (reasons: Reasons, reason: string, count = 1): void => {
  reasons.set(reason, (reasons.get(reason) ?? 0) + count);
};

export interface Items {
  readonly items: readonly Item[];
  /** Of items that were rejected. */
  readonly rejected: Reasons;
  /** Of items that are kept, but not under their own source. */
  readonly folded: Reasons;
}

/** All items of a request in their order; those that cannot be read, and those beyond a limit, are counted. */
export const itemsOf = (signal: Signal, request: Message, masker: Masker): Items => {
  const names = SIGNALS[signal];
  const items: Item[] = [];
  const rejected: Reasons = new Map();
  const folded: Reasons = new Map();
  const sources = new Set<string>();
  for (const group of listOf(request[names.resources])) {
    if (!isMessage(group) || group === UNREADABLE) {
      addReason(rejected, 'a resource that cannot be read');
      continue;
    }
    const own = senderOf(group['resource'], masker);
    const name = sourceName(own.source);
    const isKnown = sources.has(name) || sources.size < SOURCES_MAX;
    if (isKnown) sources.add(name);
    const sender = isKnown ? own : { ...own, source: OTHER };
    for (const scope of listOf(group[names.scopes] ?? group[names.scopesBefore])) {
      const list = isMessage(scope) && scope !== UNREADABLE ? itemsIn(scope, names) : [null];
      if (!isKnown)
        addReason(folded, `of more than ${SOURCES_MAX} sources, counted for 'other'`, list.length);
      for (const item of list) addItem(items, rejected, sender, item);
    }
  }
  return { items, rejected, folded };
};

/** Before OTLP 0.15 scopes were instrumentation libraries, and records of logs had another name. */
const itemsIn = (scope: Message, names: (typeof SIGNALS)[Signal]): readonly unknown[] =>
  listOf(scope[names.items] ?? scope[names.itemsBefore]);

const addItem = (items: Item[], rejected: Reasons, sender: Sender, item: unknown): void => {
  if (items.length >= RECORDS_MAX) addReason(rejected, `more than ${RECORDS_MAX} records`);
  else if (!isMessage(item) || item === UNREADABLE) addReason(rejected, CANNOT_BE_READ);
  else items.push({ sender, item });
};

const senderOf = (resource: unknown, masker: Masker): Sender => {
  const flat = isMessage(resource) ? flatten(resource['attributes']) : new Map();
  for (const [key, value] of flat)
    if (SOURCE_KEYS.has(key)) flat.set(key, masker.value(key, value));
  const source = takeSource(flat);
  return { source, resource: maskedAttributes(flat, masker) };
};

/** A plain object of them; `__proto__` is a key like any other. */
const attributesOf = (flat: Flat): Attributes => {
  if (flat.size === 0) return NO_ATTRIBUTES;
  if (flat.has('__proto__')) return Object.fromEntries(flat);
  const attributes: Record<string, string | number | boolean> = {};
  for (const [key, value] of flat) attributes[key] = value;
  return attributes;
};

/** The same, masked on the way. */
export const maskedAttributes = (flat: Flat, masker: Masker): Attributes => {
  if (flat.size === 0) return NO_ATTRIBUTES;
  for (const [key, value] of flat) {
    const name = masker.key(key);
    const masked = shortValue(key, masker.value(key, value));
    if (name !== key) flat.delete(key);
    if (name !== key || masked !== value) flat.set(name, masked);
  }
  return attributesOf(flat);
};

/** It is cut after it was masked, so that no half of a secret stays. */
const shortValue = (key: string, value: AttributeValue): AttributeValue =>
  typeof value === 'string' && value.length > ATTRIBUTE_CHARS_MAX
    ? firstCharacters(value, /stack/i.test(key) ? STACK_CHARS_MAX : ATTRIBUTE_CHARS_MAX)
    : value;

export const NO_ATTRIBUTES: Attributes = Object.freeze({});

/** What a sender is answered; '' for nothing. */
export const reasonText = (reasons: Reasons, most: number): string => {
  const told = [...reasons].slice(0, most).map(([reason, count]) => `${count} x ${reason}`);
  return told.join('; ');
};

export const countOf = (reasons: Reasons): number =>
  [...reasons.values()].reduce((sum, count) => sum + count, 0);
