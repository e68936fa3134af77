import { isItemKeyText, ITEM_KEY_TEXT } from '../../http/item-key-text.ts';
import type { HttpRequest } from '../../http/request.ts';
import { AppError } from '../../shared/app-error.ts';

/** The idempotency key of a turn: named by the caller, or this request alone. Throws AppError (400). */
export const requestIdOf = (request: HttpRequest, named: string | undefined): string =>
  namedRequestId(request, named) ?? request.requestId;

/** The idempotency key that the caller names, in the body or in the header; both may only say the same. */
export const namedRequestId = (request: HttpRequest, named: string | undefined): string | null => {
  const header = request.headers['idempotency-key'];
  if (named !== undefined && header !== undefined && named !== header)
    throw refused('is not the request_id of the body');
  const id = named ?? header;
  if (id === undefined || isItemKeyText(id)) return id ?? null;
  throw refused(ITEM_KEY_TEXT);
};

const refused = (problem: string): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `idempotency-key: ${problem}`,
    facts: { param: 'idempotency-key' },
  });
