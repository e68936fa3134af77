import type { Dialect } from '../../lambdas/http/errors.ts';
import { errorBody } from '../../lambdas/http/errors.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import { wholeBody } from '../../lambdas/platform/answer-body.ts';
import type { chatRoom } from './chat-room.ts';

type ChatRoom = Awaited<ReturnType<typeof chatRoom>>;

/** The routes of a room of threads as `fetch`, for a client that nobody here wrote. */
export const roomFetch =
  ({ ask, routes }: Pick<ChatRoom, 'ask' | 'routes'>): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const { pathname, searchParams } = new URL(request.url);
    const found = foundAt(routes, request.method, pathname);
    if (found === null) return new Response('no route', { status: 404 });
    const text = await request.text();
    try {
      const answer = await ask(found.route, text === '' ? {} : JSON.parse(text), {
        params: found.params,
        query: Object.fromEntries(searchParams),
        headers: Object.fromEntries(request.headers),
      });
      const type = { 'content-type': 'application/json' };
      const { status, headers, body } = answer;
      const isEmpty = status === 204;
      return new Response(isEmpty ? null : Uint8Array.from(Buffer.from(await wholeBody(body))), {
        status,
        headers: { ...type, ...headers },
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const dialect: Dialect = pathname.startsWith('/v1/responses') ? 'openai' : 'native';
      return Response.json(errorBody(dialect, error, 'req_test'), {
        status: error.status,
        headers: { 'x-should-retry': String(error.retryable) },
      });
    }
  };

const foundAt = (routes: readonly string[], method: string, pathname: string) => {
  for (const route of routes) {
    const [verb, path = ''] = route.split(' ');
    const pattern = new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const match = verb === method ? pattern.exec(pathname) : null;
    if (match !== null) return { route, params: { ...match.groups } };
  }
  return null;
};
