import type { SendOutbound } from '../../platform/outbound.ts';
import { sendToDestination } from '../destinations/send-to-destination.ts';
import type { DestinationSecrets, WiresByKind } from '../ports/destinations.ts';
import type { WireOf } from '../ports/deliveries.ts';
import type { Destination } from '../tickets/destination.ts';

const KEPT_MAX = 200;

export interface DestinationWiresDeps {
  readonly wires: WiresByKind;
  readonly secrets: Pick<DestinationSecrets, 'read'>;
  readonly outbound: SendOutbound;
  readonly nowMs: () => number;
}

/** Wires with what opens them. A change of secrets is a change of the destination, so what is read holds for a revision. */
export const destinationWires = (deps: DestinationWiresDeps): WireOf => {
  const kept = new Map<string, Promise<Readonly<Record<string, string>>>>();
  const secretsOf = async ({ id, revision, secretNames }: Destination) => {
    if (secretNames.length === 0) return {};
    const key = `${id}.${revision}`;
    const known = kept.get(key);
    if (known !== undefined) return await known;
    if (kept.size >= KEPT_MAX) kept.clear();
    const read = deps.secrets.read(id);
    kept.set(key, read);
    // What failed once is asked for again.
    read.catch(() => kept.delete(key));
    return await read;
  };
  return async (destination, untilMs) => {
    const made = deps.wires[destination.kind];
    if (made === undefined) return null;
    return made.ticket({
      destination,
      secrets: await secretsOf(destination),
      send: sendToDestination({ send: deps.outbound, nowMs: deps.nowMs, untilMs }),
      nowMs: deps.nowMs,
    });
  };
};
