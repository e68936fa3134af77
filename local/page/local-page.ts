import { Hono } from 'hono';
import { html } from 'hono/html';
import { isLoopback } from '../http/loopback.ts';
import { localView, type Hosted, type LocalView, type Row } from './local-view.ts';

const TITLES = {
  alarms: 'Alarms',
  errors: 'Last errors',
  functions: 'Functions',
  streams: 'Streams',
  queues: 'Queues',
  schedules: 'Schedules',
  metrics: 'Metrics',
  events: 'Events on the bus',
  routes: 'Routes',
} as const;
const SECTIONS = [
  'alarms',
  'errors',
  'functions',
  'streams',
  'queues',
  'schedules',
  'metrics',
  'events',
  'routes',
] as const;
const REFRESH_SECONDS = 5;
/** Nothing but this page's own style: no script runs, whatever an error message or an event says. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** `/_local` and `/_local.json`: what runs here, for whoever sits at this machine. */
export const localPage = (hosted: Hosted): Hono => {
  const app = new Hono();
  app.use('/_local*', async (context, next) => {
    // A page of the web that points its own name at this address must not read what runs here.
    if (!isLoopback(new URL(context.req.url).host)) return context.notFound();
    context.header('cache-control', 'no-store');
    context.header('content-security-policy', POLICY);
    return await next();
  });
  app.get('/_local', async (context) => context.html(page(await localView(hosted))));
  app.get('/_local.json', async (context) => context.json(await localView(hosted)));
  return app;
};

const page = (view: LocalView) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="refresh" content="${REFRESH_SECONDS}" />
        <meta name="viewport" content="width=device-width" />
        <title>Sluice on this machine</title>
        <style>
          :root {
            color-scheme: light dark;
          }
          body {
            font: 14px/1.5 system-ui;
            margin: 2rem auto;
            max-width: 80rem;
            padding: 0 1rem;
          }
          h2 {
            font-size: 1rem;
            margin: 2rem 0 0.5rem;
          }
          div {
            overflow-x: auto;
          }
          table {
            border-collapse: collapse;
            width: 100%;
          }
          th,
          td {
            border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent);
            overflow-wrap: break-word;
            padding: 0.25rem 1rem 0.25rem 0;
            text-align: left;
            vertical-align: top;
          }
          td.red {
            color: light-dark(#b00020, #ff8a80);
            font-weight: 600;
          }
          td.number,
          th.number {
            font-variant-numeric: tabular-nums;
            text-align: right;
            white-space: nowrap;
          }
        </style>
      </head>
      <body>
        <h1>Sluice on this machine</h1>
        <p>
          Counted since the start; refreshed every ${REFRESH_SECONDS} seconds. Alarms look back as
          those of AWS do; each has an article in docs/runbook.md. The same as
          <a href="/_local.json">JSON</a>.
        </p>
        ${SECTIONS.map((name) => section(TITLES[name], view[name]))}
      </body>
    </html>`;

const section = (title: string, rows: readonly Row[]) =>
  html`<h2>${title}</h2>
    ${
      rows[0] === undefined
        ? html`<p>None.</p>`
        : html`<div>
            <table>
              <thead>
                <tr>
                  ${Object.entries(rows[0]).map(
                    ([name, value]) =>
                      html`<th class="${kind(value)}">${name.replaceAll('_', ' ')}</th>`,
                  )}
                </tr>
              </thead>
              <tbody>
                ${rows.map(
                  (row) =>
                    html`<tr>
                      ${Object.values(row).map(
                        (value) => html`<td class="${kind(value)}">${value ?? ''}</td>`,
                      )}
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }`;

const kind = (value: Row[string]): string => {
  if (value === 'ALARM') return 'red';
  return typeof value === 'number' ? 'number' : 'text';
};
