import * as z from 'zod';
import type { RemediationTask } from '../runbooks/remediation.ts';

const message = z.strictObject({
  tenant: z.string().min(1),
  remediation_id: z.string().min(1),
  look: z.int().nonnegative().optional(),
});

/** The body of a message that asks to look after a remediation. */
export const remediationText = ({ tenant, remediationId, look }: RemediationTask): string =>
  JSON.stringify({ tenant, remediation_id: remediationId, look });

/** Throws on what `remediationText` did not write. */
export const readRemediation = (text: string): RemediationTask => {
  const { tenant, remediation_id: remediationId, look } = message.parse(JSON.parse(text));
  return { tenant, remediationId, ...(look === undefined ? {} : { look }) };
};
