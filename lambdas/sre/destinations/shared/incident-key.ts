import type { Ticket } from '../../tickets/ticket.ts';

type Named = Pick<Ticket, 'incidentId' | 'generation'>;

/** Systems that join what has the same key get another one for each generation: what was closed there stays closed. */
export const incidentKey = ({ incidentId, generation }: Named): string =>
  `${incidentId}#${generation}`;

const KEY = /^(.+)#(\d{1,9})(?:#critical)?$/;

/** The incident of a key of ours, or of a key that continues one; null: somebody else's. */
export const ofIncidentKey = (key: string): Named | null => {
  const [, incidentId, generation] = KEY.exec(key) ?? [];
  return incidentId === undefined ? null : { incidentId, generation: Number(generation) };
};
