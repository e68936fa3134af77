import { isFrame, isTraceback } from './frames.ts';

/**
 * The class that a line starts with: `java.io.IOException: x`, `Uncaught TypeError: y`, `*main.myErr`, `x (NoMethodError)`;
 * null for a line that names none.
 */
export const exceptionClassOf = (line: string): string | null => {
  const head = line.length > HEAD_CHARS ? line.slice(0, HEAD_CHARS) : line;
  const body = head.replace(LEAD, '').trimStart();
  const [, name] = NAMED.exec(body) ?? RUBY.exec(body) ?? [];
  if (name !== undefined) return name;
  if (/^(?:panic|fatal error): /.test(body)) return 'panic';
  return /^thread '[^']{0,100}' (?:\(\d+\) )?panicked at /.test(body) ? 'panic' : null;
};

const HEAD_CHARS = 400;
const LEAD =
  /^\s*(?:(?:Uncaught|Unhandled exception[.:]|PHP Fatal error:|Fatal error:|Caused by:|-{3}>|Exception in thread "[^"]{0,100}")\s{0,4}){0,3}/;
/** Ends in what classes of exceptions end in, or in an id of Node's (`[ERR_X]`). */
const NAMED =
  /^((?:[A-Za-z_$*][\w$.:\\/-]{0,200}?)?(?:Error|Exception|Throwable|Fault|Failure|Panic|Interrupt|Exit|Warning|err|Err))(?=[:\s(]|$)/;
const RUBY = /^\S{1,300}:\d{1,6}:in [`'"].{0,200}?\(([A-Z][\w:]{1,100})\)$/;

/**
 * The class of the exception that a stack shows: of its first line, in Python of the line that closes it, with the cause
 * above it.
 */
export const stackClassOf = (stack: string): string | null => {
  const lines = stack.split('\n', LINES_READ_MAX);
  const [first = ''] = lines;
  if (!isTraceback(first)) return isFrame(first) ? null : exceptionClassOf(first);
  const closing = lines.findLast(
    (line) => /^[A-Za-z_][\w.]{0,200}(?::\s|$)/.test(line) && !isTraceback(line),
  );
  return closing === undefined ? null : (/^[\w.]+/.exec(closing)?.[0] ?? null);
};

const LINES_READ_MAX = 400;

/** Codes stand where a class is expected: `ECONNREFUSED`, `23505`, `E1`, `ER_DUP_ENTRY`. */
export const isCode = (type: string): boolean => /^[A-Z\d][A-Z\d_-]{0,60}$/.test(type);
