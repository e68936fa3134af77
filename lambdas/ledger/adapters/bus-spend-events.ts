import * as z from 'zod';
import type { PutEntries } from '../../platform/event-bus.ts';
import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import { microsFloorFromNanoUsd, microsFromNanoUsd } from '../../shared/money.ts';
import type { SpendEvent, SpendEvents } from '../ports/spend-events.ts';
import { ITEM_SCHEMA } from './item-schema.ts';
import { keyUpdate, type KeyUpdate } from './key-update.ts';
import { projectKey } from './profile-row.ts';
import type { Clock } from '../../shared/deps.ts';

const REMEMBERED_MAX = 10_000;
/** Longer than sending takes; whoever claimed and has not sent by then is dead. */
const CLAIM_MS = 8_000;
const FREE = 0;
const TOLD = 1;
const CLAIMED = 2;

export interface SpendEventsDeps {
  readonly tables: Tables;
  /** Notifies the bus; throws when the bus did not accept it. `id` is the event's, the same whoever sends it. */
  readonly publish: (event: SpendEvent, id: string) => Promise<void>;
  readonly clock: Clock;
}

/**
 * Each event is sent once: a marker item is claimed for a moment, the bus is notified, the marker says so for ever. A claim
 * is given back when the bus fails, and lapses when its owner dies. Only an owner that dies between sending and saying so
 * sends a second time; a consumer that must not see an event twice uses `event_id`, which is the same whoever sends it.
 */
export const busSpendEvents = (deps: SpendEventsDeps): SpendEvents => {
  const remembered = new Set<string>();
  return {
    tell: async (event) => {
      const id = eventId(event);
      if (remembered.has(id)) return 'told';
      const outcome = await tellOnce(deps, event, id);
      if (outcome === 'told') {
        if (remembered.size >= REMEMBERED_MAX) remembered.clear();
        remembered.add(id);
      }
      return outcome;
    },
  };
};

const tellOnce = async (
  deps: SpendEventsDeps,
  event: SpendEvent,
  id: string,
): Promise<'told' | 'pending'> => {
  const key = markerKey(event);
  const claim = await deps.tables.update(claimUpdate(key, event, deps.clock.nowMs()));
  if (claim.kind === 'refused') {
    const { told, told_cap: toldCap } = marker.parse(claim.item);
    if (told === TOLD && toldCap === undefined && isForGood(event))
      await deps.tables.update(adoptUpdate(key, event));
    const isOfCap = isForGood(event) && (toldCap ?? 0) >= event.capNanoUsd;
    return told === TOLD || isOfCap ? 'told' : 'pending';
  }
  try {
    await deps.publish(event, id);
  } catch (error) {
    await deps.tables.update(markUpdate(key, FREE));
    throw error;
  }
  await deps.tables.update(markUpdate(key, TOLD, isForGood(event) ? event.capNanoUsd : null));
  return 'told';
};

/** The window never ends: the marker has the highest cap that was told, so that a higher one is told again. */
const isForGood = ({ window }: SpendEvent): boolean => window === 'lifetime';

const marker = z.object({ told: z.number(), told_cap: z.number().optional() });

const claimUpdate = (key: ItemKey, event: SpendEvent, nowMs: number): KeyUpdate => {
  const free = 'told = :free OR (told = :claimed AND claimed_until <= :now)';
  const isHigher = 'told_cap < :cap';
  const isAgain = isForGood(event) && (event.kind !== 'ProjectCapWarned' || event.isCrossedAnew);
  const condition = isForGood(event)
    ? `((${free}) AND (attribute_not_exists(told_cap) OR ${isHigher}))${isAgain ? ` OR (told = :said AND ${isHigher})` : ''}`
    : free;
  return keyUpdate({
    key,
    condition: `attribute_not_exists(told) OR ${condition}`,
    update: 'SET told = :claimed, claimed_until = :until, #schema = :schema',
    names: { '#schema': 'schema' },
    values: {
      ':free': FREE,
      ':claimed': CLAIMED,
      ':now': nowMs,
      ':until': nowMs + CLAIM_MS,
      ':schema': ITEM_SCHEMA,
      ...(isForGood(event) ? { ':cap': event.capNanoUsd } : {}),
      ...(isAgain ? { ':said': TOLD } : {}),
    },
  });
};

/** A marker of a release that told a lifetime once: of which cap it was is known from here on. */
const adoptUpdate = (key: ItemKey, { capNanoUsd }: SpendEvent): KeyUpdate =>
  keyUpdate({
    key,
    condition: 'attribute_exists(told) AND attribute_not_exists(told_cap)',
    update: 'SET told_cap = :cap',
    names: {},
    values: { ':cap': capNanoUsd },
  });

const markUpdate = (key: ItemKey, told: number, capNanoUsd: number | null = null): KeyUpdate =>
  keyUpdate({
    key,
    condition: 'told = :claimed',
    update: `SET told = :told${capNanoUsd === null ? '' : ', told_cap = :cap'} REMOVE claimed_until`,
    names: {},
    values: {
      ':claimed': CLAIMED,
      ':told': told,
      ...(capNanoUsd === null ? {} : { ':cap': capNanoUsd }),
    },
  });

const markerKey = (event: SpendEvent): ItemKey => ({
  pk: 'keyId' in event ? `KEY#${event.keyId}` : projectKey(event.projectId),
  sk: `TOLD#${toldOf(event)}`,
});

/** What is sent once. A project's budget that starts again sends it again. */
const toldOf = (event: SpendEvent): string =>
  [
    event.kind,
    ...('epoch' in event ? [event.epoch] : []),
    event.window,
    'threshold' in event ? event.threshold : 1,
  ].join('#');

const eventId = (event: SpendEvent): string =>
  [
    'keyId' in event ? event.keyId : event.projectId,
    toldOf(event),
    ...(isForGood(event) ? [event.capNanoUsd] : []),
  ].join('#');

/** `publish` on an event bus. */
export const spendEntry =
  (put: PutEntries) =>
  async (event: SpendEvent, id: string): Promise<void> =>
    await put([
      {
        source: 'sluice.inference',
        type: event.kind,
        detail: {
          event_id: id,
          ...('keyId' in event ? { key_id: event.keyId } : {}),
          project_id: event.projectId,
          ...('period' in event ? { period: event.period } : {}),
          window: event.window,
          ...('threshold' in event ? { threshold: event.threshold } : {}),
          cap_micros: microsFloorFromNanoUsd(event.capNanoUsd),
          spent_micros: microsFromNanoUsd(event.spentNanoUsd),
        },
      },
    ]);
