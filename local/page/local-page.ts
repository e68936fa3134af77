import { Hono } from 'hono';
import { html } from 'hono/html';
import { readFileSync } from 'node:fs';
import { isLoopback } from '../http/loopback.ts';
import { messageOf } from '../message-of.ts';
import { localView, type Hosted, type LocalView, type Row } from './local-view.ts';
import { incidentsView, type IncidentDetail, type IncidentsView } from './incident-view.ts';
import type { SeenMail } from './observations.ts';
import { spendView, type SpendView } from './spend-view.ts';

const RUNBOOK = new URL('../../docs/runbook.md', import.meta.url);

const TITLES = {
  spend: 'Spend by user, 30 days',
  keys: 'Keys',
  calls: 'Latest calls',
  anomalies: 'Anomalies, 24 hours',
  prices: 'List of prices',
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
const FIRST = ['spend', 'keys', 'calls', 'anomalies', 'prices'] as const;
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
/** Shorter text stays in one line. */
const WORD_CHARS_MAX = 32;
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
  app.get('/_local', async (context) => {
    const [view, spend, incidents] = await Promise.all([
      localView(hosted),
      orWhyNot(async () => await spendView(hosted.ask)),
      orWhyNot(async () => await incidentsView(hosted.ask)),
    ]);
    return await context.html(page(view, spend, incidents, hosted.observations.mails));
  });
  app.get('/_local/runbook', async (context) => await context.html(runbookPage()));
  app.get('/_local.json', async (context) => context.json(await localView(hosted)));
  return app;
};

/** The API may be what does not work: the rest is shown all the same. */
const orWhyNot = async <T>(view: () => Promise<T>): Promise<T | string> => {
  try {
    return await view();
  } catch (error) {
    return messageOf(error);
  }
};

const document = (title: string, body: ReturnType<typeof html>) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
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
          h2,
          h3,
          h4 {
            margin: 2rem 0 0.5rem;
          }
          h2 {
            font-size: 1.25rem;
          }
          h3 {
            font-size: 1rem;
          }
          h4 {
            font-size: 0.875rem;
          }
          dt {
            font-weight: 600;
          }
          dd,
          h3,
          summary {
            overflow-wrap: anywhere;
          }
          pre {
            overflow-x: auto;
            white-space: pre-wrap;
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
          td.word {
            white-space: nowrap;
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
        ${body}
      </body>
    </html>`;

const page = (
  view: LocalView,
  spend: SpendView | string,
  incidents: IncidentsView | string,
  mails: readonly SeenMail[],
) =>
  document(
    'Sluice on this machine',
    html`<header>
        <h1>Sluice on this machine</h1>
        <p>
          <a href="/_local">Look again</a> · <a href="/docs">API reference</a> ·
          <a href="/_local/runbook">Runbook</a> · <a href="/_local.json">what runs, as JSON</a>
        </p>
      </header>
      <main>
        ${
          typeof spend === 'string'
            ? html`<p>Keys, calls and anomalies cannot be shown: ${spend}</p>`
            : FIRST.map((name) => section(TITLES[name], spend[name]))
        }
        ${incidentsPart(incidents)} ${mailsPart(mails)}
        <h2>What runs</h2>
        <p>
          Counted since the start. Alarms look back as those of AWS do. INSUFFICIENT_DATA: it has
          not run for long enough. NOT_MEASURED: AWS alone counts what this alarm watches, so it is
          silent on a laptop.
        </p>
        ${SECTIONS.map((name) => section(TITLES[name], view[name]))}
      </main>`,
  );

/** Tickets lead to an incident here by its id. */
const incidentsPart = (view: IncidentsView | string) =>
  typeof view === 'string'
    ? html`<p>Incidents cannot be shown: ${view}</p>`
    : html`<h2>Incidents</h2>
        <p>${view.sum}</p>
        ${section('Latest incidents', view.incidents)} ${view.details.map(incidentPart)}`;

const incidentPart = ({ id, title, facts, tickets, timeline }: IncidentDetail) =>
  html`<article aria-labelledby="${id}">
    <h3 id="${id}">${title}</h3>
    <dl>
      ${facts
        .filter(([, value]) => value !== '')
        .map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
    </dl>
    ${section('Tickets', tickets, id)} ${section('Timeline', timeline, id)}
  </article>`;

/** As the mailbox would show them: nothing leaves this machine. */
const mailsPart = (mails: readonly SeenMail[]) =>
  html`<h2>Mails</h2>
    ${mails.length === 0 ? html`<p>None since the start.</p>` : ''}
    ${mails.map(
      ({ atMs, to, subject, text, html: markup }) =>
        html`<details>
          <summary>${new Date(atMs).toISOString()} to ${to}: ${subject}</summary>
          <pre tabindex="0">${text}</pre>
          ${markup === null ? '' : html`<iframe title="${subject}" sandbox srcdoc="${markup}"></iframe>`}
        </details>`,
    )}`;

/** docs/runbook.md as it is written, an article a section. */
const runbookPage = () => {
  const [, ...articles] = readFileSync(RUNBOOK, 'utf8').split(/^#{2,3} /m);
  return document(
    'Runbook',
    html`<header><h1>Runbook</h1></header>
      <main>
        ${articles.map((article) => {
          const [title = '', ...lines] = article.split('\n');
          return html`<section>
            <h2 id="${title.trim()}">${title}</h2>
            <pre tabindex="0">${lines.join('\n').trim()}</pre>
          </section>`;
        })}
      </main>`,
  );
};

/** `of` is what the table is of, where a page has several of its title. */
const section = (title: string, rows: readonly Row[], of: string | null = null) =>
  html`${of === null ? html`<h3>${title}</h3>` : html`<h4>${title}</h4>`}
  ${
    rows[0] === undefined
      ? html`<p>None.</p>`
      : html`<div
          role="region"
          aria-label="${of === null ? title : `${title} of ${of}`}"
          tabindex="0"
        >
          <table>
            <thead>
              <tr>
                ${shownOf(rows[0]).map(
                  ([name, value]) =>
                    html`<th scope="col" class="${kind(value)}">${name.replaceAll('_', ' ')}</th>`,
                )}
              </tr>
            </thead>
            <tbody>
              ${rows.map(
                (row) =>
                  html`<tr>
                    ${shownOf(row).map(
                      ([name, value]) =>
                        html`<td class="${kind(value)}">${cell(row, name, value)}</td>`,
                    )}
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>`
  }`;

/** Where an alarm or an incident leads is a link at its name, and no column. */
const shownOf = (row: Row) =>
  Object.entries(row).filter(([name]) => name !== 'article' && name !== 'anchor');
const cell = (row: Row, name: string, value: Row[string]) =>
  name === 'incident' && typeof row['anchor'] === 'string'
    ? html`<a href="#${row['anchor']}">${value}</a>`
    : name === 'alarm' && row['article'] !== null && row['article'] !== undefined
      ? html`<a href="/_local/runbook#${row['article']}">${value}</a>`
      : (value ?? '');

const kind = (value: Row[string]): string => {
  if (value === 'ALARM') return 'red';
  if (typeof value === 'string' && /^\$[\d.]+$/.test(value)) return 'number';
  if (typeof value === 'number') return 'number';
  return typeof value === 'string' && value.length <= WORD_CHARS_MAX ? 'word' : 'text';
};
