import * as z from 'zod';
import { queryNumber } from '../../http/query-number.ts';
import { isItemKeyText } from '../../http/item-key-text.ts';
import { isModelName } from '../../inference/models/route-model.ts';
import {
  isAlias,
  ROUTE_LIMITS,
  type ModelRoute,
  type RoutePlan,
} from '../../inference/routing/route.ts';
import type { WrittenName } from './warning-format.ts';
import type { SettingRecord } from '../../ledger/ports/settings.ts';

const model = z
  .string()
  .min(1)
  .max(256)
  .refine((name) => isModelName(name) && isItemKeyText(name), 'a name without blanks');
const word = z.string().min(1).max(64);
const target = z.strictObject({
  model: model.describe('a model as a client names it, or another route of the project'),
  weight: z
    .number()
    .gt(0)
    .lte(1_000)
    .nullable()
    .optional()
    .describe('its share of the first tries'),
  region: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
    .nullable()
    .optional()
    .describe('the account <provider>@<region> of the stage'),
});
const plan = z.strictObject({
  targets: z.array(target).min(1).max(ROUTE_LIMITS.targetsMax),
  on_cap: z.enum(['refuse', 'downgrade']).default('refuse'),
  downgrade_at: z.number().gt(0).lte(1).default(0.9).describe('share of the cap, spent or held'),
  downgrade_to: model.nullable().default(null).describe('null: the cheapest of the targets'),
});
const settings = {
  default: plan,
  tiers: z
    .record(word, plan)
    .refine(
      (tiers) => Object.keys(tiers).length <= ROUTE_LIMITS.tiersMax,
      `at most ${ROUTE_LIMITS.tiersMax} tiers`,
    ),
  retries: z.int().min(0).max(ROUTE_LIMITS.retriesMax),
  first_token_ms: z.int().min(500).max(300_000).nullable(),
  provider_rpm: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/), z.int().min(1).max(60_000))
    .refine((limits) => Object.keys(limits).length <= 20, 'at most 20 providers'),
};

/** POST /v1/routes */
export const createRouteBody = z.strictObject({
  name: model.describe('an alias, or the model that falls back'),
  ...settings,
  tiers: settings.tiers.default({}),
  retries: settings.retries.default(1),
  first_token_ms: settings.first_token_ms.default(null),
  provider_rpm: settings.provider_rpm.default({}),
});
export type CreateRouteBody = z.infer<typeof createRouteBody>;

/** PATCH /v1/routes/{name}: a field that is named replaces what was there. */
export const patchRouteBody = z.strictObject(settings).partial();
export type PatchRouteBody = z.infer<typeof patchRouteBody>;

/** GET /v1/project/changes */
export const changesQuery = z.strictObject({
  limit: queryNumber(1, 100).default(50),
  cursor: z.string().max(512).optional(),
});

type PlanBody = z.infer<typeof plan>;

/** Models and routes that the plans of a body name. */
export const namesOfPlans = ({
  default: first,
  tiers = {},
}: PatchRouteBody): readonly WrittenName[] =>
  [
    ...(first === undefined ? [] : [['default', first] as const]),
    ...Object.entries(tiers).map(([tier, body]) => [`tiers.${tier}`, body] as const),
  ].flatMap(([field, body]) => namesOfPlan(field, body));

const namesOfPlan = (
  field: string,
  { targets, downgrade_to }: PlanBody,
): readonly WrittenName[] => [
  ...targets.map(({ model: name }, index) => ({ param: `${field}.targets.${index}.model`, name })),
  ...(downgrade_to === null ? [] : [{ param: `${field}.downgrade_to`, name: downgrade_to }]),
];

/** The model that falls back; an alias is a name of its own. */
export const namedModel = ({ name }: CreateRouteBody): readonly WrittenName[] =>
  isAlias(name) ? [] : [{ param: 'name', name }];

const readPlan = (body: PlanBody): RoutePlan => ({
  targets: body.targets.map(({ model: name, weight = null, region = null }) => ({
    model: name,
    weight,
    region,
  })),
  onCap: body.on_cap,
  downgradeAt: body.downgrade_at,
  downgradeTo: body.downgrade_to,
});

const readPlans = (tiers: Readonly<Record<string, PlanBody>>): ModelRoute['tiers'] =>
  Object.fromEntries(Object.entries(tiers).map(([tier, body]) => [tier, readPlan(body)]));

export const readRoute = (body: CreateRouteBody, nowMs: number): ModelRoute => ({
  name: body.name,
  plan: readPlan(body.default),
  tiers: readPlans(body.tiers),
  retries: body.retries,
  firstTokenMs: body.first_token_ms,
  providerRpm: body.provider_rpm,
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
});

export const patchRoute = (route: ModelRoute, body: PatchRouteBody, nowMs: number): ModelRoute => ({
  ...route,
  ...(body.default === undefined ? {} : { plan: readPlan(body.default) }),
  ...(body.tiers === undefined ? {} : { tiers: readPlans(body.tiers) }),
  ...(body.retries === undefined ? {} : { retries: body.retries }),
  ...(body.first_token_ms === undefined ? {} : { firstTokenMs: body.first_token_ms }),
  ...(body.provider_rpm === undefined ? {} : { providerRpm: body.provider_rpm }),
  updatedAtMs: nowMs,
});

const planView = ({ targets, onCap, downgradeAt, downgradeTo }: RoutePlan) => ({
  targets: targets.map((one) => ({ ...one })),
  on_cap: onCap,
  downgrade_at: downgradeAt,
  downgrade_to: downgradeTo,
});

/** A route on the wire. */
export const routeView = (route: ModelRoute) => ({
  object: 'route' as const,
  name: route.name,
  kind: isAlias(route.name) ? ('alias' as const) : ('fallback' as const),
  default: planView(route.plan),
  tiers: Object.fromEntries(
    Object.entries(route.tiers).map(([tier, one]) => [tier, planView(one)] as const),
  ),
  retries: route.retries,
  first_token_ms: route.firstTokenMs,
  provider_rpm: { ...route.providerRpm },
  created_at: route.createdAtMs,
  updated_at: route.updatedAtMs,
});

export const changeView = ({ id, atMs, byKeyId, subject, action, value }: SettingRecord) => ({
  object: 'project_change' as const,
  id,
  at: atMs,
  by_key_id: byKeyId,
  subject,
  action,
  value,
});
