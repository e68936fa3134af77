import { AppError } from '../../../shared/app-error.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import type { Json } from '../../turn/turn.ts';

/** What nobody can read. */
export interface Unreadable {
  readonly type: 'unreadable';
  readonly cause: unknown;
  /** A body that began as an answer and broke off: what came of it is all that is known of what was put out. */
  readonly output: string;
}

/** An answer in one body of JSON. Throws AppError `provider_stream_malformed`. */
export const jsonAnswer = (bytes: Uint8Array): Json => {
  try {
    const value: Json = JSON.parse(utf8Text(bytes));
    return value;
  } catch (cause) {
    throw new AppError({
      code: 'provider_stream_malformed',
      publicMessage: 'The provider sent an answer that is not JSON.',
      cause,
    });
  }
};

/** Reads a frame of JSON, once; a frame that is no JSON is one that cannot be read, whoever needs it says so. */
export const jsonFrame = <F>(text: string, read: (value: Json) => F): F | Unreadable => {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return { type: 'unreadable', cause, output: '' };
  }
  return read(value);
};
