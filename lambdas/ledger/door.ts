import { systemClock } from '../platform/clock.ts';
import { note } from '../platform/invocation.ts';
import { AppError } from '../shared/app-error.ts';
import { credentialOf } from '../http/door.ts';
import type { HttpRequest } from '../http/request.ts';
import { CALLER_SCOPES, READER_SCOPES, RESPONDER_SCOPES, type KeyState } from './domain/key.ts';
import { refusedCaller } from './domain/refusal.ts';
import type { Authentication, KeyDoor } from './ports.ts';

/**
 * The key that a request presents, for what every key may do about itself. A key that only reads may ask by GET alone.
 * Throws AppError `invalid_api_key`, or `scope_not_allowed`.
 */
export const authenticate = async (keys: KeyDoor, request: HttpRequest): Promise<KeyState> => {
  const key = await knownKey(keys, request);
  if (!CALLER_SCOPES.has(key.scope) && !request.route.startsWith('GET '))
    throw refusedCaller('other_scope');
  return key;
};

const knownKey = async (keys: KeyDoor, request: HttpRequest): Promise<KeyState> =>
  callerOf(await keys.authenticate(credentialOf(request), systemClock.nowMs()));

/** The same, for a key that sends telemetry and nothing else. */
export const authenticateSender = async (
  keys: KeyDoor,
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
export const authenticateAdmin = async (keys: KeyDoor, request: HttpRequest): Promise<KeyState> => {
  const key = await knownKey(keys, request);
  if (key.scope !== 'admin') throw adminRequired('This route needs an admin key.');
  return key;
};

/** The same, for a key that reads its project: of scope admin, oncall or viewer. Throws AppError `admin_scope_required`. */
export const authenticateReader = async (
  keys: KeyDoor,
  request: HttpRequest,
): Promise<KeyState> => {
  const key = await knownKey(keys, request);
  if (!READER_SCOPES.has(key.scope))
    throw adminRequired('This route needs a key of scope admin, oncall or viewer.');
  return key;
};

/** The same, for a key that acts on incidents, silences and steps of runbooks. Throws AppError `admin_scope_required`. */
export const authenticateResponder = async (
  keys: KeyDoor,
  request: HttpRequest,
): Promise<KeyState> => {
  const key = await knownKey(keys, request);
  if (!RESPONDER_SCOPES.has(key.scope))
    throw adminRequired('This route needs a key of scope admin or oncall.');
  return key;
};

const adminRequired = (publicMessage: string): AppError =>
  new AppError({ code: 'admin_scope_required', publicMessage });
