import { request as httpRequest } from 'node:http';
import * as z from 'zod';

interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string | Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** A request as it is written: no client's library mends it. */
export const sendRaw = async (
  baseUrl: string,
  secret: string,
  { method, path, body, headers }: RawRequest,
): Promise<RawAnswer> =>
  await new Promise((resolve, reject) => {
    const { hostname, port } = new URL(baseUrl);
    const type = body === null ? {} : { 'content-type': 'application/json' };
    const all = { authorization: `Bearer ${secret}`, ...type, ...headers };
    const sent = httpRequest({ hostname, port, method, path, headers: all }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => (text += piece));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });

const refusal = z.looseObject({
  error: z.looseObject({ code: z.string(), message: z.string().min(1) }),
});

/** What is amiss with a refusal; null: it is a clear one, of the caller, with its code. */
export const problemOf = ({ status, text }: RawAnswer): string | null => {
  if (status < 400 || status >= 500) return `${status} ${text.slice(0, 200)}`;
  try {
    return refusal.safeParse(JSON.parse(text)).success ? null : `${status} ${text.slice(0, 200)}`;
  } catch {
    return `${status} no JSON: ${text.slice(0, 200)}`;
  }
};
