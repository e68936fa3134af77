import type { MaskPattern, OwnMask } from '../domain/mask-pattern.ts';
import type { MaskBook, OwnMasks } from '../ports/masks.ts';

const KEPT_MS = 60_000;
const TENANTS_MAX = 1_000;

interface Kept {
  readonly untilMs: number;
  readonly mask: Promise<OwnMask | null>;
}

interface RememberedMasksDeps {
  readonly book: Pick<MaskBook, 'get'>;
  readonly compile: (patterns: readonly MaskPattern[]) => Promise<OwnMask>;
}

/** Patterns are read at most once a minute for each project. What could not be read is read again by the next request. */
export const rememberedMasks = ({ book, compile }: RememberedMasksDeps): OwnMasks => {
  const known = new Map<string, Kept>();
  const read = async (tenant: string): Promise<OwnMask | null> => {
    const patterns = await book.get(tenant);
    return patterns.length === 0 ? null : await compile(patterns);
  };
  return {
    of: async (tenant, nowMs) => {
      const found = known.get(tenant);
      if (found !== undefined && nowMs < found.untilMs) return await found.mask;
      if (known.size >= TENANTS_MAX) known.clear();
      const mask = read(tenant);
      known.set(tenant, { untilMs: nowMs + KEPT_MS, mask });
      try {
        return await mask;
      } catch (error) {
        known.delete(tenant);
        throw error;
      }
    },
  };
};
