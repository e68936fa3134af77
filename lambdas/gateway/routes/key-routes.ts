import { type Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import { type HttpRequest } from '../../http/request.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import type { TierStore } from '../../ledger/ports/tiers.ts';
import { systemClock } from '../../platform/clock.ts';
import { AppError } from '../../shared/app-error.ts';
import {
  createKeyBody,
  keyView,
  listKeysQuery,
  patchKeyBody,
  rotateKeyBody,
} from '../formats/key-format.ts';
import { allowedNames, warningsView } from '../formats/warning-format.ts';
import { createKey, found, patchKey, rotateKey } from '../usecases/manage-keys.ts';
import type { WarnOfNames } from '../usecases/warn-of-names.ts';
import { authenticate, authenticateAdmin, authenticateReader } from '../../ledger/door.ts';
import { checked, jsonBody } from '../../http/body.ts';

/** Routes under /v1/keys, by method and resource. */
export const keyRoutes = (
  keys: KeyRegister,
  stage: string,
  tiers: Pick<TierStore, 'read'>,
  warn: WarnOfNames,
): Readonly<Record<string, Handler>> => {
  const mode = stage.startsWith('prod') ? 'live' : 'test';
  const deps = () => ({ keys, tiers, mode, nowMs: systemClock.nowMs() }) as const;
  const view = (record: Parameters<typeof keyView>[0]) =>
    keyView(record, mode, systemClock.nowMs());
  const warned = async (projectId: string, body: Parameters<typeof allowedNames>[0]) =>
    warningsView(await warn(projectId, allowedNames(body), systemClock.nowMs()));
  return {
    'POST /v1/keys': async (request) => {
      const admin = await authenticateAdmin(keys, request);
      const body = checked(createKeyBody, jsonBody(request));
      const warnings = await warned(admin.projectId, body);
      const { record, secret } = await createKey(deps(), admin.projectId, body);
      return { status: 201, body: { ...view(record), secret, ...warnings } };
    },
    'GET /v1/keys': async (request) => {
      const admin = await authenticateReader(keys, request);
      const { user_id, name, status, limit, cursor, ...rest } = checked(
        listKeysQuery,
        request.query,
      );
      const { records, nextCursor } = await keys.list({
        projectId: admin.projectId,
        ...(user_id === undefined ? {} : { userId: user_id }),
        ...(name === undefined ? {} : { name }),
        ...(status === undefined ? {} : { status }),
        metadata: metadataFilters(rest),
        limit,
        cursor: cursor ?? null,
      });
      return { status: 200, body: listBody(records.map(view), nextCursor) };
    },
    'GET /v1/keys/{key_id}': async (request) => {
      const admin = await authenticateReader(keys, request);
      return {
        status: 200,
        body: view(found(await keys.get(admin.projectId, keyId(request)), keyId(request))),
      };
    },
    'PATCH /v1/keys/{key_id}': async (request) => {
      const admin = await authenticateAdmin(keys, request);
      const body = checked(patchKeyBody, jsonBody(request));
      const warnings = await warned(admin.projectId, body);
      const record = await patchKey(deps(), admin.projectId, keyId(request), body);
      return { status: 200, body: { ...view(record), ...warnings } };
    },
    'DELETE /v1/keys/{key_id}': async (request) => {
      const admin = await authenticateAdmin(keys, request);
      const revoked = await keys.revoke(admin.projectId, keyId(request), systemClock.nowMs());
      return { status: 200, body: view(found(revoked, keyId(request))) };
    },
    'POST /v1/keys/{key_id}/rotate': async (request) => {
      const admin = await authenticateAdmin(keys, request);
      const { grace_seconds } = checked(rotateKeyBody, jsonBody(request));
      const { record, secret } = await rotateKey(
        deps(),
        admin.projectId,
        keyId(request),
        grace_seconds,
      );
      return { status: 200, body: { ...view(record), secret } };
    },
    'GET /v1/key': async (request) => {
      const key = await authenticate(keys, request);
      return {
        status: 200,
        body: view(found(await keys.get(key.projectId, key.keyId), key.keyId)),
      };
    },
  };
};

const keyId = (request: HttpRequest): string => request.params['key_id'] ?? '';

/** `metadata.<name>=<value>`; any other name is a misspelling. */
const metadataFilters = (rest: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(rest).map(([name, value]) => {
      if (name.startsWith('metadata.')) return [name.slice('metadata.'.length), value] as const;
      throw new AppError({
        code: 'invalid_request',
        publicMessage: `${name}: unknown parameter`,
        facts: { param: name },
      });
    }),
  );
