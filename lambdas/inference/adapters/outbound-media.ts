import {
  AnswerRefused,
  boundedBytes,
  OutboundRefused,
  type OutboundAnswer,
  type SendOutbound,
} from '../../platform/outbound.ts';
import type { ReadMedia } from '../ports/media.ts';
import { imageTypeOf, plainMediaType } from '../turn/media-types.ts';

const REDIRECTS_MAX = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const HEAD_BYTES = 24;
const ASKED_FOR = { image: 'image/*', document: 'application/pdf, text/plain, audio/*' } as const;

/**
 * Files from addresses that the holder of a key chose: each address, that of a redirect too, passes the guard of everything
 * that leaves. A file is what its bytes say, for its server may say anything.
 */
export const outboundMedia =
  (send: SendOutbound): ReadMedia =>
  async (url, { type, bytesMax, signal }) => {
    try {
      const answer = await follow(send, url, { accept: ASKED_FOR[type] }, signal);
      if ('problem' in answer) return answer;
      const bytes = await boundedBytes(answer.body, bytesMax);
      const mediaType = typeOf(type, bytes, answer.headers['content-type'] ?? '');
      return mediaType === null
        ? { problem: `its address answers with no ${type} that the model reads` }
        : { mediaType, bytes };
    } catch (error) {
      return { problem: problemOf(error, signal) };
    }
  };

/** The answer that redirects lead to. */
const follow = async (
  send: SendOutbound,
  from: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<OutboundAnswer | { readonly problem: string }> => {
  let url = from;
  for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
    const request = { url, method: 'GET', headers: { 'user-agent': 'sluice', ...headers } };
    const answer = await send({ ...request, body: null }, signal);
    const { status } = answer;
    if (status === 200) return answer;
    answer.body.destroy();
    const next = REDIRECTS.has(status) ? URL.parse(answer.headers['location'] ?? '', url) : null;
    if (next === null) return { problem: `its address answers ${status}` };
    url = next.href;
  }
  return { problem: `its address leads on more than ${REDIRECTS_MAX} times` };
};

/** null: nothing that models read. */
const typeOf = (type: 'image' | 'document', bytes: Uint8Array, told: string): string | null => {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES));
  if (type === 'image') return imageTypeOf(head.toString('base64'));
  if (head.toString('latin1').startsWith('%PDF-')) return 'application/pdf';
  const plain = plainMediaType(told);
  return plain === 'text/plain' || /^audio\/[\w.+-]{1,60}$/.test(plain) ? plain : null;
};

const problemOf = (error: unknown, signal: AbortSignal): string => {
  // As of whatever its caller named: `its address must be https`.
  if (error instanceof OutboundRefused || error instanceof AnswerRefused)
    return error.message.replace(/^the /, 'its ');
  return signal.aborted ? 'its address did not answer in time' : 'its address could not be read';
};
