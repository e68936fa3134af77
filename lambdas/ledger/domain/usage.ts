import { assert } from '../../shared/assert.ts';

export type UsageUnit = 'tokens' | 'characters' | 'seconds' | 'images' | 'searches';

interface KindFacts {
  /** Its name in an hour's row and, with `_tokens` after it where it counts tokens, on the wire. Kinds may share one. */
  readonly figure: string;
  readonly unit: UsageUnit;
  /** Release 0.1 wrote it to no hour's row, or nowhere at all. */
  readonly isNew?: 'in rows' | 'everywhere';
}

/**
 * What providers bill by, the one list: the stored settlement, the rows of hours, the totals and what callers see follow
 * from it. The kinds never overlap: `input` is what was neither read from nor written to a cache (OpenAI and Gemini
 * count cached tokens inside their input, Anthropic does not: the wires subtract, so that this means one thing), and
 * `output` includes `reasoning`, `audioOutput` and `imageOutput`. `reasoning` is for show and never priced again. `seconds` are of
 * audio, a begun one counts whole. A stored settlement that lacks a kind has none of it, so a release may add a line.
 */
const KINDS = {
  input: { figure: 'input', unit: 'tokens' },
  cacheRead: { figure: 'cache_read', unit: 'tokens' },
  cacheWrite5m: { figure: 'cache_write', unit: 'tokens' },
  cacheWrite1h: { figure: 'cache_write', unit: 'tokens' },
  output: { figure: 'output', unit: 'tokens' },
  reasoning: { figure: 'reasoning', unit: 'tokens', isNew: 'in rows' },
  audioInput: { figure: 'audio_input', unit: 'tokens', isNew: 'in rows' },
  audioOutput: { figure: 'audio_output', unit: 'tokens', isNew: 'in rows' },
  imageInput: { figure: 'image_input', unit: 'tokens', isNew: 'everywhere' },
  imageOutput: { figure: 'image_output', unit: 'tokens', isNew: 'everywhere' },
  characters: { figure: 'characters', unit: 'characters', isNew: 'everywhere' },
  seconds: { figure: 'seconds', unit: 'seconds', isNew: 'everywhere' },
  images: { figure: 'images', unit: 'images', isNew: 'everywhere' },
  searches: { figure: 'searches', unit: 'searches', isNew: 'everywhere' },
} as const satisfies Readonly<Record<string, KindFacts>>;

type UsageKind = keyof typeof KINDS;

/** Counts of one call by kind, whole numbers. */
export type TokenUsage = Readonly<Record<UsageKind, number>>;

const isKind = (name: string): name is UsageKind => Object.hasOwn(KINDS, name);
const USAGE_KINDS: readonly UsageKind[] = Object.keys(KINDS).filter(isKind);
const factsOf = (kind: UsageKind): KindFacts => KINDS[kind];
export const unitOf = (kind: UsageKind): UsageUnit => factsOf(kind).unit;

/** Counts made kind by kind. */
export const countsBy = (count: (kind: UsageKind) => number): TokenUsage => {
  const counts: Partial<Record<UsageKind, number>> = {};
  for (const kind of USAGE_KINDS) counts[kind] = count(kind);
  assert(isWhole(counts), 'every kind has a count');
  return counts;
};

const isWhole = (counts: Partial<TokenUsage>): counts is TokenUsage =>
  USAGE_KINDS.every((kind) => counts[kind] !== undefined);

export const NO_TOKENS: TokenUsage = countsBy(() => 0);

/** Counts as they are stored and shown: a kind that is absent is zero. */
export type StoredCounts = Partial<TokenUsage>;

/** Stored counts read back. */
export const countsOf = (stored: StoredCounts): TokenUsage => countsBy((kind) => stored[kind] ?? 0);

/** While a stage is deployed, functions of the release before read them too. */
export const storedCounts = (counts: TokenUsage): StoredCounts =>
  Object.fromEntries(
    USAGE_KINDS.filter((kind) => factsOf(kind).isNew !== 'everywhere' || counts[kind] !== 0).map(
      (kind) => [kind, counts[kind]],
    ),
  );

/** What rows of hours and callers are shown: each figure once, with its name on the wire. */
export const USAGE_FIGURES: readonly {
  readonly figure: string;
  readonly view: string;
  /** A row that was begun by an earlier release shows less of it than its settlements. */
  readonly isNew: boolean;
}[] = [
  ...new Map(
    USAGE_KINDS.map((kind) => {
      const { figure, unit, isNew } = factsOf(kind);
      const view = unit === 'tokens' ? `${figure}_tokens` : figure;
      return [figure, { figure, view, isNew: isNew !== undefined }];
    }),
  ).values(),
];

/** Counts summed by figure. */
export const figuresOf = (counts: TokenUsage): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {};
  for (const kind of USAGE_KINDS) {
    const { figure } = factsOf(kind);
    sums[figure] = (sums[figure] ?? 0) + counts[kind];
  }
  return sums;
};

/** Figures under their names on the wire, all of them. */
export const figuresView = (figures: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(USAGE_FIGURES.map(({ figure, view }) => [view, figures[figure] ?? 0]));

export type SettlementStatus =
  | 'completed'
  | 'cancelled'
  | 'deadline'
  | 'provider_error'
  | 'released'
  | 'expired';

/** Did a call end in a way that its caller did not choose? */
export const isFailed = ({ status }: Pick<Settlement, 'status'>): boolean =>
  status !== 'completed' && status !== 'cancelled';

/** What one call cost and how it went: `last` in the key's item, and the usage event made from it. */
export interface Settlement {
  readonly holdId: string;
  readonly requestId: string;
  readonly keyId: string;
  readonly projectId: string;
  readonly model: string;
  readonly provider: string;
  readonly tokens: TokenUsage;
  readonly costNanoUsd: number;
  /** true: the provider sent no usage and the tokens were counted here. */
  readonly estimated: boolean;
  readonly status: SettlementStatus;
  readonly startedAtMs: number;
  readonly settledAtMs: number;
  readonly firstTokenMs: number | null;
  readonly totalMs: number;
  readonly feature: string | null;
  readonly threadId: string | null;
  readonly endUserId: string | null;
  /** How a call by a route came to its model. */
  readonly route?: string;
}
