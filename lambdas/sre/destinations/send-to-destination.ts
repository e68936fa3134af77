import { boundedText, OutboundRefused, type SendOutbound } from '../../platform/outbound.ts';
import type { SendToDestination } from '../ports/destinations.ts';

/** Of name, connection, request and answer together. The lease of a delivery outlives it. */
const DESTINATION_TIMEOUT_MS = 15_000;
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
/** TLS: the certificate is checked before the first byte of a request is sent. */
const OF_CERTIFICATES = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO$/;

/** No request begins with less: whoever is asked could do it, and nobody would hear. */
const REQUEST_MS_MIN = 2_000;

/**
 * One request, through the guard of everything that goes to an address that somebody typed. It is over before `untilMs`,
 * when another worker may take over.
 */
export const sendToDestination =
  ({
    send,
    nowMs,
    untilMs,
  }: {
    readonly send: SendOutbound;
    readonly nowMs: () => number;
    readonly untilMs: number;
  }): SendToDestination =>
  async ({ url, method, headers, body }) => {
    const leftMs = untilMs - nowMs();
    if (leftMs < REQUEST_MS_MIN) return { kind: 'unsent', reason: 'no time was left to ask' };
    try {
      const answer = await send(
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
        AbortSignal.timeout(Math.min(DESTINATION_TIMEOUT_MS, leftMs)),
      );
      const { status, headers: answered } = answer;
      const text = await boundedText(answer.body, ANSWER_BYTES_MAX).catch((error: unknown) => {
        // The status is known: what it says of the request holds, whatever became of the text.
        if (error instanceof OutboundRefused || status >= 400) return '';
        throw error;
      });
      return { kind: 'answered', status, headers: answered, text };
    } catch (error) {
      if (error instanceof OutboundRefused) return { kind: 'refused', reason: error.message };
      const code = codeOf(error);
      return UNSENT.has(code) || OF_CERTIFICATES.test(code) || isOfConnecting(error)
        ? { kind: 'unsent', reason: `it could not be reached (${code})` }
        : { kind: 'lost', reason: `no answer came (${code})` };
    }
  };

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};

/** The system's own time to connect is over: https://man7.org/linux/man-pages/man2/connect.2.html */
const isOfConnecting = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && error.syscall === 'connect';
