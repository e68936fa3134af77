import type { Json, TurnEvent, UrlCitation } from '../../turn/turn.ts';
import { countOf, fieldsOf, listOf, textOf } from '../fields.ts';

const NONE: readonly UrlCitation[] = [];

/**
 * Pages that a delta or a message names, with their places in its words.
 * https://platform.openai.com/docs/guides/tools-web-search
 */
export const annotationsOf = (annotations: Json | undefined): readonly UrlCitation[] =>
  annotations === undefined || annotations === null
    ? NONE
    : listOf(annotations).flatMap((value) => citationOf(fieldsOf(value)['url_citation']));

/**
 * Pages that a chunk names beside its choices, for all of the answer: objects or addresses alone, the same in every chunk.
 * https://docs.perplexity.ai/api-reference/chat-completions-post
 */
export const pagesOf = (results: Json | undefined, urls: Json | undefined) => {
  const told = listOf(results).flatMap(citationOf);
  return told.length > 0 ? told : listOf(urls).flatMap((url) => citationOf({ url }));
};

const citationOf = (value: Json | undefined): readonly UrlCitation[] => {
  const { url, title, start_index, end_index } = fieldsOf(value);
  if (typeof url !== 'string' || url === '') return NONE;
  const [start, end] = [countOf(start_index), countOf(end_index)];
  const place = start === null || end === null ? {} : { start_index: start, end_index: end };
  return [{ type: 'url_citation', url, title: textOf(title), ...place }];
};

/** Citations that were shown, by what they say, and those that wait for words to belong to. */
export interface CitationState {
  readonly told: ReadonlySet<string>;
  readonly waiting: readonly UrlCitation[];
}
export const NO_CITATIONS: CitationState = { told: new Set(), waiting: NONE };

/** Each citation once: `index` is the block of words that is open, null that none is. */
export const citationEvents = (
  { told, waiting }: CitationState,
  citations: readonly UrlCitation[],
  index: number | null,
): readonly [CitationState, readonly TurnEvent[]] => {
  const seen = new Set(told);
  const fresh = citations.filter((citation) => {
    const name = JSON.stringify(citation);
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
  const all = [...waiting, ...fresh];
  if (index === null) return [{ told: seen, waiting: all }, []];
  return [
    { told: seen, waiting: NONE },
    all.map((citation) => ({
      type: 'content_block_delta',
      index,
      delta: { type: 'citations_delta', citation },
    })),
  ];
};
