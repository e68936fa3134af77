import { systemClock } from '../platform/clock.ts';
import { note } from '../platform/invocation.ts';
import { AppError } from '../shared/app-error.ts';
import { credentialOf } from '../http/door.ts';
import type { HttpRequest } from '../http/request.ts';
import type { KeyState } from './domain/key.ts';
import { refusedCaller } from './domain/refusal.ts';
import type { Authentication, KeyRegister } from './ports.ts';

/** The key that a request presents. Throws AppError `invalid_api_key`, or `scope_not_allowed` for a key of scope ingest. */
export const authenticate = async (keys: KeyRegister, request: HttpRequest): Promise<KeyState> => {
  const answer = await keys.authenticate(credentialOf(request), systemClock.nowMs());
  return callerOf(answer);
};

/** The same, for a key that sends telemetry and nothing else. */
export const authenticateSender = async (
  keys: KeyRegister,
  request: HttpRequest,
): Promise<KeyState> => {
  const answer = await keys.authenticateSender(credentialOf(request), systemClock.nowMs());
  if (answer.kind === 'refused' && answer.reason === 'other_scope')
    throw new AppError({
      code: 'scope_not_allowed',
      publicMessage: 'This route takes keys of scope ingest alone.',
    });
  return callerOf(answer);
};

const callerOf = (answer: Authentication): KeyState => {
  if (answer.kind === 'refused') throw refusedCaller(answer.reason);
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
