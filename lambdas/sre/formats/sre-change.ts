import * as z from 'zod';
import type { IncidentChanged } from '../incidents/incident.ts';

/** What a record of the Sre stream tells. */
export type SreChange =
  | { readonly kind: 'anomaly'; readonly tenant: string; readonly anomalyId: string }
  | { readonly kind: 'incident'; readonly changed: IncidentChanged };

const anomalyImage = z.object({
  pk: z.object({ S: z.string().startsWith('ANO#') }),
  sk: z.object({ S: z.string() }),
});
const incidentImage = z.object({
  tenant: z.object({ S: z.string() }),
  incident_id: z.object({ S: z.string() }),
  news: z.object({ N: z.string() }),
});
const newsImage = z.object({ news: z.object({ N: z.string() }) });

/** As much of a record as is read. */
interface StreamRecord {
  readonly dynamodb?: { readonly NewImage?: unknown; readonly OldImage?: unknown } | undefined;
}

/** null: nobody is told of it. Throws on an item that the mapping lets through and nobody knows. */
export const sreChange = ({ dynamodb }: StreamRecord): SreChange | null => {
  const image = dynamodb?.NewImage;
  // What is deleted was told while it was there.
  if (image === undefined) return null;
  const anomaly = anomalyImage.safeParse(image);
  if (anomaly.success) {
    const { pk, sk } = anomaly.data;
    const tenant = decodeURIComponent(pk.S.slice('ANO#'.length));
    return { kind: 'anomaly', tenant, anomalyId: sk.S };
  }
  const { tenant, incident_id: incidentId, news } = incidentImage.parse(image);
  const before = newsImage.safeParse(dynamodb?.OldImage);
  if (before.success && before.data.news.N === news.N) return null;
  const changed = { tenant: tenant.S, incidentId: incidentId.S, revision: Number(news.N) };
  return { kind: 'incident', changed };
};
