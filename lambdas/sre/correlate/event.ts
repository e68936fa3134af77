import { LINE_CHARS_READ } from '../domain/block.ts';
import type { Span } from '../domain/span.ts';
import { Scanner } from '../score/templates/scanner.ts';
import { VARIABLE, type Skeleton } from '../score/templates/skeleton.ts';
import { ERROR, FATAL, WARN } from '../domain/signal.ts';

/** Words of a line that name what happened: what follows is, as a rule, about whom. */
const WORDS_MAX = 8;
/** Of a name, so that one odd sender fills no baseline. */
const EVENT_CHARACTERS_MAX = 120;

const SPACE = 0x20;

/**
 * Reads lines as events. It keeps its scanner, which keeps its buffers, and each event once: most lines are of one that
 * was there before, and make no text of their own.
 */
export class EventReader {
  private readonly scanner = new Scanner();
  private readonly known = new Map<number, string[]>();

  /** What a line is counted as: how bad it is and its first words without what varies. Depends on nothing but the line. */
  eventOf(severity: number, text: string): string {
    const skeleton = this.scanner.scan(text.slice(0, LINE_CHARS_READ));
    const { codes } = skeleton;
    const end = endOfWords(skeleton);
    const level = levelOf(severity);
    const hash = hashOf(codes, end, level);
    const alike = this.known.get(hash);
    const before = alike?.find((one) => isEvent(one, level, codes, end));
    if (before !== undefined) return before;
    const words = String.fromCharCode(...codes.subarray(0, end)).replaceAll(VARIABLE, '*');
    const event = `${level} ${words}`;
    if (alike === undefined) this.known.set(hash, [event]);
    else alike.push(event);
    return event;
  }
}

const VARIABLE_CODE = VARIABLE.charCodeAt(0);
const STAR_CODE = 0x2a;

/** FNV-1a of 32 bits. */
const hashOf = (codes: Skeleton['codes'], end: number, level: string): number => {
  let hash = 0x81_1c_9d_c5 ^ level.charCodeAt(0);
  for (let index = 0; index < end; index += 1)
    hash = Math.imul(hash ^ (codes[index] ?? 0), 0x01_00_01_93);
  return hash;
};

const isEvent = (event: string, level: string, codes: Skeleton['codes'], end: number): boolean => {
  const from = level.length + 1;
  if (event.length !== from + end || !event.startsWith(level)) return false;
  for (let index = 0; index < end; index += 1) {
    const code = codes[index] ?? 0;
    if (event.charCodeAt(from + index) !== (code === VARIABLE_CODE ? STAR_CODE : code))
      return false;
  }
  return true;
};

const endOfWords = ({ codes, length }: Skeleton): number => {
  const max = Math.min(length, EVENT_CHARACTERS_MAX);
  let [words, index] = [0, 0];
  for (; index < max; index += 1)
    if (codes[index] === SPACE) {
      words += 1;
      if (words === WORDS_MAX) break;
    }
  return index;
};

const INFO = 9;

const levelOf = (severity: number): string => {
  if (severity >= FATAL) return 'F';
  if (severity >= ERROR) return 'E';
  if (severity >= WARN) return 'W';
  return severity >= INFO || severity === 0 ? 'I' : 'D';
};

const NOT_THE_SAME_TWICE = /[0-9a-f]{8,}|[\w-]*\d[\w-]{3,}|\d+(?!\w)/gi;

/** An operation without the ids that some senders put into its name. */
export const operationName = (name: string): string =>
  name.replaceAll(NOT_THE_SAME_TWICE, '*').slice(0, EVENT_CHARACTERS_MAX);

/** What a failed span is counted as: by its exception, else by its status. null: it did not fail. */
export const failureEvent = (span: Span, operation: string): string | null => {
  const status = span.http?.status ?? 0;
  if (!span.isError && status < 500) return null;
  const reason = span.exceptionType ?? (operationName(span.statusText) || String(status));
  return `E ${operation} ${reason}`.slice(0, EVENT_CHARACTERS_MAX);
};

/** An ERROR or a FATAL, of a line or of a span. */
export const isFailureEvent = (event: string): boolean =>
  event.startsWith('E ') || event.startsWith('F ');

const OUTGOING = '> ';
const TWICE = ' (again)';

/** A call to another service. */
export const outgoingEvent = (call: string): string => OUTGOING + call;

export const isOutgoingEvent = (event: string): boolean => event.startsWith(OUTGOING);

/** The call that an outgoing event names. */
export const outgoingCall = (event: string): string => onceEvent(event).slice(OUTGOING.length);

/** The same a second time: that it is missing shows a loop that ended early. */
export const twiceEvent = (event: string): string => event + TWICE;

const onceEvent = (event: string): string =>
  event.endsWith(TWICE) ? event.slice(0, -TWICE.length) : event;
