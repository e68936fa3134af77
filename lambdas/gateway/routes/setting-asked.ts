import type { HttpRequest } from '../../http/request.ts';
import { authenticateAdmin } from '../../ledger/door.ts';
import type { KeyDoor } from '../../ledger/ports.ts';
import { systemClock } from '../../platform/clock.ts';
import type { SettingAsked } from '../usecases/change-setting.ts';

/** What `{name}` of a path stands for. */
export const nameOf = (request: HttpRequest): string => request.params['name'] ?? '';

/** The admin who changes what the path names. Throws AppError (401, 403). */
export const settingAsked = async (keys: KeyDoor, request: HttpRequest): Promise<SettingAsked> => {
  const { projectId, keyId } = await authenticateAdmin(keys, request);
  return { projectId, byKeyId: keyId, name: nameOf(request), nowMs: systemClock.nowMs() };
};
