import { safeUrl } from '../../shared/clean-text.ts';
import type { MailWords } from './notice-words.ts';

/** A mail in both of its forms. */
export interface MailForms {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Nothing in the words can be more than text. */
export const mailOf = (words: MailWords): MailForms => ({
  subject: words.subject,
  text: textOf(words),
  html: htmlOf(words),
});

const textOf = ({ opening, facts, advice, link }: MailWords): string => {
  const url = safeUrl(link);
  const blocks = [
    opening,
    facts.map(({ label, value }) => `${label}: ${value}`).join('\n'),
    ...advice,
    ...(url === null ? [] : [`More: ${url}`]),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
};

const htmlOf = ({ subject, opening, facts, advice, link }: MailWords): string => {
  const url = safeUrl(link);
  const rows = facts.map(
    ({ label, value }) =>
      `<tr><th align="left" style="padding:4px 16px 4px 0">${escaped(label)}</th><td>${escaped(value)}</td></tr>`,
  );
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<title>${escaped(subject)}</title></head>`,
    '<body style="font-family:sans-serif;line-height:1.5">',
    `<p>${escaped(opening)}</p>`,
    ...(rows.length === 0 ? [] : [`<table>${rows.join('')}</table>`]),
    ...advice.map((line) => `<p>${escaped(line)}</p>`),
    ...(url === null ? [] : [`<p><a href="${escaped(url)}">${escaped(url)}</a></p>`]),
    '</body></html>',
  ].join('\n');
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
