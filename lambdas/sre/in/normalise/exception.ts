import type { AttributeValue } from '../../domain/log-record.ts';
import { isFrame, isHeader, isLink, isTraceback } from '../join/frames.ts';
import { exceptionClassOf, isCode, stackClassOf } from '../join/exception-class.ts';
import type { Flat } from './flatten.ts';

export interface ExceptionFacts {
  readonly type: string | null;
  readonly stack: string | null;
}

export const NO_EXCEPTION: ExceptionFacts = { type: null, stack: null };

/** OpenTelemetry's own names, then pino's and ECS's, then what loggers nest an error in, Log4j's last. */
const PREFIXES = ['exception.', 'err.', 'error.', 'payload.error.', 'payload.err.', 'thrown.'];
const TYPES = ['type', 'name', 'class'];
const STACKS = ['stacktrace', 'stack', 'stack_trace', 'extendedStackTrace'];
/** Beside the message: of winston, logback, zap, structlog, Python's JSON, GELF and Serilog. */
const BARE_STACKS = [
  'stack',
  'stack_trace',
  'stackTrace',
  'stacktrace',
  'exception',
  'exc_info',
  'error',
  'err',
  'full_message',
  '@x',
  'Exception',
];
/** Where structured loggers say in one line what went wrong; mongod does so below `attr`. */
const CAUSES_SAID = [
  'error',
  'err',
  'exception',
  'cause',
  'error.message',
  'err.message',
  'attr.error',
  'attr.message',
];
const CAUSES = ['cause.', 'error.cause.'];

const WARN = 13;

/**
 * Takes an exception out of the attributes. `exception.message` alone is no proof of one: winston puts a plain argument
 * there. A type may be a code, with the class in the stack's first line; then the code stays as `exception.code`.
 */
export const takeException = (flat: Flat, severity: number): ExceptionFacts => {
  if (flat.size === 0) return NO_EXCEPTION;
  const prefix = PREFIXES.find((candidate) => hasException(flat, candidate));
  if (prefix === undefined) {
    const bare = takeBareStack(flat);
    return bare === NO_EXCEPTION && severity >= WARN ? causeSaid(flat) : bare;
  }
  const type = takeText(flat, prefix, TYPES);
  const message = flat.get(`${prefix}message`);
  const stack = takeText(flat, prefix, STACKS);
  if (type === '' && stack === '') {
    if (severity < WARN || typeof message !== 'string') return NO_EXCEPTION;
    flat.delete(`${prefix}message`);
    return { type: null, stack: message };
  }
  flat.delete(`${prefix}message`);
  for (const bare of BARE_STACKS)
    if (stack !== '' && isPartOf(flat.get(bare), stack)) flat.delete(bare);
  return factsOf(flat, type, typeof message === 'string' ? message : '', withCause(flat, stack));
};

/** winston sends the cause beside the stack, not in it. */
const withCause = (flat: Flat, stack: string): string => {
  const prefix = CAUSES.find((candidate) => STACKS.some((name) => flat.has(candidate + name)));
  if (prefix === undefined || stack === '') return stack;
  const cause = takeText(flat, prefix, STACKS);
  for (const name of [...TYPES, 'message']) flat.delete(prefix + name);
  return stack.includes(cause) ? stack : `${stack}\nCaused by: ${cause}`;
};

/** Something below `error.` is an exception only with a stack or a type: `error.code` alone is not. */
const hasException = (flat: Flat, prefix: string): boolean =>
  [...STACKS, 'type'].some((name) => flat.has(prefix + name)) ||
  (prefix === 'exception.' && flat.has('exception.message'));

const takeText = (flat: Flat, prefix: string, names: readonly string[]): string => {
  for (const name of names) {
    const value = flat.get(prefix + name);
    if (value === undefined || value === '') continue;
    flat.delete(prefix + name);
    return String(value);
  }
  return '';
};

const isPartOf = (value: AttributeValue | undefined, stack: string): boolean =>
  typeof value === 'string' && (stack.includes(value) || value.includes(stack));

const factsOf = (flat: Flat, type: string, message: string, stack: string): ExceptionFacts => {
  const headed = withHeader(type, message, stack);
  if (type !== '' && !isCode(type)) return { type, stack: headed };
  const named = stack === '' ? null : stackClassOf(stack);
  if (named !== null && type !== '') flat.set('exception.code', type);
  return { type: named ?? (type === '' ? null : type), stack: headed };
};

/** Some senders have only the frames, Go has none at all. */
const withHeader = (type: string, message: string, stack: string): string => {
  if (stack !== '' && !isFrame(stack.split('\n', 1).join(''))) return stack;
  const header = [type, message].filter((part) => part !== '').join(': ');
  return [header, stack].filter((part) => part !== '').join('\n');
};

/** A stack beside the message, by the name of `stack`: only when it reads as one. */
const takeBareStack = (flat: Flat): ExceptionFacts => {
  for (const key of BARE_STACKS) {
    const value = flat.get(key);
    if (typeof value !== 'string' || splitStack(value) === null) continue;
    flat.delete(key);
    return { type: stackClassOf(value), stack: value };
  }
  return NO_EXCEPTION;
};

/**
 * From WARN up what a logger was given as the error belongs to what the record says: `{"msg": "flush failed", "error": "no
 * space left on device"}`. It stays an attribute, too.
 */
const causeSaid = (flat: Flat): ExceptionFacts => {
  for (const key of CAUSES_SAID) {
    const value = flat.get(key);
    if (typeof value === 'string' && value.length >= CAUSE_CHARS_MIN)
      return { type: null, stack: value };
  }
  return NO_EXCEPTION;
};

/** A shorter text is a code, a flag or nothing. */
const CAUSE_CHARS_MIN = 8;

export interface SplitText {
  readonly text: string;
  readonly stack: string;
}

const LINES_READ_MAX = 2_000;

/**
 * A message that has its stack below it, apart; null when no stack is in it. Indented lines alone are none: SQL, JSON and
 * tables are indented too.
 */
export const splitStack = (text: string): SplitText | null => {
  if (!text.includes('\n')) return null;
  const lines = text.split('\n', LINES_READ_MAX);
  const frame = lines.findIndex((line) => isFrame(line) || isLink(line) || isTraceback(line));
  if (frame === -1) return null;
  const start = startOf(lines, frame);
  const first = start === 0 ? (messageIn(lines, frame) ?? 0) : 0;
  const message = start === 0 ? (lines[first] ?? '') : lines.slice(0, start).join('\n').trimEnd();
  return { text: message, stack: text.slice(offsetOf(lines, start)) };
};

/** Of a stack that is all there is, the line that says most: in Python the one that closes it. */
const messageIn = (lines: readonly string[], frame: number): number | null => {
  if (!isTraceback(lines[frame] ?? '')) return null;
  const closing = lines.findLastIndex(
    (line) => /^[A-Za-z_][\w.]{0,200}: /.test(line) && !isTraceback(line),
  );
  return closing === -1 ? null : closing;
};

/** The line before the first frame is the exception's own, when it reads so and another one is above it. */
const startOf = (lines: readonly string[], frame: number): number => {
  if (isTraceback(lines[frame] ?? '')) return frame;
  const header = lines.findLastIndex(
    (line, index) =>
      index < frame && index >= frame - 6 && (isHeader(line) || exceptionClassOf(line) !== null),
  );
  return header === -1 ? frame : header;
};

const offsetOf = (lines: readonly string[], start: number): number =>
  lines.slice(0, start).reduce((sum, line) => sum + line.length + 1, 0);
