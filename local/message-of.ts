/** Causes that are followed; an error may be its own. */
const CAUSES_MAX = 5;

/** What a person reads of whatever was thrown, with what caused it: `fetch failed` alone says nothing. */
export const messageOf = (error: unknown, causesMax = CAUSES_MAX): string => {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : 'failed';
  const own = error.message || codeOf(error);
  const cause = causesMax > 0 ? causeOf(error) : null;
  const why = cause === null ? '' : messageOf(cause, causesMax - 1);
  if (why === '' || own.includes(why)) return own;
  return why.includes(own) ? why : `${own.replace(/\.$/, '')}: ${why}`;
};

/** Node's errors of several tries have no message of their own. */
const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string'
    ? error.code
    : error instanceof AggregateError
      ? ''
      : error.name;

const causeOf = (error: Error): Error | null => {
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return cause instanceof Error ? cause : null;
};
