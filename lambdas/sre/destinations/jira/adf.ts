import type { TicketLine, TicketWords } from '../../tickets/words/ticket-words.ts';

/** https://developer.atlassian.com/cloud/jira/platform/apis/document/structure */
interface AdfMark {
  readonly type: 'strong' | 'code' | 'link';
  readonly attrs?: { readonly href: string };
}
interface AdfText {
  readonly type: 'text';
  readonly text: string;
  readonly marks?: readonly AdfMark[];
}
interface AdfBreak {
  readonly type: 'hardBreak';
}
interface AdfParagraph {
  readonly type: 'paragraph';
  readonly content: readonly (AdfText | AdfBreak)[];
}
interface AdfHeading {
  readonly type: 'heading';
  readonly attrs: { readonly level: 3 };
  readonly content: readonly AdfText[];
}
interface AdfList {
  readonly type: 'bulletList';
  readonly content: readonly {
    readonly type: 'listItem';
    readonly content: readonly AdfParagraph[];
  }[];
}
export interface AdfDocument {
  readonly type: 'doc';
  readonly version: 1;
  readonly content: readonly (AdfParagraph | AdfHeading | AdfList)[];
}

/** A description as a tree: a mention or a link is a node of it, so that no text can be one. */
export const ticketAdf = ({ facts, sections, links }: TicketWords): AdfDocument => ({
  type: 'doc',
  version: 1,
  content: [
    {
      type: 'paragraph',
      content: facts.flatMap(({ label, value }, index) => [
        ...(index === 0 ? [] : [{ type: 'hardBreak' as const }]),
        textNode(`${label}: `, [{ type: 'strong' }]),
        textNode(value),
      ]),
    },
    ...sections.flatMap(({ heading, kind, lines }) => [
      { type: 'heading' as const, attrs: { level: 3 as const }, content: [textNode(heading)] },
      {
        type: 'bulletList' as const,
        content: lines.map((line) => ({
          type: 'listItem' as const,
          content: [paragraphOf(line, kind === 'code')],
        })),
      },
    ]),
    ...(links.length === 0 ? [] : [linksParagraph(links)]),
  ],
});

export const commentAdf = (text: string): AdfDocument => ({
  type: 'doc',
  version: 1,
  content: [{ type: 'paragraph', content: [textNode(text)] }],
});

const paragraphOf = ({ text, url }: TicketLine, isCode: boolean): AdfParagraph => ({
  type: 'paragraph',
  content: [
    textNode(text, isCode ? [{ type: 'code' }] : []),
    ...(url === null ? [] : [textNode(' '), linkNode('show', url)]),
  ],
});

const linksParagraph = (links: TicketWords['links']): AdfParagraph => ({
  type: 'paragraph',
  content: links.flatMap(({ text, url }, index) => [
    ...(index === 0 ? [] : [textNode(' · ')]),
    linkNode(text, url),
  ]),
});

const textNode = (text: string, marks: readonly AdfMark[] = []): AdfText =>
  marks.length === 0 ? { type: 'text', text } : { type: 'text', text, marks };

const linkNode = (text: string, href: string): AdfText =>
  textNode(text, [{ type: 'link', attrs: { href } }]);
