import * as z from 'zod';
import type { IncidentChanged } from '../incidents/incident.ts';

const message = z.strictObject({
  tenant: z.string().min(1),
  incident_id: z.string().min(1),
  revision: z.int().positive(),
});

/** The body of a message that says that an incident changed. */
export const incidentChangedText = ({ tenant, incidentId, revision }: IncidentChanged): string =>
  JSON.stringify({ tenant, incident_id: incidentId, revision });

/** Throws on what `incidentChangedText` did not write. */
export const readIncidentChanged = (text: string): IncidentChanged => {
  const { tenant, incident_id: incidentId, revision } = message.parse(JSON.parse(text));
  return { tenant, incidentId, revision };
};
