import type { KeyState } from '../../../ledger/domain/key.ts';
import type { KeyDoor } from '../../../ledger/ports.ts';
import { mayStay, type SocketConnection } from '../domain/socket.ts';
import { cutOff, type PostDeps } from './post-frames.ts';

export interface CheckSocketDeps extends PostDeps {
  readonly keys: Pick<KeyDoor, 'authenticate'>;
}

export interface CheckedSocket {
  readonly socket: SocketConnection;
  readonly key: KeyState;
}

/** The socket and its key as they are now; null: it is closed, for its key does not carry it any more. */
export const checkSocket = async (
  deps: CheckSocketDeps,
  connectionId: string,
): Promise<CheckedSocket | null> => {
  const socket = await deps.connections.get(connectionId);
  if (socket !== null) {
    const nowMs = deps.timers.nowMs();
    const { keyId, secretHash } = socket;
    const answer = await deps.keys.authenticate({ keyId, secretHash }, nowMs);
    if (answer.kind === 'authenticated' && mayStay(socket, answer.key, nowMs))
      return { socket, key: answer.key };
  }
  await cutOff(deps, connectionId);
  return null;
};

/** Closes what a changed key does not carry any more: revoked, paused, rotated away, bound to somebody else. */
export const checkSocketsOfKey = async (deps: CheckSocketDeps, keyId: string): Promise<void> => {
  for (const connectionId of await deps.connections.ofKey(keyId))
    await checkSocket(deps, connectionId);
};
