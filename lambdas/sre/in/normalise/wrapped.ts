import { set, type Flat } from './flatten.ts';

const [ESCAPE, NEWLINE, RETURN, DIGIT_2, CAPITAL_T] = [0x1b, 0x0a, 0x0d, 0x32, 0x54];

/** Whether something stands around a line that is not the program's own: a few characters say so of nearly all. */
export const isWrapped = (text: string): boolean =>
  text.charCodeAt(text.length - 1) === NEWLINE ||
  containerHead(text) !== null ||
  text.includes(COLOUR);

/**
 * The line without colours of a terminal, without the newline that ends it, and without what a container's runtime puts
 * before it (`2026-11-30T08:00:00.123Z stderr F `), which becomes the attribute `log.iostream`.
 */
export const unwrapped = (text: string, flat: Flat): string => {
  const found = containerHead(text);
  if (found !== null) set(flat, 'log.iostream', found.stream);
  const line = text.slice(found?.head.length ?? 0);
  return withoutBreaks(line.includes(COLOUR) ? line.replace(COLOURS, '') : line);
};

const COLOUR = String.fromCharCode(ESCAPE);

/** Sequences of ECMA-48: of control (5.4), of a command to the terminal (links, titles), and those of two characters. */
const COLOURS = new RegExp(
  String.raw`${COLOUR}(?:\[[0-?]{0,40}[ -/]{0,4}[@-~]|\][^\u0007${COLOUR}]{0,1000}(?:\u0007|${COLOUR}\\)|[@-Z\\^_])`,
  'g',
);

/** The format of containerd and CRI-O. https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md */
const CRI =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (stdout|stderr) ([FP])(?::\S{0,100})?(?: |$)/;

/** What a container's runtime puts before a line; its tag says whether the line is whole. */
export const containerHead = (
  text: string,
): { readonly head: string; readonly stream: string; readonly tag: string } | null => {
  if (text.charCodeAt(0) !== DIGIT_2 || text.charCodeAt(10) !== CAPITAL_T) return null;
  const [head, stream, tag] = CRI.exec(text) ?? [];
  return head === undefined || stream === undefined || tag === undefined
    ? null
    : { head, stream, tag };
};

const withoutBreaks = (text: string): string => {
  let end = text.length;
  while (end > 0 && isBreak(text.charCodeAt(end - 1))) end -= 1;
  return end === text.length ? text : text.slice(0, end);
};

const isBreak = (code: number): boolean => code === NEWLINE || code === RETURN;
