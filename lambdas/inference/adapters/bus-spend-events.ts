import { PutEventsCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { microsFloorFromNanoUsd, microsFromNanoUsd } from '../../shared/money.ts';
import type { SpendEvent, SpendEvents } from '../ports.ts';
import { ITEM_SCHEMA } from './item-schema.ts';
import type { KeysTable } from './keys-table.ts';

const REMEMBERED_MAX = 10_000;

export interface SpendEventsDeps {
  readonly table: KeysTable;
  readonly bus: EventBridgeClient;
  readonly busName: string;
}

/**
 * Each event is told once for its key, window and threshold. A marker item is claimed on condition that it is new;
 * when the bus then fails, the claim is given back, so that the next caller tells it. A consumer that must not see
 * an event twice uses `event_id`, which is the same whoever tells.
 */
export const busSpendEvents = (deps: SpendEventsDeps): SpendEvents => {
  const remembered = new Set<string>();
  return {
    tell: async (event) => {
      const id = eventId(event);
      const name = `${event.keyId}#${id}`;
      if (remembered.has(name)) return;
      const key = { pk: `KEY#${event.keyId}`, sk: `TOLD#${id}` };
      const claim = await deps.table.update({
        key,
        condition: 'attribute_not_exists(told) OR told = :no',
        update: 'SET told = :yes, #schema = :schema',
        names: { '#schema': 'schema' },
        values: { ':yes': 1, ':no': 0, ':schema': ITEM_SCHEMA },
      });
      if (claim.kind === 'written') {
        try {
          await put(deps, event, id);
        } catch (error) {
          await deps.table.update({
            key,
            condition: 'told = :yes',
            update: 'SET told = :no',
            names: {},
            values: { ':yes': 1, ':no': 0 },
          });
          throw error;
        }
      }
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.add(name);
    },
  };
};

const eventId = (event: SpendEvent): string =>
  [event.kind, event.window, event.kind === 'KeyCapWarned' ? event.threshold : 1].join('#');

const put = async (deps: SpendEventsDeps, event: SpendEvent, id: string): Promise<void> => {
  const answer = await deps.bus.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: deps.busName,
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
