import { NO_TOKENS, storedCounts } from '../../../ledger/domain/usage.ts';
import { firstCharacters } from '../../../shared/characters.ts';
import type { CallResult } from './job.ts';
import type { RunEvent, TerminalType } from '../../domain/run-event.ts';

/** Cuts the text of a stream of events behind each blank line; what is left is not whole yet. */
export const cutFrames = (
  text: string,
): { readonly frames: readonly string[]; readonly rest: string } => {
  const frames: string[] = [];
  let from = 0;
  for (const match of text.matchAll(/\r?\n\r?\n/g)) {
    const to = match.index + match[0].length;
    frames.push(text.slice(from, to));
    from = to;
  }
  return { frames, rest: text.slice(from) };
};

/** Every frame of a whole stream; a last one without its blank line gets it. */
export const framesOf = (text: string): readonly string[] => {
  const { frames, rest } = cutFrames(text);
  return rest === '' ? frames : [...frames, `${rest}\n\n`];
};

/** The frames that a stored answer has for who reads it as a stream: an error that is no stream is one frame. */
export const framesOfResult = ({
  type,
  content,
}: Pick<CallResult, 'type' | 'content'>): readonly string[] =>
  type.startsWith('text/event-stream')
    ? framesOf(content)
    : [`event: error\ndata: ${content.replaceAll(/[\r\n]+/g, ' ')}\n\n`];

/** Thrice as many bytes of UTF-8 at most, which an item of 400 KB holds. */
const PIECE_CHARS_MAX = 100_000;
/** The blank line that ends a frame stays in one piece. */
const END_CHARS = 4;

/** A frame in parts that the log can hold: most are one. Pictures come in frames of megabytes. */
export const piecesOfFrame = (frame: string): readonly string[] => {
  const pieces: string[] = [];
  for (let from = 0; from < frame.length;) {
    const isLast = frame.length - from <= PIECE_CHARS_MAX + END_CHARS;
    const piece = isLast ? frame.slice(from) : firstCharacters(frame.slice(from), PIECE_CHARS_MAX);
    pieces.push(piece);
    from += piece.length;
  }
  return pieces;
};

/** Does a frame end with this piece? */
export const endsFrame = (piece: string): boolean => /\r?\n\r?\n$/.test(piece.slice(-4));

/**
 * A frame in the log of runs: the words of a block of its own, so that the log gathers frames in windows as it does
 * words, and joins no two of them.
 */
export const frameEvent = (text: string, ordinal: number): RunEvent => ({
  type: 'content_block_delta',
  index: ordinal,
  delta: { type: 'text_delta', text },
});

export const textOfFrame = (event: RunEvent): string | null =>
  event.type === 'content_block_delta' && event.delta.type === 'text_delta'
    ? event.delta.text
    : null;

/** The last event of a job's log. */
export const endOfFrames = (type: TerminalType): RunEvent => ({
  type,
  stop_reason: null,
  usage: storedCounts(NO_TOKENS),
  cost_micros: 0,
});

/** A frame's end without the lines' ends that close it. It is gone back over once, however many they are. */
export const withoutLineEnds = (piece: string): string => {
  let end = piece.length;
  while (piece[end - 1] === '\n') end -= piece[end - 2] === '\r' ? 2 : 1;
  return piece.slice(0, end);
};
