import type { RequestListener } from 'node:http';
import type { Hosted } from './local-view.ts';

const PATH = /^\/_local(?:\.json|\/runbook)?(?:\?|$)/;

/**
 * The page's addresses are its own; the rest is somebody else's. It is loaded by who first opens it; a browser
 * that opens the root is led to it.
 */
export const pageOrElse = (hosted: Hosted, rest: RequestListener): RequestListener => {
  let page: ReturnType<typeof loadPage> | null = null;
  return (request, response) => {
    if (request.url === '/' && request.headers.accept?.includes('text/html') === true) {
      response.writeHead(302, { location: '/_local' }).end();
      return;
    }
    if (!PATH.test(request.url ?? '')) {
      rest(request, response);
      return;
    }
    page ??= loadPage(hosted);
    page
      .then(async (answer) => await answer(request, response))
      .catch((error: unknown) => {
        console.error('local page:', error);
        response.writeHead(500).end();
      });
  };
};

const loadPage = async (hosted: Hosted) => {
  const [{ getRequestListener }, { localPage }] = await Promise.all([
    import('@hono/node-server'),
    import('./local-page.ts'),
  ]);
  return getRequestListener(localPage(hosted).fetch);
};
