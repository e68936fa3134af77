import { systemClock } from '../../platform/clock.ts';
import type { CancelFlags, KeyRegister, SpendLedger, UsageStore } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import { parseRequestId, type RequestIdParts } from '../../shared/ids.ts';
import { type Handler } from '../../http/door.ts';
import type { HttpRequest } from '../../http/request.ts';
import { callView, runningView } from '../formats/usage-format.ts';
import { READER_SCOPES } from '../../ledger/domain/key.ts';
import { authenticate } from '../../ledger/door.ts';

interface CallDeps {
  readonly keys: KeyRegister;
  readonly ledger: Pick<SpendLedger, 'find'>;
  readonly usage: UsageStore;
  readonly cancelFlags: CancelFlags;
}

/** One call by its request id: for its own key, and for who reads the whole project. */
export const callRoutes = (deps: CallDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/calls/{request_id}': async (request) => {
    const { keyId, holdId } = await reach(deps, request);
    const known = await deps.ledger.find(keyId, holdId);
    if (known?.kind === 'running') return { status: 200, body: runningView(known.call) };
    const settlement = known?.settlement ?? (await deps.usage.event(keyId, holdId));
    if (settlement === null) throw missing(request);
    return { status: 200, body: callView(settlement) };
  },
  'POST /v1/calls/{request_id}/cancel': async (request) => {
    const { keyId, holdId } = await reach(deps, request);
    const ended = await deps.usage.event(keyId, holdId);
    if (ended !== null) return { status: 200, body: callView(ended) };
    await deps.cancelFlags.raise(keyId, holdId, systemClock.nowMs());
    return {
      status: 202,
      body: { object: 'call', request_id: request.params['request_id'], status: 'cancelling' },
    };
  },
});

const reach = async (deps: CallDeps, request: HttpRequest): Promise<RequestIdParts> => {
  const key = await authenticate(deps.keys, request);
  const parts = parseRequestId(request.params['request_id'] ?? '');
  if (parts === null) throw missing(request);
  if (key.keyId === parts.keyId) return parts;
  const owner = READER_SCOPES.has(key.scope)
    ? await deps.keys.get(key.projectId, parts.keyId)
    : null;
  if (owner === null) throw missing(request);
  return parts;
};

/** A settlement that a later one of its key has followed is seen when the stream has brought it, mostly within a second. */
const missing = (request: HttpRequest): AppError =>
  new AppError({
    code: 'not_found',
    publicMessage: `The call ${request.params['request_id'] ?? ''} does not exist, or ended a moment ago: ask again.`,
  });
