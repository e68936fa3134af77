import { routeModel } from '../models/route-model.ts';

/** Limits of what a project may write down, so that one small item holds it. */
export const ROUTE_LIMITS = {
  routesMax: 50,
  targetsMax: 8,
  tiersMax: 20,
  /** Targets of one plan after the routes that it names are put in their place. */
  resolvedMax: 16,
  /** Routes that lead to routes: at most so many steps. */
  depthMax: 4,
  retriesMax: 3,
  itemBytesMax: 200_000,
} as const;

/** Where a call may go: a model as a client names it, or another route of the project. */
export interface RouteTarget {
  readonly model: string;
  /** Its share of the first tries among the targets that have one; null: its place in the list decides. */
  readonly weight: number | null;
  /** The account of the model's provider that is set for this region; null: the provider's only one. */
  readonly region: string | null;
}

/** What the keys of one tier get. */
export interface RoutePlan {
  readonly targets: readonly RouteTarget[];
  readonly onCap: 'refuse' | 'downgrade';
  /** The share of the cap, spent or held, from which on a call is downgraded. */
  readonly downgradeAt: number;
  /** The model of a downgraded call; null: the cheapest of the targets. */
  readonly downgradeTo: string | null;
}

/**
 * A project's own name for a choice of models. One whose name is a model's own is what that model falls back to, after it
 * was asked.
 */
export interface ModelRoute {
  readonly name: string;
  readonly plan: RoutePlan;
  /** Plans by the tier of the key that asks. */
  readonly tiers: Readonly<Record<string, RoutePlan>>;
  /** Tries of one target after its first, where nothing was billed. */
  readonly retries: number;
  /** How long a target may be silent before its first token, in ms; null: as long as any call. */
  readonly firstTokenMs: number | null;
  /** Requests a minute that the project sends to a provider by its routes. */
  readonly providerRpm: Readonly<Record<string, number>>;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** All of a project's, by name. */
export type RouteBook = ReadonlyMap<string, ModelRoute>;

/** A name that belongs to no family and to no provider is an alias; any other names the model that falls back. */
export const isAlias = (name: string): boolean => routeModel(name) === null;

export const planOf = (route: ModelRoute, tier: string | null): RoutePlan =>
  (tier !== null && Object.hasOwn(route.tiers, tier) ? route.tiers[tier] : undefined) ?? route.plan;

/** What the account of a provider is called that is set for a region; null: its only one. */
export const accountName = (provider: string, region: RouteTarget['region']): string =>
  region === null ? provider : `${provider}@${region}`;
