import type { Attributes, Source } from '../../domain/log-record.ts';
import { RECORDS_MAX, RESOURCES_MAX } from '../limits.ts';
import type { Masker } from '../mask/masker.ts';
import { SIGNALS, type Signal } from '../otlp/otlp-types.ts';
import { isMessage, listOf, type Message } from '../otlp/values.ts';
import { UNREADABLE } from '../otlp/otlp-protobuf.ts';
import { flatten, type Flat } from './flatten.ts';
import { takeSource } from './source.ts';

/** What one sender's resource says, masked, once for all of its records. */
export interface Sender {
  readonly source: Source;
  readonly resource: Attributes;
}

/** A record, a span or a metric as it came, with its sender. */
export interface Item {
  readonly sender: Sender;
  readonly item: Message;
}

/** Why something of a request was not taken, and how often. */
export type Reasons = Map<string, number>;

export const addReason = (reasons: Reasons, reason: string, count = 1): void => {
  reasons.set(reason, (reasons.get(reason) ?? 0) + count);
};

export interface Items {
  readonly items: readonly Item[];
  /** Of items that were rejected. */
  readonly rejected: Reasons;
}

/** All items of a request in their order; those that cannot be read, and those beyond a limit, are counted. */
export const itemsOf = (signal: Signal, request: Message, masker: Masker): Items => {
  const names = SIGNALS[signal];
  const items: Item[] = [];
  const rejected: Reasons = new Map();
  let resources = 0;
  for (const group of listOf(request[names.resources])) {
    if (!isMessage(group)) {
      addReason(rejected, 'a resource that is no object');
      continue;
    }
    resources += 1;
    const sender = senderOf(group['resource'], masker);
    for (const scope of listOf(group[names.scopes])) {
      const list = isMessage(scope) ? listOf(scope[names.items]) : [null];
      if (resources > RESOURCES_MAX)
        addReason(rejected, `more than ${RESOURCES_MAX} resources`, list.length);
      else for (const item of list) addItem(items, rejected, sender, item);
    }
  }
  return { items, rejected };
};

const addItem = (items: Item[], rejected: Reasons, sender: Sender, item: unknown): void => {
  if (items.length >= RECORDS_MAX) addReason(rejected, `more than ${RECORDS_MAX} records`);
  else if (!isMessage(item) || item === UNREADABLE)
    addReason(rejected, 'a record that cannot be read');
  else items.push({ sender, item });
};

const senderOf = (resource: unknown, masker: Masker): Sender => {
  const flat = isMessage(resource) ? flatten(resource['attributes']) : new Map();
  for (const [key, value] of flat) flat.set(key, masker.value(key, value));
  const source = takeSource(flat);
  return { source, resource: attributesOf(flat) };
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
    const masked = masker.value(key, value);
    if (masked !== value) flat.set(key, masked);
  }
  return attributesOf(flat);
};

const NO_ATTRIBUTES: Attributes = Object.freeze({});

/** What a sender is told; '' for nothing. */
export const reasonText = (reasons: Reasons, most: number): string => {
  const told = [...reasons].slice(0, most).map(([reason, count]) => `${count} x ${reason}`);
  return told.join('; ');
};

export const countOf = (reasons: Reasons): number =>
  [...reasons.values()].reduce((sum, count) => sum + count, 0);
