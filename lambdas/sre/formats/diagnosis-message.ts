import * as z from 'zod';
import type { DiagnosisTask } from '../diagnose/diagnosis.ts';

const message = z.strictObject({ tenant: z.string().min(1), incident_id: z.string().min(1) });

/** The body of a message that asks whether an incident is to be diagnosed. */
export const diagnosisText = ({ tenant, incidentId }: DiagnosisTask): string =>
  JSON.stringify({ tenant, incident_id: incidentId });

/** Throws on what `diagnosisText` did not write. */
export const readDiagnosis = (text: string): DiagnosisTask => {
  const { tenant, incident_id: incidentId } = message.parse(JSON.parse(text));
  return { tenant, incidentId };
};
