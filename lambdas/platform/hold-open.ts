import type { Writable } from 'node:stream';
import { pieceOf } from './answer-body.ts';
import type { HttpAnswer } from './http-entry.ts';

/**
 * API Gateway ends a stream that is silent for five minutes, and a model without a stream may think for longer; then
 * the client would ask again and pay twice for what it never saw. So a minute before, 200 is said and the connection
 * kept alive: by white space, which may stand before any JSON (RFC 8259, section 2), or by comments of a stream.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
 */
export const HELD_OPEN_AFTER_MS = 240_000;

/** The answer, or null when it is not there within this time. A timer that is cleared costs a call 1 us, one that is aborted 20. */
export const soon = async (
  answering: Promise<HttpAnswer>,
  withinMs: number,
): Promise<HttpAnswer | null> => {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), withinMs);
  try {
    return await Promise.race([answering, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};

/** Keeps `out` alive until the answer is there. */
export const keptAlive = async (
  answering: Promise<HttpAnswer>,
  out: Writable,
  { space, everyMs }: { readonly space: string; readonly everyMs: number },
): Promise<HttpAnswer> => {
  const write = (): void => {
    if (!out.destroyed && !out.writableNeedDrain) out.write(space);
  };
  write();
  const heartbeat = setInterval(write, everyMs);
  try {
    return await answering;
  } finally {
    clearInterval(heartbeat);
  }
};

/**
 * An answer after a 200 that was said before it was known. A failure must not pass for an answer: in a stream it is an
 * error event, as both SDKs read it; else its status and its error, which no reader mistakes for JSON.
 */
export const lateText = ({ status, body }: HttpAnswer, isEvents: boolean): string => {
  const piece = pieceOf(body);
  const text = typeof piece === 'string' ? piece : Buffer.from(piece).toString('utf8');
  if (!isEvents) return status < 300 ? text : `${status} ${text}`;
  const line = text.replaceAll(/[\r\n]+/g, ' ');
  return `${status < 300 ? '' : 'event: error\n'}data: ${line}\n\n`;
};
