import { listBody } from '../../../http/lists.ts';
import type { HttpRequest } from '../../../http/request.ts';
import type { HttpAnswer } from '../../../platform/http-entry.ts';
import { AppError } from '../../../shared/app-error.ts';
import { decodeCursor, encodeCursor } from '../../../shared/cursor.ts';
import { urlProblem } from '../../../shared/public-address.ts';
import type { listToolsQuery } from '../formats/tool-format.ts';
import type { ProjectList } from '../../ports/projects.ts';
import { checked } from '../../../http/body.ts';

/** A page of a project's list. */
export const pageOf = async <T extends { readonly id: string }>(
  list: ProjectList<T>,
  projectId: string,
  request: HttpRequest,
  { query, view }: { readonly query: typeof listToolsQuery; readonly view: (entry: T) => object },
): Promise<HttpAnswer> => {
  const { limit, cursor } = checked(query, request.query);
  const [after = null] = cursor === undefined ? [] : decodeCursor(cursor, 1);
  const found = await list.list(projectId, after, limit + 1);
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return {
    status: 200,
    body: listBody(shown.map(view), hasMore ? encodeCursor([last.id]) : null),
  };
};

/** Takes the place of a name, or says why not. */
export const createdOrThrow = async <T>(
  list: ProjectList<T>,
  projectId: string,
  entry: T,
  what: { readonly noun: string; readonly entriesMax: number },
): Promise<void> => {
  const outcome = await list.create(projectId, entry);
  if (outcome === 'created') return;
  throw new AppError({
    code: 'conflict',
    publicMessage:
      outcome === 'exists'
        ? `name: the project has a ${what.noun} of this name.`
        : `The project has ${what.entriesMax} ${what.noun}s, which is as many as it may.`,
    facts: outcome === 'exists' ? { param: 'name' } : {},
  });
};

/** Throws AppError that names the field when the address is not one that may be called. */
export const checkUrl = (
  field: string,
  url: string | undefined,
  isLoopbackAllowed: boolean,
): void => {
  const problem = url === undefined ? null : urlProblem(url, isLoopbackAllowed);
  if (problem === null) return;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `${field}: ${problem}`,
    facts: { param: field },
  });
};

export const foundOrThrow = <T>(entry: T | null, noun: string): T => {
  if (entry !== null) return entry;
  throw new AppError({ code: 'not_found', publicMessage: `This ${noun} does not exist.` });
};
