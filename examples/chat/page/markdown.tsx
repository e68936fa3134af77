import { Markdown as Rendered, type MarkdownToJSX } from 'markdown-to-jsx';
import type { ReactNode } from 'react';

interface Children {
  readonly children?: ReactNode;
}

/** What is wider than a phone scrolls by itself, also by the keyboard. */
const Pre = ({ children }: Children) => <pre tabIndex={0}>{children}</pre>;
const Table = ({ children }: Children) => (
  <div className="wide" tabIndex={0}>
    <table>{children}</table>
  </div>
);
/** Below the headings of the page. */
const Heading = ({ children }: Children) => <h4>{children}</h4>;
const Picture = ({ alt }: { readonly alt?: string }) => <em>{alt}</em>;

/** What a model says is nobody's HTML: tags are text, addresses of scripts are left out, pictures are not fetched. */
const OPTIONS: MarkdownToJSX.Options = {
  disableParsingRawHTML: true,
  forceBlock: true,
  forceWrapper: true,
  overrides: {
    a: { props: { target: '_blank', rel: 'noreferrer' } },
    img: Picture,
    pre: Pre,
    table: Table,
    ...Object.fromEntries(['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((name) => [name, Heading])),
  },
};

export const Markdown = ({ text }: { readonly text: string }) => (
  <Rendered options={OPTIONS}>{text}</Rendered>
);
