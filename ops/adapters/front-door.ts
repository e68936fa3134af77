import type { Ask } from '../ports.ts';
import { messageOf } from '../../local/message-of.ts';
import { OpsError } from '../ops-error.ts';
import type { Target } from '../target.ts';

const REQUEST_TIMEOUT_MS = 60_000;

/** Throws OpsError when nothing answers there. */
export const frontDoor =
  ({ baseUrl }: Pick<Target, 'baseUrl'>): Ask =>
  async (method, path, key, body) => {
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      headers: {
        'content-type': 'application/json',
        ...(path === '/v1/messages' ? { 'anthropic-version': '2023-06-01' } : {}),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new OpsError(`${baseUrl} does not answer: ${messageOf(error)}`);
    });
    return {
      status: answer.status,
      headers: answer.headers,
      body: jsonOf(await answer.text()),
    };
  };

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
