import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import { authenticateReader } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import type { TierStore } from '../../ledger/ports/tiers.ts';
import { systemClock } from '../../platform/clock.ts';
import {
  applyTierBody,
  deleteTierQuery,
  putTierBody,
  tierName,
  tierValuesOf,
  tierView,
} from '../formats/tier-format.ts';
import { allowedNames, warningsView } from '../formats/warning-format.ts';
import { applyTier, foundTier, putTier, removeTier } from '../usecases/manage-tiers.ts';
import type { WarnOfNames } from '../usecases/warn-of-names.ts';
import { nameOf, settingAsked } from './setting-asked.ts';

export interface TierRoutesDeps {
  readonly keys: KeyRegister;
  readonly tiers: TierStore;
  readonly warn: WarnOfNames;
}

/** Tiers of a project: what their keys have when nobody says otherwise. */
export const tierRoutes = ({
  keys,
  tiers,
  warn,
}: TierRoutesDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/tiers': async (request) => {
    const { projectId } = await authenticateReader(keys, request);
    const { book } = await tiers.read(projectId);
    return { status: 200, body: listBody([...book.values()].map(tierView), null) };
  },
  'GET /v1/tiers/{name}': async (request) => {
    const { projectId } = await authenticateReader(keys, request);
    const { book } = await tiers.read(projectId);
    return { status: 200, body: tierView(foundTier(book, nameOf(request))) };
  },
  'PUT /v1/tiers/{name}': async (request) => {
    const asked = await settingAsked(keys, request);
    const name = checked(tierName, asked.name);
    const body = checked(putTierBody, jsonBody(request));
    const warnings = await warn(asked.projectId, allowedNames(body), asked.nowMs);
    const tier = await putTier(tiers, { ...asked, name }, tierValuesOf(body));
    return { status: 200, body: { ...tierView(tier), ...warningsView(warnings) } };
  },
  'DELETE /v1/tiers/{name}': async (request) => {
    const asked = await settingAsked(keys, request);
    const { force } = checked(deleteTierQuery, request.query);
    await removeTier({ keys, tiers }, asked, force === 'true');
    return { status: 200, body: { object: 'tier', name: asked.name, deleted: true } };
  },
  'POST /v1/tiers/{name}/apply': async (request) => {
    const { projectId, name } = await settingAsked(keys, request);
    const { cursor } = checked(applyTierBody, jsonBody(request));
    const tier = foundTier((await tiers.read(projectId)).book, name);
    const deps = { keys, nowMs: () => systemClock.nowMs() };
    const { nextCursor, ...applied } = await applyTier(deps, projectId, tier, cursor ?? null);
    return {
      status: 200,
      body: {
        object: 'tier_apply',
        name,
        keys: applied.keys,
        changed: applied.changed,
        of_other_period: applied.ofOtherPeriod,
        has_more: nextCursor !== null,
        next_cursor: nextCursor,
      },
    };
  },
});
