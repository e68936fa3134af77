import type { KeyScope, OversizeRule, Period } from './key.ts';

/** Bounds the one item that a project's tiers are in. */
export const TIER_LIMITS = { tiersMax: 100 } as const;

/** What a key takes from its tier when nobody named it for the key itself; a field that is absent is left to its default. */
export interface TierValues {
  /** null: no cap. */
  readonly capNanoUsd?: number | null;
  readonly period?: Period;
  /** null: every model. */
  readonly allowedModels?: readonly string[] | null;
  readonly rpm?: number;
  readonly maxConcurrency?: number;
  readonly warnAt?: readonly number[];
  readonly onOversize?: OversizeRule;
  readonly ingestBytesADay?: number;
}

export interface Tier {
  readonly name: string;
  readonly values: TierValues;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export type TierBook = ReadonlyMap<string, Tier>;

/** Fields that a key may have from its tier, by their names on the wire. */
export const TIER_FIELDS = {
  max_spend_usd: 'capNanoUsd',
  period: 'period',
  allowed_models: 'allowedModels',
  rpm: 'rpm',
  max_concurrency: 'maxConcurrency',
  warn_at: 'warnAt',
  on_oversize: 'onOversize',
  ingest_bytes_per_day: 'ingestBytesADay',
} as const satisfies Readonly<Record<string, keyof TierValues>>;
export type TierField = keyof typeof TIER_FIELDS;

export const isTierField = (name: string): name is TierField => Object.hasOwn(TIER_FIELDS, name);

/** Which fields of a key were named for itself, and which have their values from its tier. */
export interface FieldSources {
  readonly own: readonly TierField[];
  readonly ofTier: readonly TierField[];
}

/** As it is stored: `rpm,warn_at|max_spend_usd`. */
export const packSources = ({ own, ofTier }: FieldSources): string =>
  [own, ofTier].map((fields) => fields.toSorted().join(',')).join('|');

export const unpackSources = (packed: string): FieldSources => {
  const [own = '', ofTier = ''] = packed.split('|');
  return { own: own.split(',').filter(isTierField), ofTier: ofTier.split(',').filter(isTierField) };
};

/** What a key takes of a tier, and which fields these are. */
export interface FromTier {
  readonly values: TierValues;
  readonly ofTier: readonly TierField[];
  /** The tier's cap is of another period than the key's, which never changes: the key keeps its cap. */
  readonly isOfOtherPeriod: boolean;
}

/** For a key that is made; `named`: what its maker said of the key itself. */
export const valuesForNew = (
  { values }: Tier,
  named: readonly TierField[],
  scope: KeyScope,
): FromTier => {
  const ofTier = fieldsOf(values, scope).filter((field) => !named.includes(field));
  return { values: valuesIn(values, ofTier), ofTier, isOfOtherPeriod: false };
};

/** For a key that is there. */
export const valuesForOld = (
  { values }: Tier,
  own: readonly TierField[],
  key: { readonly period: Period; readonly scope: KeyScope },
): FromTier => {
  const isOfOtherPeriod =
    !own.includes('max_spend_usd') &&
    values.capNanoUsd !== undefined &&
    values.period !== undefined &&
    values.period !== key.period;
  const ofTier = fieldsOf(values, key.scope).filter(
    (field) =>
      !own.includes(field) &&
      (field !== 'period' || values.period === key.period) &&
      !(field === 'max_spend_usd' && isOfOtherPeriod),
  );
  return { values: valuesIn(values, ofTier), ofTier, isOfOtherPeriod };
};

const fieldsOf = (values: TierValues, scope: KeyScope): readonly TierField[] =>
  Object.keys(TIER_FIELDS)
    .filter(isTierField)
    .filter((field) => values[TIER_FIELDS[field]] !== undefined)
    .filter((field) => field !== 'ingest_bytes_per_day' || scope === 'ingest');

const valuesIn = (values: TierValues, fields: readonly TierField[]): TierValues =>
  Object.fromEntries(
    Object.entries(values).filter(([name]) => fields.some((field) => TIER_FIELDS[field] === name)),
  );
