import * as z from 'zod';
import { isDiagnosed } from '../diagnose/diagnosis.ts';
import type { IncidentChanged } from '../incidents/incident.ts';
import type { UsageAnomaly } from '../domain/usage-anomaly.ts';
import type { RemediationTask } from '../runbooks/remediation.ts';
import { usageAnomalyOf } from './usage-anomaly-event.ts';

/** What a record of the Sre stream says. */
export type SreChange =
  | {
      readonly kind: 'anomaly';
      readonly tenant: string;
      readonly anomalyId: string;
      /** It is of a key of the gateway, and new; null: it is not. */
      readonly usage: UsageAnomaly | null;
    }
  | {
      readonly kind: 'incident';
      readonly changed: IncidentChanged;
      /** It is live and has no diagnosis as it is open: whoever asks models may have something to do. */
      readonly mayBeDiagnosed: boolean;
    }
  | { readonly kind: 'remediation'; readonly task: RemediationTask };

const anomalyImage = z.object({
  pk: z.object({ S: z.string().startsWith('ANO#') }),
  sk: z.object({ S: z.string() }),
  anomaly: z.object({ S: z.string() }).optional(),
});
const incidentImage = z.object({
  tenant: z.object({ S: z.string() }),
  incident_id: z.object({ S: z.string() }),
  news: z.object({ N: z.string() }),
  incident: z.object({ S: z.string() }),
});
const incidentText = z.looseObject({
  resolvedMs: z.number().nullish(),
  mergedInto: z.string().nullish(),
  diagnosis: z.looseObject({ generation: z.number().optional() }).nullish(),
  generation: z.number().default(1),
});
const remediationImage = z.object({
  pk: z.object({ S: z.string().startsWith('REM#') }),
  sk: z.object({ S: z.string() }),
  tenant: z.object({ S: z.string() }),
  approved: z.object({ N: z.string() }),
});
const newsImage = z.object({ news: z.object({ N: z.string() }) });

/** As much of a record as is read. */
interface StreamRecord {
  readonly dynamodb?: { readonly NewImage?: unknown; readonly OldImage?: unknown } | undefined;
}

/** null: nobody is notified of it. Throws on an item that the mapping lets through and nobody knows. */
export const sreChange = ({ dynamodb }: StreamRecord): SreChange | null => {
  const image = dynamodb?.NewImage;
  // What is deleted was reported while it was there.
  if (image === undefined) return null;
  const anomaly = anomalyImage.safeParse(image);
  if (anomaly.success) {
    const { pk, sk, anomaly: text } = anomaly.data;
    const tenant = decodeURIComponent(pk.S.slice('ANO#'.length));
    const usage =
      dynamodb?.OldImage === undefined && text !== undefined ? usageAnomalyOf(text.S) : null;
    return { kind: 'anomaly', tenant, anomalyId: sk.S, usage };
  }
  const remediation = remediationImage.safeParse(image);
  if (remediation.success) {
    const { tenant, sk } = remediation.data;
    return { kind: 'remediation', task: { tenant: tenant.S, remediationId: sk.S } };
  }
  const { tenant, incident_id: incidentId, news, incident } = incidentImage.parse(image);
  const before = newsImage.safeParse(dynamodb?.OldImage);
  if (before.success && before.data.news.N === news.N) return null;
  const changed = { tenant: tenant.S, incidentId: incidentId.S, revision: Number(news.N) };
  const now = incidentText.parse(JSON.parse(incident.S));
  const isLive = (now.resolvedMs ?? null) === null && (now.mergedInto ?? null) === null;
  const { diagnosis = null, generation } = now;
  const mayBeDiagnosed = isLive && !isDiagnosed({ diagnosis, generation });
  return { kind: 'incident', changed, mayBeDiagnosed };
};
