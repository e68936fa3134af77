import * as z from 'zod';
import type { LookRequest } from '../incidents/look.ts';

const message = z.strictObject({
  tenant: z.string().min(1),
  anomaly_ids: z.array(z.string()),
  incident_id: z.string().nullable(),
  is_sweep: z.boolean(),
});

/** The body of a message that asks for a look at anomalies, at an incident, or at all that is live. */
export const lookText = ({ tenant, anomalyIds, incidentId, isSweep }: LookRequest): string =>
  JSON.stringify({
    tenant,
    anomaly_ids: anomalyIds,
    incident_id: incidentId,
    is_sweep: isSweep,
  });

/** Throws on what `lookText` did not write. */
export const readLook = (text: string): Omit<LookRequest, 'delaySeconds'> => {
  const look = message.parse(JSON.parse(text));
  return {
    tenant: look.tenant,
    anomalyIds: look.anomaly_ids,
    incidentId: look.incident_id,
    isSweep: look.is_sweep,
  };
};
