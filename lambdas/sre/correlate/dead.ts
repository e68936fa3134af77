import { partsOfKey, type Call, type Unanswered } from './calls.ts';
import { outgoingCall } from './event.ts';
import type { Usual } from './usual.ts';

/**
 * Calls that failed and that nobody answered for, of those that are missing: their keys. After a failure most callers make
 * no further call, so what is missing is more than what failed. A client tells which it was by the peer, or by an operation
 * that both sides call the same (gRPC does). One that tells neither may have called any for whose answer it waits.
 */
export const deadOf = (
  { service, unanswered }: Call,
  missing: readonly string[],
  usual: Usual,
): readonly string[] => {
  const failed = unanswered.filter(({ isFailed }) => isFailed);
  if (failed.length === 0) return [];
  const keys = [...new Set(missing.map(outgoingCall))].filter((key) =>
    usual.isWaitedFor(service, key),
  );
  const told = keys.filter((key) => failed.some((span) => isCallTo(span, key, usual)));
  return told.length > 0 ? told : keys;
};

const isCallTo = ({ peer, operation }: Unanswered, key: string, usual: Usual): boolean => {
  const callee = partsOfKey(key);
  if (peer === '') return operation === callee.operation;
  const name = usual.nameOf(callee.service);
  const host = peer.toLowerCase().replace(PORT, '');
  // A cluster adds its own names behind that of the service.
  return name !== '' && (host === name || host.startsWith(`${name}.`));
};

const PORT = /:\d{1,5}$/;
