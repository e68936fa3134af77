import { firstCharacters } from '../../../shared/characters.ts';
import type { Attributes, HttpFacts, LogRecord, Source } from '../../domain/log-record.ts';
import { NAME_CHARS_MAX, PLAUSIBLE_MS_MAX, STACK_CHARS_MAX, TEXT_CHARS_MAX } from '../limits.ts';
import type { Masker } from '../mask/masker.ts';
import { enumOf } from '../otlp/enums.ts';
import { hexIdOf } from '../otlp/ids.ts';
import { millisecondsOf, textOf, type Message } from '../otlp/values.ts';
import { exceptionClassOf, stackClassOf } from '../join/exception-class.ts';
import {
  addReason,
  maskedAttributes,
  openItem,
  type Item,
  type Reasons,
  type Sender,
} from './drafts.ts';
import { eventNameOf } from './event-name.ts';
import { NO_EXCEPTION, splitStack, takeException, type ExceptionFacts } from './exception.ts';
import { flatten, type Flat } from './flatten.ts';
import { httpInLine, takeHttp } from './http-facts.ts';
import { TRAITS, traitsOf } from './key-traits.ts';
import { severityInAttributes } from './level-keys.ts';
import { severityInLine } from './line-level.ts';
import { plainText, readBody } from './message.ts';
import { Pieces } from './pieces.ts';
import { PlainAttributes } from './plain-attributes.ts';
import { severityOf } from './severity.ts';
import { clockAt, correctionOf, type SenderClock } from './sender-clock.ts';
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

type Draft = { -readonly [K in keyof LogRecord]: LogRecord[K] };

/** By a constructor: V8 puts literals that often outlive a collection among what is old, and a batch is not. */
class PlainRecord implements Draft {
  timeMs = 0;
  source: Source;
  severity = 0;
  text = '';
  stack: string | null = null;
  exceptionType: string | null = null;
  traceId: string | null = null;
  spanId: string | null = null;
  http: HttpFacts | null = null;
  eventName: string | null = null;
  attributes: Attributes;
  resource: Attributes;

  constructor({ source, resource }: Sender, attributes: Attributes) {
    this.source = source;
    this.attributes = attributes;
    this.resource = resource;
  }
}

/**
 * So many records are decoded, then so many normalised: code that does one thing at a time runs a third faster than code that
 * does both by turns, and of what was decoded no more is kept.
 */
const RECORDS_AT_ONCE = 64;

/**
 * Records as they are stored, one for each that came and can be read; `changed` says what was cut. What a few are read from
 * is let go before the next ones: a clock is corrected when all records of its sender are known.
 */
export const logRecordsOf = (
  items: readonly Item[],
  { arrivalMs, skews, masker }: Reading,
  { rejected, changed }: { readonly rejected: Reasons; readonly changed: Reasons },
): LogRecords => {
  const records: Draft[] = [];
  const clockOf: SenderClock[] = [];
  const clocks: SenderClock[] = [];
  const tools = { masker, changed, plain: new PlainAttributes(masker) };
  let hasTimes = false;
  const add = (sender: Sender, message: Message): void => {
    const timeMs = timeOf(message);
    hasTimes ||= timeMs !== 0;
    const clock = clockAt(clocks, sender);
    const isPlausible = Math.abs(timeMs - arrivalMs) <= PLAUSIBLE_MS_MAX;
    if (isPlausible && timeMs > clock.newestMs) clock.newestMs = timeMs;
    const record = logRecordOf(message, sender, tools);
    record.timeMs = timeMs;
    records.push(record);
    clockOf.push(clock);
  };
  const pieces = new Pieces();
  let last: Sender | null = null;
  for (let from = 0; from < items.length; from += RECORDS_AT_ONCE) {
    const some = items.slice(from, from + RECORDS_AT_ONCE);
    const messages = some.map(({ item }) => openItem(item, rejected));
    for (let index = 0; index < some.length; index += 1) {
      const [sender, message] = [some[index]?.sender, messages[index] ?? null];
      if (sender === undefined || message === null) continue;
      if (last !== null && last !== sender) for (const rest of pieces.letGo()) add(last, rest);
      last = sender;
      const whole = pieces.take(message);
      if (whole !== null) add(sender, whole);
    }
  }
  if (last !== null) for (const rest of pieces.letGo()) add(last, rest);
  for (const clock of clocks) clock.correctionMs = correctionOf(clock, arrivalMs, skews);
  records.forEach((record, index) => {
    // Only the sender's own clock is corrected, not ours.
    record.timeMs =
      record.timeMs === 0
        ? arrivalMs
        : clampTime(record.timeMs + (clockOf[index]?.correctionMs ?? 0), arrivalMs);
  });
  return { records, hasTimes };
};

/** Its own time, else when somebody saw it; 0 for neither. */
const timeOf = (item: Message): number =>
  millisecondsOf(item['timeUnixNano']) || millisecondsOf(item['observedTimeUnixNano']);

interface Tools {
  readonly masker: Masker;
  readonly changed: Reasons;
  readonly plain: PlainAttributes;
}

const logRecordOf = (item: Message, sender: Sender, tools: Tools): Draft => {
  const text = plainText(item['body']);
  const attributes = text === null ? null : tools.plain.read(item['attributes']);
  return text === null || attributes === null
    ? anyRecordOf(item, sender, tools)
    : plainRecordOf(item, sender, text, attributes, tools);
};

const statedSeverity = (item: Message): number =>
  severityOf(enumOf(item['severityNumber'], 'SEVERITY_NUMBER'), textOf(item['severityText']));

/** Of a message in one line and of attributes that nobody looks at, as nearly all records are. */
const plainRecordOf = (
  item: Message,
  sender: Sender,
  text: string,
  attributes: Attributes,
  { masker, changed }: Tools,
): Draft => {
  const record = new PlainRecord(sender, attributes);
  const http = httpInLine(text);
  record.severity =
    statedSeverity(item) || severityInAttributes((key) => attributes[key]) || severityInLine(text);
  record.text = maskedText(text, TEXT_CHARS_MAX, masker, changed);
  record.traceId = hexIdOf(item['traceId'], 32);
  record.spanId = hexIdOf(item['spanId'], 16);
  if (http !== null) record.http = { ...http, route: masker.text(http.route) };
  const eventName = eventNameOf(item['eventName']);
  if (eventName !== null)
    record.eventName = firstCharacters(masker.text(eventName), NAME_CHARS_MAX);
  return record;
};

const anyRecordOf = (
  item: Message,
  { source, resource }: Sender,
  { masker, changed }: Tools,
): Draft => {
  const flat = flatten(item['attributes']);
  const body = readBody(item['body'], flat);
  const severity =
    statedSeverity(item) ||
    severityOf(0, body.level) ||
    severityInAttributes((key) => flat.get(key)) ||
    severityInLine(body.text);
  const traits = traitsOf(flat);
  const hasException = (traits & TRAITS.exception) !== 0;
  const exception = hasException ? takeException(flat, severity) : NO_EXCEPTION;
  const { text, stack, exceptionType } = partsOf(body.text, exception);
  const hasIds = (traits & TRAITS.id) !== 0;
  const traceId = hexIdOf(item['traceId'], 32) ?? (hasIds ? takeId(flat, TRACE_KEYS, 32) : null);
  const spanId = hexIdOf(item['spanId'], 16) ?? (hasIds ? takeId(flat, SPAN_KEYS, 16) : null);
  const http = ((traits & TRAITS.http) === 0 ? null : takeHttp(flat)) ?? httpInLine(body.text);
  const hasEvent = (traits & TRAITS.event) !== 0;
  const eventName = eventNameOf(item['eventName']) ?? (hasEvent ? takeEventName(flat) : null);
  return {
    timeMs: 0,
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
    attributes: maskedAttributes(flat, masker),
    resource,
  };
};

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

/** Where loggers put ids when the exporter has none: pino, logback's MDC, Python's and Google Cloud's logging, .NET, Serilog. */
const TRACE_KEYS = [
  'trace_id',
  'traceId',
  'trace.id',
  'TraceId',
  'traceID',
  'otelTraceID',
  'logging.googleapis.com/trace',
  '@tr',
  'dd.trace_id',
];
const SPAN_KEYS = [
  'span_id',
  'spanId',
  'span.id',
  'SpanId',
  'spanID',
  'otelSpanID',
  'logging.googleapis.com/spanId',
  '@sp',
];

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
