import { JOIN_LINES_MAX, JOIN_MS_MAX } from '../limits.ts';
import { closesDump, isDumpPart, isDumpRule, opensDump } from './dumps.ts';
import {
  isClosing,
  isFrame,
  isFrameInStack,
  isHeader,
  isLink,
  isPythonFrame,
  isTraceback,
  opensMembers,
} from './frames.ts';

/** A line of one sender's one stream. */
export interface Line {
  readonly text: string;
  readonly timeMs: number;
}

/** Lines that are one record: indexes from `start` to before `end`. */
export interface Joined {
  readonly start: number;
  readonly end: number;
  /** The line that says what happened. */
  readonly message: number;
}

/** A message of several lines between an exception's header and its first frame. */
const MESSAGE_LINES_MAX = 6;
/** Lines of a dump that say nothing of themselves, before one that does. */
const GAP_LINES_MAX = 5;

/**
 * Which lines of a stream belong together: stack traces with their header, and dumps of kernels up to their end trace.
 * Within 10 s and 200 lines. Indentation alone joins nothing. What is in none of them is a record of its own.
 */
export const joinLines = (lines: readonly Line[]): readonly Joined[] => {
  const joined: Joined[] = [];
  if (!lines.some(({ text }) => opensJoin(text))) return joined;
  let index = 0;
  while (index < lines.length) {
    const found = dumpAt(lines, index, goesOnAt(joined.at(-1), index)) ?? stackAt(lines, index);
    if (found !== null) joined.push(found);
    index = found?.end ?? index + 1;
  }
  return joined;
};

/** Without such a line nothing is joined. */
export const opensJoin = (text: string): boolean => isFrame(text) || opensDump(text);

const textAt = (lines: readonly Line[], index: number): string => lines[index]?.text ?? '';

/** Up to where lines may be joined to the one that is first. */
const reachOf = (lines: readonly Line[], start: number): number => {
  const first = lines[start]?.timeMs ?? 0;
  const limit = Math.min(lines.length, start + JOIN_LINES_MAX);
  let end = start;
  while (end < limit && Math.abs((lines[end]?.timeMs ?? 0) - first) <= JOIN_MS_MAX) end += 1;
  return end;
};

/** A report of more lines than may be joined continues in a record of its own. */
const goesOnAt = (last: Joined | undefined, index: number): boolean =>
  last !== undefined && last.end === index && last.end - last.start === JOIN_LINES_MAX;

const dumpAt = (lines: readonly Line[], start: number, goesOn: boolean): Joined | null => {
  const first = textAt(lines, start);
  if (!opensDump(first) && !(goesOn && isDumpPart(first, first))) return null;
  const reach = reachOf(lines, start);
  let end = start + 1;
  for (let index = end; index < reach && index <= end + GAP_LINES_MAX; index += 1) {
    const text = textAt(lines, index);
    if (closesDump(text)) return dump(lines, start, index + 1);
    if (isDumpPart(text, first)) end = index + 1;
  }
  return end - start > 1 ? dump(lines, start, end) : null;
};

const dump = (lines: readonly Line[], start: number, end: number): Joined => {
  let message = start;
  while (message < end - 1 && isDumpRule(textAt(lines, message))) message += 1;
  return { start, end, message };
};

const stackAt = (lines: readonly Line[], start: number): Joined | null => {
  const first = textAt(lines, start);
  const reach = reachOf(lines, start);
  const opening = openingFrame(lines, start, reach);
  if (opening === null) return null;
  const end = stackEnd(lines, opening, reach);
  if (end - start < 2) return null;
  const isPython = isTraceback(first) || isRestOfPython(first, textAt(lines, opening));
  const message = isPython ? closingOf(lines, start, end) : start;
  return { start, end, message };
};

/** Of a traceback that was cut its first line is a frame, or the source line of one. */
const isRestOfPython = (first: string, opening: string): boolean =>
  isPythonFrame(opening) && (first === opening || /^\s/.test(first));

/** The first frame below a line; the line itself when its header came in another batch. */
const openingFrame = (lines: readonly Line[], start: number, reach: number): number | null => {
  if (isFrame(textAt(lines, start))) return start;
  const isOpen = isHeader(textAt(lines, start));
  const limit = Math.min(reach, start + 1 + (isOpen ? MESSAGE_LINES_MAX : 1));
  for (let index = start + 1; index < limit; index += 1) {
    const text = textAt(lines, index);
    // An empty line stands between Go's panic and its goroutines.
    if (isFrame(text) || (isOpen && isLink(text))) return index;
    if (isOpen && index > start + 1 && isHeader(text)) return null;
  }
  return null;
};

const stackEnd = (lines: readonly Line[], opening: number, reach: number): number => {
  let end = opening + 1;
  let isPython = isPythonFrame(textAt(lines, opening));
  while (end < reach) {
    const text = textAt(lines, end);
    const before = textAt(lines, end - 1);
    isPython ||= isPythonFrame(text);
    const members = opensMembers(before) ? membersEnd(lines, end, reach) : null;
    if (members !== null) end = members;
    else if (isFrame(text) || isLink(text) || isFrameInStack(text, before)) end += 1;
    else if (isPython && isClosing(text) && !isClosing(before))
      end = afterClosing(lines, end, reach);
    else if (text.trim() === '' && end + 1 < reach && isStack(textAt(lines, end + 1))) end += 1;
    else if (isTraceback(text) && (before.trim() === '' || isLink(before))) end += 1;
    else break;
  }
  return end;
};

/** Lines of members, to the brace that closes them. */
const MEMBERS_MAX = 30;

/** After the members that Node writes of an error; null where nothing closes them. */
const membersEnd = (lines: readonly Line[], start: number, reach: number): number | null => {
  const limit = Math.min(reach, start + MEMBERS_MAX);
  for (let index = start; index < limit; index += 1) {
    const text = textAt(lines, index);
    if (text === '}') return index + 1;
    if (!text.startsWith('  ')) return null;
  }
  return null;
};

const isStack = (text: string): boolean => isFrame(text) || isLink(text) || isTraceback(text);

/** Python closes a traceback with its class; a chain continues after an empty line. */
const afterClosing = (lines: readonly Line[], closing: number, reach: number): number => {
  const [next, second] = [textAt(lines, closing + 1), textAt(lines, closing + 2)];
  const goes = closing + 2 < reach && next.trim() === '' && isLink(second);
  return goes ? closing + 3 : Math.min(reach, closing + 1);
};

const closingOf = (lines: readonly Line[], start: number, end: number): number => {
  for (let index = end - 1; index > start; index -= 1)
    if (isClosing(textAt(lines, index)) && !isTraceback(textAt(lines, index))) return index;
  return start;
};
