import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import { microsFloorFromNanoUsd, microsFromNanoUsd } from '../../shared/money.ts';
import type { SpendEvent, SpendEvents } from '../ports.ts';
import { ITEM_SCHEMA } from './item-schema.ts';
import { keyUpdate, type KeyUpdate } from './key-update.ts';
import type { Clock } from '../../shared/deps.ts';

const REMEMBERED_MAX = 10_000;
/** Longer than sending takes; whoever claimed and has not sent by then is dead. */
const CLAIM_MS = 8_000;
const FREE = 0;
const TOLD = 1;
const CLAIMED = 2;

export interface SpendEventsDeps {
  readonly tables: Tables;
  /** Notifies the bus; throws when the bus did not accept it. */
  readonly publish: (event: SpendEvent, id: string) => Promise<void>;
  readonly clock: Clock;
}

/**
 * Each event is sent once for its key, window and threshold: a marker item is claimed for a moment, the bus is notified,
 * the marker says so for ever. A claim is given back when the bus fails, and lapses when its owner dies. Only an owner
 * that dies between sending and saying so sends a second time; a consumer that must not see an event twice uses
 * `event_id`, which is the same whoever sends it.
 */
export const busSpendEvents = (deps: SpendEventsDeps): SpendEvents => {
  const remembered = new Set<string>();
  return {
    tell: async (event) => {
      const id = eventId(event);
      const name = `${event.keyId}#${id}`;
      if (remembered.has(name)) return 'told';
      const outcome = await tellOnce(deps, event, id);
      if (outcome === 'told') {
        if (remembered.size >= REMEMBERED_MAX) remembered.clear();
        remembered.add(name);
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
  const key = { pk: `KEY#${event.keyId}`, sk: `TOLD#${id}` };
  const claim = await deps.tables.update(claimUpdate(key, deps.clock.nowMs()));
  if (claim.kind === 'refused') return claim.item?.['told'] === TOLD ? 'told' : 'pending';
  try {
    await deps.publish(event, id);
  } catch (error) {
    await deps.tables.update(markUpdate(key, FREE));
    throw error;
  }
  await deps.tables.update(markUpdate(key, TOLD));
  return 'told';
};

const claimUpdate = (key: ItemKey, nowMs: number): KeyUpdate =>
  keyUpdate({
    key,
    condition:
      'attribute_not_exists(told) OR told = :free OR (told = :claimed AND claimed_until <= :now)',
    update: 'SET told = :claimed, claimed_until = :until, #schema = :schema',
    names: { '#schema': 'schema' },
    values: {
      ':free': FREE,
      ':claimed': CLAIMED,
      ':now': nowMs,
      ':until': nowMs + CLAIM_MS,
      ':schema': ITEM_SCHEMA,
    },
  });

const markUpdate = (key: ItemKey, told: number): KeyUpdate =>
  keyUpdate({
    key,
    condition: 'told = :claimed',
    update: 'SET told = :told REMOVE claimed_until',
    names: {},
    values: { ':claimed': CLAIMED, ':told': told },
  });

const eventId = (event: SpendEvent): string =>
  [event.kind, event.window, event.kind === 'KeyCapWarned' ? event.threshold : 1].join('#');

/** `publish` on EventBridge. Its SDK is loaded with the first event: few calls make one. */
export const eventBridge =
  (busOf: () => Promise<EventBridgeClient>, busName: string) =>
  async (event: SpendEvent, id: string): Promise<void> => {
    const { PutEventsCommand } = await import('#beside/event-bridge');
    const bus = await busOf();
    const answer = await bus.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: busName,
            Source: 'sluice.inference',
            DetailType: event.kind,
            Detail: JSON.stringify({
              event_id: `${event.keyId}#${id}`,
              key_id: event.keyId,
              project_id: event.projectId,
              window: event.window,
              ...(event.kind === 'KeyCapWarned' ? { threshold: event.threshold } : {}),
              cap_micros: microsFloorFromNanoUsd(event.capNanoUsd),
              spent_micros: microsFromNanoUsd(event.spentNanoUsd),
            }),
          },
        ],
      }),
    );
    if ((answer.FailedEntryCount ?? 0) > 0) throw new Error('the event bus refused an event');
  };
