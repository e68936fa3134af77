import * as z from 'zod';
import type { Tier, TierBook } from '../domain/tier.ts';
import type { ProjectSettings } from '../ports/settings.ts';
import type { TierStore } from '../ports/tiers.ts';

const valuesItem = z.object({
  capNanoUsd: z.number().nullable().exactOptional(),
  period: z.enum(['lifetime', 'day', 'week', 'month']).exactOptional(),
  allowedModels: z.array(z.string()).nullable().exactOptional(),
  rpm: z.number().exactOptional(),
  maxConcurrency: z.number().exactOptional(),
  warnAt: z.array(z.number()).exactOptional(),
  onOversize: z.enum(['refuse', 'clamp']).exactOptional(),
  ingestBytesADay: z.number().exactOptional(),
});
const tierItem: z.ZodType<Tier> = z.object({
  name: z.string(),
  values: valuesItem,
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
});
const tiersItem = z.object({ tiers: z.array(tierItem) });

/** `PROJECT#<id> / TIERS`. */
export const tableTierStore = (settings: Pick<ProjectSettings, 'read' | 'write'>): TierStore => ({
  read: async (projectId) => {
    const seen = await settings.read(projectId, 'TIERS');
    return { book: bookOf(seen?.value ?? { tiers: [] }), seen };
  },
  write: async ({ projectId, seen, book, name, action, tier, byKeyId, atMs }) =>
    await settings.write({
      projectId,
      name: 'TIERS',
      seen,
      value: book.size === 0 ? null : { tiers: [...book.values()] },
      audit: { byKeyId, subject: `tiers/${name}`, action, value: tier },
      atMs,
    }),
});

const bookOf = (value: unknown): TierBook =>
  new Map(tiersItem.parse(value).tiers.map((tier) => [tier.name, tier]));
