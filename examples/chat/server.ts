/** Serves the page, and gives the person who is signed in the key of that person's own. */
import { serve } from '@hono/node-server';
import { build } from 'esbuild';
import { Hono } from 'hono';
import { compress } from 'hono/compress';
import { secureHeaders } from 'hono/secure-headers';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { childKeys } from './child-keys.ts';
import { sluiceAdmin } from './sluice-admin.ts';
import { ownTools } from './tools.ts';

const settings = z
  .object({
    SLUICE_BASE_URL: z.url(),
    SLUICE_ADMIN_KEY: z.string().min(1),
    /** Where sockets open; without it the page hears of other tabs by HTTP. */
    SLUICE_WEBSOCKET_URL: z.url().optional(),
    CHAT_MODEL: z.string().default('gpt-4o-mini'),
    CHAT_USER: z.string().min(1).default('ada'),
    /** Where Sluice reaches this server; without it there are tools only on a laptop. */
    PUBLIC_URL: z.url().optional(),
    PORT: z.coerce.number().int().min(0).max(65_535).default(3_000),
  })
  .parse(process.env);

/** In a product: the user of the session that your own sign-in made; null sends 401. */
const signedInUser = (_request: Request): string | null => settings.CHAT_USER;

const path = (name: string): string => fileURLToPath(new URL(`page/${name}`, import.meta.url));

const bundled = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [path('main.tsx')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return outputFiles[0]?.text ?? '';
};

const [script, html, css] = await Promise.all([
  bundled(),
  readFile(path('index.html'), 'utf8'),
  readFile(path('style.css'), 'utf8'),
]);
const sluice = sluiceAdmin(settings.SLUICE_BASE_URL, settings.SLUICE_ADMIN_KEY);
const keys = childKeys(sluice);
/** Registered when the address of this server is known. */
let tools: Awaited<ReturnType<typeof ownTools>> | null = null;

const reached = [settings.SLUICE_BASE_URL, settings.SLUICE_WEBSOCKET_URL ?? []].flat();

const app = new Hono();
app.use(compress());
app.use(
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ['data:'],
      connectSrc: ["'self'", ...reached.map((url) => new URL(url).origin)],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  }),
);
app.get('/', (context) => context.html(html));
app.get('/main.js', (context) => context.body(script, 200, { 'content-type': 'text/javascript' }));
app.get('/style.css', (context) => context.body(css, 200, { 'content-type': 'text/css' }));
app.post('/api/session', async (context) => {
  // Only this page's own origin gets a key, whatever name another page finds for this address.
  if (!origins.has(context.req.header('origin') ?? '')) return context.json({}, 403);
  const user = signedInUser(context.req.raw);
  if (user === null) return context.json({}, 401);
  const key = await keys.secretOf(user);
  if (key === null) return context.json({}, 403);
  return context.json(
    {
      base_url: settings.SLUICE_BASE_URL,
      key,
      model: settings.CHAT_MODEL,
      sockets: settings.SLUICE_WEBSOCKET_URL !== undefined,
      tools: tools?.names ?? [],
    },
    200,
    { 'cache-control': 'no-store' },
  );
});

app.post('/api/tools', async (context) => {
  const told = tools?.answer(context.req.raw.headers, await context.req.text()) ?? null;
  return told === null ? context.json({}, 401) : context.json(told);
});

const origins = new Set<string>();
const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: settings.PORT });
await once(server, 'listening');
const address = server.address();
const port = typeof address === 'object' ? address?.port : settings.PORT;
for (const host of ['127.0.0.1', 'localhost']) origins.add(`http://${host}:${port}`);

const isLaptop = ['127.0.0.1', 'localhost'].includes(new URL(settings.SLUICE_BASE_URL).hostname);
const publicUrl = settings.PUBLIC_URL ?? (isLaptop ? `http://127.0.0.1:${port}` : null);
if (publicUrl !== null) tools = await ownTools(sluice, `${publicUrl}/api/tools`);
console.log(`The chat: http://127.0.0.1:${port}`);
