import type { Span } from '../../domain/span.ts';
import { NAME_CHARS_MAX, PLAUSIBLE_MS_MAX, STACK_CHARS_MAX, TEXT_CHARS_MAX } from '../limits.ts';
import type { Masker } from '../mask/masker.ts';
import {
  durationMsOf,
  isMessage,
  listOf,
  millisecondsOf,
  textOf,
  type Message,
} from '../otlp/values.ts';
import { enumOf } from '../otlp/enums.ts';
import { hexIdOf } from '../otlp/ids.ts';
import { addReason, maskedAttributes, type Item, type Reasons, type Sender } from './drafts.ts';
import { NO_EXCEPTION, takeException, type ExceptionFacts } from './exception.ts';
import { flatten } from './flatten.ts';
import { takeHttp } from './http-facts.ts';
import { maskedText, type Reading } from './log-records.ts';
import { clampTime } from './times.ts';

const ERROR_STATUS = 2;
const ERROR_SEVERITY = 17;

/** Spans as they are stored. One without its ids belongs to nothing, and is rejected. */
export const spansOf = (
  items: readonly Item[],
  { arrivalMs, skews, masker }: Reading,
  rejected: Reasons,
): readonly Span[] => {
  const corrections = new Map<Sender, number>();
  for (const [sender, group] of Map.groupBy(items, ({ sender }) => sender)) {
    const newest = group.reduce((most, { item }) => {
      const timeMs = millisecondsOf(item['endTimeUnixNano']);
      return Math.abs(timeMs - arrivalMs) <= PLAUSIBLE_MS_MAX ? Math.max(most, timeMs) : most;
    }, 0);
    if (newest > 0)
      corrections.set(sender, skews.correctionMs(JSON.stringify(sender), arrivalMs - newest));
  }
  return items.flatMap(({ sender, item }) => {
    const ids = idsOf(item);
    if (ids === null) addReason(rejected, 'a span without its ids');
    if (ids === null) return [];
    const correction = corrections.get(sender) ?? 0;
    const own = millisecondsOf(item['startTimeUnixNano']);
    const startMs = own === 0 ? arrivalMs : own + correction;
    const span = spanOf(item, sender, masker);
    return [{ ...ids, ...span, startMs: clampTime(startMs, arrivalMs) }];
  });
};

type Ids = Pick<Span, 'traceId' | 'spanId' | 'parentSpanId'>;

const idsOf = (item: Message): Ids | null => {
  const [traceId, spanId] = [hexIdOf(item['traceId'], 32), hexIdOf(item['spanId'], 16)];
  if (traceId === null || spanId === null) return null;
  return { traceId, spanId, parentSpanId: hexIdOf(item['parentSpanId'], 16) };
};

const spanOf = (
  item: Message,
  { source, resource }: Sender,
  masker: Masker,
): Omit<Span, keyof Ids | 'startMs'> => {
  const flat = flatten(item['attributes']);
  const http = takeHttp(flat);
  const status = isMessage(item['status']) ? item['status'] : {};
  const exception = exceptionOf(item);
  const ignored: Reasons = new Map();
  const kind = enumOf(item['kind'], 'SPAN_KIND');
  return {
    source,
    resource,
    name: maskedText(textOf(item['name']), NAME_CHARS_MAX, masker, ignored),
    kind: kind >= 0 && kind <= 5 ? kind : 0,
    // Whole microseconds: nobody compares less.
    durationMs:
      Math.max(
        0,
        Math.round(durationMsOf(item['startTimeUnixNano'], item['endTimeUnixNano']) * 1_000),
      ) / 1_000,
    isError: enumOf(status['code'], 'STATUS_CODE') === ERROR_STATUS,
    statusText: maskedText(textOf(status['message']), TEXT_CHARS_MAX, masker, ignored),
    exceptionType: exception.type === null ? null : masker.text(exception.type),
    stack:
      exception.stack === null
        ? null
        : maskedText(exception.stack, STACK_CHARS_MAX, masker, ignored),
    http: http === null ? null : { ...http, route: masker.text(http.route) },
    attributes: maskedAttributes(flat, masker),
  };
};

/** Of its first exception event: a span keeps one. */
const exceptionOf = (item: Message): ExceptionFacts => {
  for (const event of listOf(item['events'])) {
    if (!isMessage(event) || event['name'] !== 'exception') continue;
    return takeException(flatten(event['attributes']), ERROR_SEVERITY);
  }
  return NO_EXCEPTION;
};
