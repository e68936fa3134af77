import type { DestinationKind } from '../../../lambdas/sre/tickets/destination.ts';
import { isObject } from '../stand-in.ts';

/** What a ticket does where it is shown: whom it calls, and where it leads. */
export interface Effects {
  readonly pings: readonly string[];
  readonly links: readonly string[];
}

/** What a page of this kind makes of the body of a request that opens a ticket. */
export const effectsOf = (kind: DestinationKind, body: Record<string, unknown>): Effects => {
  switch (kind) {
    case 'slack':
      return slackEffects(body);
    case 'jira':
      return nodeEffects(body);
    case 'jira_data_center':
      return wikiEffects(String(isObject(body['fields']) ? body['fields']['description'] : ''));
    case 'zammad':
      return htmlEffects(String(isObject(body['article']) ? body['article']['body'] : ''));
    case 'opsgenie':
      return {
        // Its description alone is read as HTML.
        pings: String(body['description']).match(/<(script|img|a|iframe|b)\b/gi) ?? [],
        links: textsOf(body).join('\n').match(AUTO_LINK) ?? [],
      };
    case 'servicenow':
      return plainEffects(textsOf(body).join('\n'), /\[code\]|@\[/gi);
    default:
      return plainEffects(textsOf(body).join('\n'), /(?!)/g);
  }
};

/** Elements of Block Kit; a text is markup in `mrkdwn` and in a message's own text alone. */
const slackEffects = (body: Record<string, unknown>): Effects => {
  const inside = nodeEffects(body['blocks']);
  const text = String(body['text']);
  const markup = [...text.matchAll(/<([^>]+)>/g)].map(([, inner = '']) => inner);
  return {
    pings: [...inside.pings, ...markup.filter((inner) => /^[!@#]/.test(inner))],
    links: [
      ...inside.links,
      ...markup.filter((inner) => !/^[!@#]/.test(inner)),
      ...(text.match(AUTO_LINK) ?? []),
    ],
  };
};

const PINGS = new Set(['mention', 'user', 'usergroup', 'broadcast', 'channel']);

/** Trees in which a mention and a link are nodes: Block Kit and the Atlassian Document Format. */
const nodeEffects = (value: unknown): Effects => {
  if (Array.isArray(value)) return joined(value.map(nodeEffects));
  if (!isObject(value)) return { pings: [], links: [] };
  const type = String(value['type']);
  const own: Effects = {
    pings: PINGS.has(type) || type === 'mrkdwn' ? [JSON.stringify(value)] : [],
    links: [value['url'], value['href']].filter((url) => typeof url === 'string'),
  };
  return joined([own, ...Object.values(value).map(nodeEffects)]);
};

/** Wiki markup outside of `{noformat}`. */
const wikiEffects = (text: string): Effects => {
  const outside = text.replaceAll(/\{noformat\}[\s\S]*?\{noformat\}/g, '');
  const brackets = [...outside.matchAll(/\[([^\]]*)\]/g)].map(([, inner = '']) => inner);
  return {
    pings: [
      ...brackets.filter((inner) => inner.startsWith('~')),
      ...(outside.match(/\{[a-z]/g) ?? []),
    ],
    links: brackets.map((inner) => inner.split('|').at(-1) ?? ''),
  };
};

/** Tags, and what is made a link of in the text between them. */
const htmlEffects = (html: string): Effects => {
  const tags = [...html.matchAll(/<\/?([a-z0-9]+)([^>]*)>/gi)];
  const strange = tags.filter(
    ([tag]) => !/^<\/?(p|b|br|h3|ul|li|code)>$|^<a href="[^"<>]*">$|^<\/a>$/.test(tag),
  );
  const between = html.replaceAll(/<[^>]*>/g, '\n');
  return {
    pings: strange.map(([tag]) => tag),
    links: [
      ...[...html.matchAll(/href="([^"]*)"/g)].map(([, url = '']) => url.replaceAll('&amp;', '&')),
      ...(between.match(AUTO_LINK) ?? []),
    ],
  };
};

/** Plain text whose addresses become links, and whose tags some pages read. */
const plainEffects = (text: string, markup: RegExp): Effects => ({
  pings: text.match(markup) ?? [],
  links: text.match(AUTO_LINK) ?? [],
});

const AUTO_LINK = /(https?:\/\/|\bwww\.|\bmailto:|\bjavascript:)[^\s"<>]*/gi;

/** Every text in a body. */
export const textsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return isObject(value) ? Object.values(value).flatMap(textsOf) : [];
};

const joined = (all: readonly Effects[]): Effects => ({
  pings: all.flatMap(({ pings }) => pings),
  links: all.flatMap(({ links }) => links),
});
