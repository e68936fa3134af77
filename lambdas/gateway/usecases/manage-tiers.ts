import {
  TIER_LIMITS,
  valuesForOld,
  type Tier,
  type TierBook,
  type TierValues,
} from '../../ledger/domain/tier.ts';
import type { KeyState } from '../../ledger/domain/key.ts';
import type { KeyPatch, KeyRegister } from '../../ledger/ports.ts';
import type { TierStore } from '../../ledger/ports/tiers.ts';
import { AppError } from '../../shared/app-error.ts';
import { changeSetting, type SettingAsked } from './change-setting.ts';

const KEYS_A_PAGE = 50;
/** What one answer takes at most; a project of more keys is asked again. */
const APPLY_MS = 15_000;

/** Makes a tier, or puts another in its place. Keys that are there keep what they have until it is applied. */
export const putTier = async (
  store: TierStore,
  { name, nowMs, ...asked }: SettingAsked,
  values: TierValues,
): Promise<Tier> =>
  await changeSetting('tiers', async () => {
    const { book, seen } = await store.read(asked.projectId);
    const known = book.get(name);
    if (known === undefined && book.size >= TIER_LIMITS.tiersMax)
      throw new AppError({
        code: 'conflict',
        publicMessage: `The project has ${TIER_LIMITS.tiersMax} tiers, which is as many as it may.`,
      });
    const tier = { name, values, createdAtMs: known?.createdAtMs ?? nowMs, updatedAtMs: nowMs };
    const isWritten = await store.write({
      ...asked,
      seen,
      book: new Map([...book, [name, tier]]),
      name,
      action: known === undefined ? 'created' : 'changed',
      tier,
      atMs: nowMs,
    });
    return isWritten ? tier : null;
  });

/** Throws AppError `conflict` while a key names it, unless forced: then its keys keep what they have. */
export const removeTier = async (
  deps: { readonly keys: KeyRegister; readonly tiers: TierStore },
  { name, nowMs, ...asked }: SettingAsked,
  isForced: boolean,
): Promise<void> => {
  foundTier((await deps.tiers.read(asked.projectId)).book, name);
  const user = isForced ? null : await firstKeyOf(deps.keys, asked.projectId, name);
  if (user !== null)
    throw new AppError({
      code: 'conflict',
      publicMessage: `Keys name the tier ${name}, ${user} among them: give them another one, or ask with force=true.`,
      facts: { key_id: user },
    });
  await changeSetting('tiers', async () => {
    const { book, seen } = await deps.tiers.read(asked.projectId);
    foundTier(book, name);
    const left = new Map(book);
    left.delete(name);
    const change = { ...asked, seen, book: left, name, action: 'removed', tier: null } as const;
    return (await deps.tiers.write({ ...change, atMs: nowMs })) ? true : null;
  });
};

const firstKeyOf = async (
  keys: KeyRegister,
  projectId: string,
  tier: string,
): Promise<string | null> => {
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<KeyRegister['list']>> = await keys.list({
      projectId,
      metadata: {},
      limit: KEYS_A_PAGE,
      cursor,
    });
    const user = page.records.find(
      ({ state }) => state.tier === tier && state.status !== 'revoked',
    );
    if (user !== undefined) return user.state.keyId;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return null;
};

/** How far a tier was carried to its keys. */
export interface Applied {
  /** Keys of the tier that were looked at. */
  readonly keys: number;
  readonly changed: number;
  /** Of those, keys whose period is another than the tier's: they kept their cap. */
  readonly ofOtherPeriod: number;
  /** Where to continue; null: every key was seen. */
  readonly nextCursor: string | null;
}

/** Gives the keys of a tier its values, in each field that nobody named for the key itself. Safe to repeat. */
export const applyTier = async (
  deps: { readonly keys: KeyRegister; readonly nowMs: () => number },
  projectId: string,
  tier: Tier,
  from: string | null,
): Promise<Applied> => {
  const untilMs = deps.nowMs() + APPLY_MS;
  const applied = { keys: 0, changed: 0, ofOtherPeriod: 0 };
  let cursor = from;
  for (;;) {
    const page = await deps.keys.list({ projectId, metadata: {}, limit: KEYS_A_PAGE, cursor });
    const ofTier = page.records.filter(
      ({ state }) => state.tier === tier.name && state.status !== 'revoked',
    );
    applied.keys += ofTier.length;
    for (const { state } of ofTier) {
      if (asOf(state, tier)?.isOfOtherPeriod === true) applied.ofOtherPeriod += 1;
      if (!isChanged(state, tierPatch(state, tier))) continue;
      await patchUnlessRevoked(deps, projectId, state.keyId, tier);
      applied.changed += 1;
    }
    cursor = page.nextCursor;
    if (cursor === null || deps.nowMs() >= untilMs) return { ...applied, nextCursor: cursor };
  }
};

const patchUnlessRevoked = async (
  deps: { readonly keys: KeyRegister; readonly nowMs: () => number },
  projectId: string,
  keyId: string,
  tier: Tier,
): Promise<void> => {
  try {
    // Another patch in between may have taken the key out of the tier.
    const patch = (state: KeyState): KeyPatch =>
      state.tier === tier.name ? tierPatch(state, tier) : {};
    await deps.keys.patch(projectId, keyId, patch, deps.nowMs());
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'conflict')) throw error;
  }
};

const asOf = (state: KeyState, tier: Tier) =>
  state.sources === null ? null : valuesForOld(tier, state.sources.own, state);

/** What a tier changes of a key: nothing of one whose fields are all its own. */
export const tierPatch = (state: KeyState, tier: Tier): KeyPatch => {
  const taken = asOf(state, tier);
  if (taken === null || state.sources === null) return {};
  const { period: _, ...values } = taken.values;
  return { ...values, sources: { own: state.sources.own, ofTier: taken.ofTier } };
};

const isChanged = (state: KeyState, { sources, ...values }: KeyPatch): boolean =>
  (sources !== undefined &&
    sources.ofTier.toSorted().join() !== state.sources?.ofTier.toSorted().join()) ||
  Object.entries(values).some(
    ([name, value]) =>
      JSON.stringify(value) !== JSON.stringify(new Map(Object.entries(state)).get(name)),
  );

export const foundTier = (book: TierBook, name: string): Tier => {
  const tier = book.get(name);
  if (tier !== undefined) return tier;
  throw new AppError({ code: 'not_found', publicMessage: 'This tier does not exist.' });
};
