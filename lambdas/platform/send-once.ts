import type { OnceAnswer, SendOnce } from '../shared/deps.ts';
import {
  AnswerRefused,
  boundedText,
  ConnectionBroke,
  OutboundRefused,
  type OutboundAnswer,
  type SendOutbound,
} from './outbound.ts';

/** Of name, connection, request and answer together. A lease of whoever sends outlives it. */
const REQUEST_TIMEOUT_MS = 15_000;
const ANSWER_BYTES_MAX = 1_048_576;

/** Codes of Node with which a connection never came to be: https://nodejs.org/api/errors.html#common-system-errors */
const UNSENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** TLS: the certificate is checked before the first byte of a request is sent. After that an error of TLS is one more way to break. */
const OF_CERTIFICATES = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$/;

/** No request begins with less: whoever is asked could do it, and nobody would hear. */
const REQUEST_MS_MIN = 2_000;

/**
 * One request, through the guard of everything that goes to an address that somebody typed. It is over before `untilMs`,
 * when another worker may take over.
 */
export const sendOnce =
  ({
    send,
    nowMs,
    untilMs,
  }: {
    readonly send: SendOutbound;
    readonly nowMs: () => number;
    readonly untilMs: number;
  }): SendOnce =>
  async ({ url, method, headers, body }) => {
    const leftMs = untilMs - nowMs();
    if (leftMs < REQUEST_MS_MIN) return { kind: 'unsent', reason: 'no time was left to ask' };
    let answer: OutboundAnswer;
    try {
      answer = await send(
        {
          url,
          method,
          headers: {
            'user-agent': 'sluice',
            ...(body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
            ...headers,
          },
          body,
        },
        AbortSignal.timeout(Math.min(REQUEST_TIMEOUT_MS, leftMs)),
      );
    } catch (error) {
      if (error instanceof OutboundRefused) return { kind: 'refused', reason: error.message };
      return isUnsent(error)
        ? { kind: 'unsent', reason: `it could not be reached (${codeOf(error)})` }
        : lost(error);
    }
    return await read(answer);
  };

const read = async ({ status, headers, body }: OutboundAnswer): Promise<OnceAnswer> => {
  try {
    return { kind: 'answered', status, headers, text: await boundedText(body, ANSWER_BYTES_MAX) };
  } catch (error) {
    // The status is known: what it says of the request holds, whatever became of the text.
    return error instanceof AnswerRefused || status >= 400
      ? { kind: 'answered', status, headers, text: '' }
      : lost(error);
  }
};

const lost = (error: unknown): OnceAnswer => ({
  kind: 'lost',
  reason: `no answer came (${codeOf(error)})`,
});

const isUnsent = (error: unknown): boolean => {
  if (error instanceof ConnectionBroke) return false;
  const code = codeOf(error);
  return UNSENT.has(code) || OF_CERTIFICATES.test(code) || isOfConnecting(error);
};

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};

/** The system's own time to connect is over: https://man7.org/linux/man-pages/man2/connect.2.html */
const isOfConnecting = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && error.syscall === 'connect';
