import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { once } from '../shared/once.ts';

/** The most that one request takes: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const ENTRIES_MAX = 10;

export interface BusEntry {
  readonly source: string;
  readonly type: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Throws when the bus did not take all of them; some may be taken then. */
export type PutEntries = (entries: readonly BusEntry[]) => Promise<void>;

/** An event bus of EventBridge. Its SDK is loaded with the first event: few calls make one. */
export const eventBus =
  (busName: string, busOf: () => Promise<EventBridgeClient> = once(loadBus)): PutEntries =>
  async (entries) => {
    const { PutEventsCommand } = await import('#beside/event-bridge');
    const bus = await busOf();
    for (let from = 0; from < entries.length; from += ENTRIES_MAX) {
      const answer = await bus.send(
        new PutEventsCommand({
          Entries: entries.slice(from, from + ENTRIES_MAX).map(({ source, type, detail }) => ({
            EventBusName: busName,
            Source: source,
            DetailType: type,
            Detail: JSON.stringify(detail),
          })),
        }),
      );
      if ((answer.FailedEntryCount ?? 0) > 0) throw new Error('the event bus refused an event');
    }
  };

const loadBus = async () => new (await import('#beside/event-bridge')).EventBridgeClient();
