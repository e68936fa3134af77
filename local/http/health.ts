import type { RequestListener } from 'node:http';

const PATH = /^\/health(?:\?|$)/;
const DOWN = JSON.stringify({
  status: 'unavailable',
  reason: 'the storage engine does not answer',
});

/** `/health` asks the engine too: on a laptop nobody else looks after it. */
export const healthOrElse = (
  isEngineUp: () => Promise<boolean>,
  rest: RequestListener,
): RequestListener => {
  const answer: (...call: Parameters<RequestListener>) => Promise<void> = async (
    request,
    response,
  ) => {
    if (await isEngineUp()) return rest(request, response);
    response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
    response.end(DOWN);
  };
  return (request, response) =>
    PATH.test(request.url ?? '') ? void answer(request, response) : rest(request, response);
};
