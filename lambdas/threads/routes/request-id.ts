import { isItemKeyText, ITEM_KEY_TEXT } from '../../http/item-key-text.ts';
import type { HttpRequest } from '../../http/request.ts';
import { AppError } from '../../shared/app-error.ts';

/** The idempotency key of a turn: named by the caller, or this request alone. */
export const requestIdOf = (request: HttpRequest, named: string | undefined): string => {
  const id = named ?? request.headers['idempotency-key'] ?? request.requestId;
  if (isItemKeyText(id)) return id;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `idempotency-key: ${ITEM_KEY_TEXT}`,
    facts: { param: 'idempotency-key' },
  });
};
