import * as z from 'zod';
import { FIRST_PROJECT_ID } from '../../ledger/domain/key.ts';
import type { ProjectSettings } from '../../ledger/ports/settings.ts';
import type { OwnPrice, OwnTerms } from '../models/own-prices.ts';
import type { OwnPriceStore, ReadPrices } from '../ports/stage-prices.ts';

const PRICES = 'PRICES';

const tiers = z
  .object({
    flex: z.int().exactOptional(),
    priority: z.int().exactOptional(),
    batch: z.int().exactOptional(),
  })
  .exactOptional();
const termsItem = z.union([
  z.object({ kind: z.literal('rates'), rates: z.record(z.string(), z.int()), tiers }),
  z.object({ kind: z.literal('share'), basisPoints: z.int(), tiers }),
  z.object({ kind: z.literal('free') }),
]) satisfies z.ZodType<OwnTerms>;
const priceItem = z.object({
  model: z.string(),
  periods: z.array(z.object({ fromMs: z.int(), terms: termsItem.nullable() })),
}) satisfies z.ZodType<OwnPrice>;
const pricesItem = z.object({ prices: z.array(priceItem) });

/** All that a call needs of them. */
export const readOwnPrices = async (
  settings: Pick<ProjectSettings, 'read'>,
): Promise<ReadPrices> => {
  const seen = await settings.read(FIRST_PROJECT_ID, PRICES);
  return { prices: seen === null ? [] : pricesItem.parse(seen.value).prices, seen };
};

/**
 * All own prices of the stage in one item of its first project: who holds a key of that project's admins operates the stage
 * and pays the providers, whose accounts all projects share.
 */
export const tableOwnPrices = (
  settings: Pick<ProjectSettings, 'read' | 'write'>,
): OwnPriceStore => ({
  read: async () => await readOwnPrices(settings),
  write: async ({ prices, seen, price, action, byKeyId, atMs }) =>
    await settings.write({
      projectId: FIRST_PROJECT_ID,
      name: PRICES,
      seen,
      value: prices.length === 0 ? null : { prices },
      audit: { byKeyId, subject: `prices/${price.model}`, action, value: price },
      atMs,
    }),
});
