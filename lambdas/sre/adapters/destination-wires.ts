import type { SendOutbound } from '../../platform/outbound.ts';
import { sendOnce } from '../../platform/send-once.ts';
import type { SecretsOf, WiresByKind } from '../ports/destinations.ts';
import type { WireOf } from '../ports/deliveries.ts';

export interface DestinationWiresDeps {
  readonly wires: WiresByKind;
  readonly secretsOf: SecretsOf;
  readonly outbound: SendOutbound;
  readonly nowMs: () => number;
}

/** Wires with what opens them. */
export const destinationWires =
  ({ wires, secretsOf, outbound, nowMs }: DestinationWiresDeps): WireOf =>
  async (destination, untilMs) => {
    const made = wires[destination.kind];
    if (made === undefined) return null;
    return made.ticket({
      destination,
      secrets: await secretsOf(destination),
      send: sendOnce({ send: outbound, nowMs, untilMs }),
      nowMs,
    });
  };
