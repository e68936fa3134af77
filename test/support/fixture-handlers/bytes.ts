import { bodyBytes } from '../../../lambdas/http/body.ts';
import { httpDoor } from '../../../lambdas/http/door.ts';
import { streamEntry } from '../../../lambdas/platform/stream-entry.ts';

/** Answers the bytes that it was sent, of the type that it was sent. */
const echo = httpDoor(
  '*',
  () => 'native',
  async (request) =>
    await Promise.resolve({
      status: 200,
      headers: { 'content-type': request.headers['content-type'] ?? '' },
      body: bodyBytes(request),
    }),
);

export const handler = streamEntry(
  echo,
  process.env['STREAMING'] === 'response' ? 'response' : 'buffered',
);
