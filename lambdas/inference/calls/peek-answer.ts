import { peekPieces } from '../../shared/peek.ts';
import type { CompleteAnswer } from './call-types.ts';

/** What comes before a first token is events without words: more than this is an answer. */
const PEEK_BYTES_MAX = 256_000;

/**
 * Reads a stream until it is known how it goes, or for `withinMs`, and hands it on from its beginning. Of a stream
 * that failed, it is known once its hold has its end.
 */
export const peekAnswer = async (
  answer: CompleteAnswer,
  isKnown: () => boolean,
  withinMs = Infinity,
): Promise<CompleteAnswer> => {
  const { body } = answer;
  if (body instanceof Uint8Array) return answer;
  let bytes = 0;
  const isEnough = (): boolean => isKnown() || bytes >= PEEK_BYTES_MAX;
  const count = (piece: Uint8Array): void => void (bytes += piece.byteLength);
  return { ...answer, body: await peekPieces(body, isEnough, count, withinMs) };
};
