import type { HttpRequest } from '../../http/request.ts';

/** What clients send that have seen nothing yet: an empty one, or a number that is no place of ours. */
const STARTS: ReadonlySet<string> = new Set(['', '0', '-1']);

/**
 * The place that a reader came to, by `after` or by `Last-Event-ID`; null: it has seen nothing. Of both the further one
 * counts: a client that comes back by itself sends what it has seen since beside the URL that it began with.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header
 */
export const askedCursor = <C>(
  { query, headers }: Pick<HttpRequest, 'query' | 'headers'>,
  parse: (text: string) => C,
  isBehind: (left: C, right: C) => boolean,
): C | null => {
  const texts = [query['after'], headers['last-event-id']];
  const cursors = texts.flatMap((text) =>
    text === undefined || STARTS.has(text) ? [] : [parse(text)],
  );
  const [first, second] = cursors;
  if (first === undefined) return null;
  return second !== undefined && isBehind(first, second) ? second : first;
};
