import type { AppError, ErrorCode } from '../../shared/app-error.ts';

/**
 * What a model can go by: what was wrong, and what to do instead. Of a tool that acts, a failure on our side says nothing
 * of what was done before it.
 */
export const refusalWords = (
  { code, status, publicMessage, retryAfterSeconds }: AppError,
  isReading: boolean,
): string =>
  [
    `${code}: ${publicMessage}`,
    status >= 500 && !isReading ? PERHAPS_DONE : (ADVICE[code] ?? ''),
    retryAfterSeconds === null ? '' : `Wait ${retryAfterSeconds} s before.`,
  ]
    .filter((part) => part !== '')
    .join(' ');

const PERHAPS_DONE = 'It may have been done: look, as by get_incident, before you call this again.';

const ADVICE: Partial<Readonly<Record<ErrorCode, string>>> = {
  not_found:
    'Ids come from list_incidents, get_incident, list_anomalies, list_runbooks and search_logs.',
  cursor_invalid: 'Ask without a cursor for the first page.',
  admin_scope_required: 'This key may not do that: leave it to a person.',
  storage_unavailable: 'The same call again may succeed.',
  internal: 'The same call again may succeed; if it does not, tell a person.',
};
