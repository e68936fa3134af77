import type { KeyBaseline } from './baseline.ts';
import { partsOfKey, type Call, type Unanswered } from './calls.ts';
import { outgoingCall } from './event.ts';
import type { Usual } from './usual.ts';

/** From this share of calls on it is usual that nobody answers. */
const UNANSWERED_SHARE_MIN = 0.1;

/**
 * Client spans that somebody answers as a rule, and that nobody answered here. A database and what is outside have no
 * spans: nobody answers for them on any day. Those are known by a peer that is no service; without a peer, by how often
 * nobody answers such spans.
 */
export const strangersOf = (
  { unanswered }: Call,
  key: KeyBaseline,
  usual: Usual,
): readonly Unanswered[] => {
  const counts = new Map<string, number>();
  for (const { operation } of unanswered) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  return unanswered.filter(({ peer, operation }) => {
    if (usual.isService(hostOf(peer))) return true;
    const share = usual.unansweredShare(key, operation);
    return peer === ''
      ? (counts.get(operation) ?? 0) > share + UNANSWERED_SHARE_MIN
      : share < UNANSWERED_SHARE_MIN;
  });
};

/**
 * Calls that failed and that nobody answered for, of those that are missing: their keys. After a failure most callers make
 * no further call, so what is missing is more than what failed. A client tells which it was by the peer, or by an operation
 * that both sides call the same (gRPC does). One that tells neither may have called any for whose answer it waits.
 */
export const deadOf = (
  service: string,
  strangers: readonly Unanswered[],
  missing: readonly string[],
  usual: Usual,
): readonly string[] => {
  const failed = strangers.filter(({ isFailed }) => isFailed);
  if (failed.length === 0) return [];
  const keys = [...new Set(missing.map(outgoingCall))].filter((key) =>
    usual.isWaitedFor(service, key),
  );
  const told = keys.filter((key) => failed.some((span) => isCallTo(span, key, usual)));
  // One that tells of another service was not calling what is missing.
  const isOpen = failed.some(({ peer }) => !usual.isService(hostOf(peer)));
  return told.length > 0 || !isOpen ? told : keys;
};

const isCallTo = ({ peer, operation }: Unanswered, key: string, usual: Usual): boolean => {
  const callee = partsOfKey(key);
  return peer === ''
    ? operation === callee.operation
    : isHostOf(hostOf(peer), usual.nameOf(callee.service));
};

const PORT = /:\d{1,5}$/;

const hostOf = (peer: string): string => peer.toLowerCase().replace(PORT, '');

/** A cluster adds its own names behind that of the service. */
const isHostOf = (host: string, name: string): boolean =>
  name !== '' && (host === name || host.startsWith(`${name}.`));
