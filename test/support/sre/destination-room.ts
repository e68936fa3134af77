import { destinationWires } from '../../../lambdas/sre/adapters/destination-wires.ts';
import { rememberedSecrets } from '../../../lambdas/sre/adapters/remembered-secrets.ts';
import { tableDestinationBook } from '../../../lambdas/sre/adapters/table-destination-book.ts';
import { tableHealthBook } from '../../../lambdas/sre/adapters/table-health-book.ts';
import { allWires } from '../../../lambdas/sre/destinations/all-wires.ts';
import type { SendMail } from '../../../lambdas/sre/destinations/email/email.ts';
import type { DestinationSecrets } from '../../../lambdas/sre/ports/destinations.ts';
import { destinationRoutes } from '../../../lambdas/sre/routes/destination-routes.ts';
import type { SreRoomParts } from './sre-room.ts';

/** What opens destinations, or runbooks, as it is stored. */
export type KeptSecrets = Map<string, Readonly<Record<string, string>>>;

export const secretsIn = (kept: KeptSecrets): DestinationSecrets => ({
  read: async (id) => await Promise.resolve(kept.get(id) ?? {}),
  write: async (id, given) => await Promise.resolve(void kept.set(id, given)),
  remove: async (id) => await Promise.resolve(void kept.delete(id)),
});

/** Routes of destinations in a room, which send nothing but mails. */
export const destinationRoutesIn = (
  { tables, keys, clock }: SreRoomParts,
  {
    secrets,
    mail,
    destinationsMax,
  }: {
    readonly secrets: DestinationSecrets;
    readonly mail: SendMail;
    readonly destinationsMax: number;
  },
): ReturnType<typeof destinationRoutes> => {
  const wires = allWires(mail);
  return destinationRoutes({
    keys,
    destinations: tableDestinationBook({ tables, destinationsMax }),
    health: tableHealthBook({ tables }),
    secrets,
    wires,
    wireOf: destinationWires({
      wires,
      secretsOf: rememberedSecrets(secrets),
      outbound: async () => await Promise.reject(new Error('nothing is sent')),
      nowMs: clock.nowMs,
    }),
    isLoopbackAllowed: false,
    clock,
  });
};
