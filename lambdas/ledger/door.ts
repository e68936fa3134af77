import { systemClock } from '../platform/clock.ts';
import { note } from '../platform/invocation.ts';
import { AppError } from '../shared/app-error.ts';
import { invalidKey } from '../shared/credential.ts';
import { credentialOf } from '../http/door.ts';
import type { HttpRequest } from '../http/request.ts';
import type { KeyState } from './domain/key.ts';
import type { KeyRegister } from './ports.ts';

/** The key that a request presents. Throws AppError `invalid_api_key`, for whatever reason it is refused. */
export const authenticate = async (keys: KeyRegister, request: HttpRequest): Promise<KeyState> => {
  const answer = await keys.authenticate(credentialOf(request), systemClock.nowMs());
  if (answer.kind === 'refused') throw invalidKey();
  note({ project_id: answer.key.projectId });
  return answer.key;
};

/** The same, for a key that manages its project. Throws AppError `admin_scope_required`. */
export const authenticateAdmin = async (
  keys: KeyRegister,
  request: HttpRequest,
): Promise<KeyState> => {
  const key = await authenticate(keys, request);
  if (key.scope !== 'admin')
    throw new AppError({
      code: 'admin_scope_required',
      publicMessage: 'This route needs an admin key.',
    });
  return key;
};
