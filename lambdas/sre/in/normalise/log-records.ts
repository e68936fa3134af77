import { firstCharacters } from '../../../shared/characters.ts';
import type { LogRecord } from '../../domain/log-record.ts';
import { NAME_CHARS_MAX, PLAUSIBLE_MS_MAX, STACK_CHARS_MAX, TEXT_CHARS_MAX } from '../limits.ts';
import type { Masker } from '../mask/masker.ts';
import { enumOf, hexIdOf, millisecondsOf, textOf, type Message } from '../otlp/values.ts';
import { exceptionClassOf, stackClassOf } from '../join/exception-class.ts';
import {
  addReason,
  maskedAttributes,
  openItem,
  plainAttributes,
  type Item,
  type Reasons,
  type Sender,
} from './drafts.ts';
import { eventNameOf } from './event-name.ts';
import { NO_EXCEPTION, splitStack, takeException, type ExceptionFacts } from './exception.ts';
import { flatten, type Flat } from './flatten.ts';
import { takeHttp } from './http-facts.ts';
import { TRAITS, traitsOf } from './key-traits.ts';
import { isPlainBody, readBody } from './message.ts';
import { severityInLine, severityOf } from './severity.ts';
import { clampTime, type SkewMemory } from './times.ts';

export interface Reading {
  readonly arrivalMs: number;
  readonly skews: SkewMemory;
  readonly masker: Masker;
}

export interface LogRecords {
  readonly records: readonly LogRecord[];
  /** One of them, at least, came with a time of its own. */
  readonly hasTimes: boolean;
}

interface Draft extends Omit<LogRecord, 'timeMs'> {
  timeMs: number;
}

/**
 * Records as they are stored, one for each that came and can be read; `changed` says what was cut. Each is read, and what
 * it was read from is let go, before the next one: a clock is corrected when all records of its sender are known.
 */
export const logRecordsOf = (
  items: readonly Item[],
  { arrivalMs, skews, masker }: Reading,
  { rejected, changed }: { readonly rejected: Reasons; readonly changed: Reasons },
): LogRecords => {
  const records: Draft[] = [];
  const senders: Sender[] = [];
  const newest = new Map<Sender, number>();
  let hasTimes = false;
  for (const { sender, item } of items) {
    const message = openItem(item, rejected);
    if (message === null) continue;
    const timeMs = timeOf(message);
    hasTimes ||= timeMs !== 0;
    const isPlausible = Math.abs(timeMs - arrivalMs) <= PLAUSIBLE_MS_MAX;
    if (isPlausible && timeMs > (newest.get(sender) ?? 0)) newest.set(sender, timeMs);
    records.push(logRecordOf(message, sender, timeMs, masker, changed));
    senders.push(sender);
  }
  const corrections = correctionsOf(newest, arrivalMs, skews);
  records.forEach((record, index) => {
    const sender = senders[index];
    const correction = sender === undefined ? 0 : (corrections.get(sender) ?? 0);
    // Only the sender's own clock is corrected, not ours.
    record.timeMs =
      record.timeMs === 0 ? arrivalMs : clampTime(record.timeMs + correction, arrivalMs);
  });
  return { records, hasTimes };
};

/** Its own time, else when somebody saw it; 0 for neither. */
const timeOf = (item: Message): number =>
  millisecondsOf(item['timeUnixNano']) || millisecondsOf(item['observedTimeUnixNano']);

/** For each sender what to add to its times, by the newest of them. */
const correctionsOf = (
  newest: ReadonlyMap<Sender, number>,
  arrivalMs: number,
  skews: SkewMemory,
): ReadonlyMap<Sender, number> =>
  new Map(
    [...newest].map(([sender, timeMs]) => [
      sender,
      skews.correctionMs(JSON.stringify(sender), arrivalMs - timeMs),
    ]),
  );

const logRecordOf = (
  item: Message,
  { source, resource }: Sender,
  timeMs: number,
  masker: Masker,
  changed: Reasons,
): Draft => {
  const plain = isPlainBody(item['body']) ? plainAttributes(item['attributes'], masker) : null;
  const flat = plain === null ? flatten(item['attributes']) : NOTHING_TO_TAKE;
  const body = readBody(item['body'], flat);
  const stated = severityOf(enumOf(item['severityNumber']), textOf(item['severityText']));
  const severity = stated || severityOf(0, body.level) || severityInLine(body.text);
  const traits = traitsOf(flat);
  const hasException = (traits & TRAITS.exception) !== 0;
  const exception = hasException ? takeException(flat, severity) : NO_EXCEPTION;
  const { text, stack, exceptionType } = partsOf(body.text, exception);
  const hasIds = (traits & TRAITS.id) !== 0;
  const traceId = hexIdOf(item['traceId'], 32) ?? (hasIds ? takeId(flat, TRACE_KEYS, 32) : null);
  const spanId = hexIdOf(item['spanId'], 16) ?? (hasIds ? takeId(flat, SPAN_KEYS, 16) : null);
  const http = (traits & TRAITS.http) === 0 ? null : takeHttp(flat);
  const hasEvent = (traits & TRAITS.event) !== 0;
  const eventName = eventNameOf(item['eventName']) ?? (hasEvent ? takeEventName(flat) : null);
  return {
    timeMs,
    source,
    severity,
    text: maskedText(text === '' ? (eventName ?? '') : text, TEXT_CHARS_MAX, masker, changed),
    stack: stack === null ? null : maskedText(stack, STACK_CHARS_MAX, masker, changed),
    exceptionType:
      exceptionType === null ? null : firstCharacters(masker.text(exceptionType), TYPE_CHARS_MAX),
    traceId,
    spanId,
    http: http === null ? null : { ...http, route: masker.text(http.route) },
    eventName: eventName === null ? null : firstCharacters(masker.text(eventName), NAME_CHARS_MAX),
    attributes: plain ?? maskedAttributes(flat, masker),
    resource,
  };
};

const NOTHING_TO_TAKE: Flat = new Map();

const TYPE_CHARS_MAX = 200;

interface Parts {
  readonly text: string;
  readonly stack: string | null;
  readonly exceptionType: string | null;
}

/** Message and stack apart, whether the stack came as an attribute or below the message. */
const partsOf = (body: string, exception: ExceptionFacts): Parts => {
  const split = splitStack(body);
  const text = split === null ? body : split.text;
  const stack = exception.stack ?? split?.stack ?? null;
  const type =
    exception.type ??
    (split === null ? null : (stackClassOf(split.stack) ?? exceptionClassOf(text)));
  return {
    // A record of nothing but an exception says what its stack says first.
    text: text === '' && stack !== null ? stack.split('\n', 1).join('') : text,
    stack,
    exceptionType: type,
  };
};

/** A little more than is kept is masked, so that no secret is cut in half and gets by. */
const MARGIN_CHARS = 4_096;

export const maskedText = (
  text: string,
  charsMax: number,
  masker: Masker,
  changed: Reasons,
): string => {
  if (text.length <= charsMax) return masker.text(text);
  addReason(changed, `a text cut at ${charsMax} characters`);
  const kept = firstCharacters(
    masker.text(firstCharacters(text, charsMax + MARGIN_CHARS)),
    charsMax,
  );
  return `${kept} [cut: ${text.length} characters, limit ${charsMax}]`;
};

/** Where loggers put ids when the exporter has none: pino, logback's MDC, Datadog's libraries. */
const TRACE_KEYS = ['trace_id', 'traceId', 'trace.id'];
const SPAN_KEYS = ['span_id', 'spanId', 'span.id'];

const takeId = (flat: Flat, keys: readonly string[], digits: number): string | null => {
  for (const key of keys) {
    const id = hexIdOf(flat.get(key), digits);
    if (id === null) continue;
    flat.delete(key);
    return id;
  }
  return null;
};

const takeEventName = (flat: Flat): string | null => {
  const name = eventNameOf(flat.get('event.name'));
  if (name !== null) flat.delete('event.name');
  return name;
};
