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

/**
 * Servers in Python write numbers that JSON does not have (vLLM: a `logprob` of -Infinity), and some leave a comma or a
 * line's end where none may be. Who passes such an answer on still has to count it.
 */
const jsonOf = (text: string): Json => {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch (error) {
    const mended = text.replace(NO_JSON, mend);
    if (mended === text) throw error;
    const value: Json = JSON.parse(mended);
    return value;
  }
};

/**
 * A text as it is, so that nothing inside it is taken for a number, and what may stand outside of one. A text that breaks off
 * goes to the end, so that it is not read again from each quote in it.
 */
const NO_JSON = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|-?\bInfinity\b|\bNaN\b|,(?=\s*[}\]])/gs;

const mend = (found: string): string => {
  if (found === ',') return '';
  return found.startsWith('"') ? found.replace(CONTROLS, escaped) : 'null';
};

// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f]/g;
const escaped = (control: string): string =>
  `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** An answer in one body of JSON. Throws AppError `provider_stream_malformed`. */
export const jsonAnswer = (bytes: Uint8Array): Json => {
  try {
    return jsonOf(utf8Text(bytes));
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
    value = jsonOf(text);
  } catch (cause) {
    return { type: 'unreadable', cause, output: '' };
  }
  return read(value);
};
