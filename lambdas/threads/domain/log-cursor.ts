import { AppError } from '../../shared/app-error.ts';

/** The place of a client in a thread's events: everything up to and with this event has been seen. */
export interface LogCursor {
  readonly seq: number;
  readonly index: number;
}

/** Before the first event of a run. */
export const BEFORE_FIRST = -1;

export const isLogCursorBehind = (left: LogCursor, right: LogCursor): boolean =>
  left.seq < right.seq || (left.seq === right.seq && left.index < right.index);

/** `<seq, 10 digits>.<event index, 8 digits>`: texts sort as the events do. */
export const formatLogCursor = ({ seq, index }: LogCursor): string =>
  `${String(seq).padStart(10, '0')}.${String(index).padStart(8, '0')}`;

/** Throws AppError `cursor_invalid`. */
export const parseLogCursor = (text: string): LogCursor => {
  const cursor = logCursorOf(text);
  if (cursor === null) throw foreignCursor();
  return cursor;
};

/** Not a cursor, or one of another stream. */
export const foreignCursor = (): AppError =>
  new AppError({
    code: 'cursor_invalid',
    publicMessage: 'after: not a cursor of this stream',
    facts: { param: 'after' },
  });

/** null: no cursor. */
export const logCursorOf = (text: string): LogCursor | null => {
  const [, seq, index] = /^(\d{10})\.(\d{8})$/.exec(text) ?? [];
  return seq === undefined ? null : { seq: Number(seq), index: Number(index) };
};
