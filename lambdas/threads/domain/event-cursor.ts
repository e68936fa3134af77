import { AppError } from '../../shared/app-error.ts';

/**
 * What somebody has seen of a thread: its messages up to `seq`, its runs' starts and ends up to `tick`, its title
 * and metadata as of `edits`. Each count only grows, and each belongs to a write that was there before: so what is new
 * between two cursors follows from the rows, whoever asks, and no event is stored twice.
 */
export interface EventCursor {
  readonly seq: number;
  readonly tick: number;
  readonly edits: number;
  /** No run before this seq has anything left to report. */
  readonly runsFrom: number;
}

/** Ends and starts of one revision of a thread's runs have ticks of their own, the end first. */
export const endTick = (rev: number): number => 2 * rev;
export const startTick = (rev: number): number => 2 * rev + 1;

const PARTS = /^(\d{1,10})-(\d{1,10})-(\d{1,10})-(\d{1,10})$/;

export const formatEventCursor = ({ seq, tick, edits, runsFrom }: EventCursor): string =>
  [seq, tick, edits, runsFrom].join('-');

/** Throws AppError `cursor_invalid`. */
export const parseEventCursor = (text: string): EventCursor => {
  const [, seq, tick, edits, runsFrom] = PARTS.exec(text) ?? [];
  if (runsFrom === undefined) throw foreignEventCursor();
  return { seq: Number(seq), tick: Number(tick), edits: Number(edits), runsFrom: Number(runsFrom) };
};

/** Can a client of this thread have seen that? */
export const isBehind = (cursor: EventCursor, now: EventCursor): boolean =>
  cursor.seq <= now.seq && cursor.tick <= now.tick && cursor.edits <= now.edits;

export const isSameEventCursor = (left: EventCursor, right: EventCursor): boolean =>
  left.seq === right.seq && left.tick === right.tick && left.edits === right.edits;

export const foreignEventCursor = (): AppError =>
  new AppError({
    code: 'cursor_invalid',
    publicMessage: 'after: not a cursor of the events of this thread',
    facts: { param: 'after' },
  });
