import * as z from 'zod';
import { readAll, type Tables } from '../../platform/tables/tables.ts';
import type { PollList, PollTurn } from '../ports/deliveries.ts';
import type { PollKey } from '../tickets/delivery.ts';
import { DUE_PK, dueKey } from './incident-items.ts';

/** Of destinations with open tickets, of all tenants. */
const POLLED_MAX = 20_000;
/** A list that nobody looks at any more ends by itself. */
const TTL_SECONDS = 7 * 86_400;

const pollItem = z.object({
  tenant: z.string(),
  destination_id: z.string(),
  due_at: z.number(),
  touched: z.string(),
  after_ticket: z.string().nullish(),
});

const keyOf = ({ tenant, destinationId }: PollKey) => dueKey('P', tenant, destinationId);
const ttlFrom = (ms: number): number => Math.ceil(ms / 1_000) + TTL_SECONDS;

/** `DUE / P#<tenant>#<destination>` */
export const tablePollList = ({ tables }: { readonly tables: Tables }): PollList => ({
  touch: async (key, dueMs, touch) => {
    await tables.write({
      kind: 'update',
      table: 'sre',
      key: keyOf(key),
      update: [
        'SET due_at = if_not_exists(due_at, :due), touched = :touch, tenant = :tenant',
        'destination_id = :destination, #ttl = :ttl',
      ].join(', '),
      names: { '#ttl': 'ttl' },
      values: {
        ':due': dueMs,
        ':touch': touch,
        ':tenant': key.tenant,
        ':destination': key.destinationId,
        ':ttl': ttlFrom(dueMs),
      },
    });
  },
  due: async (nowMs, limit) => {
    const items = await readAll(tables, {
      table: 'sre',
      pk: DUE_PK,
      from: 'P#',
      to: 'P#~',
      isAscending: true,
      limit: POLLED_MAX,
    });
    return items
      .map((item) => pollItem.parse(item))
      .filter((item) => item.due_at <= nowMs)
      .toSorted((left, right) => left.due_at - right.due_at)
      .slice(0, limit)
      .map(({ tenant, destination_id: destinationId, due_at: dueMs }) => ({
        tenant,
        destinationId,
        dueMs,
      }));
  },
  take: async (task, nextMs) => {
    const outcome = await tables.update({
      kind: 'update',
      table: 'sre',
      key: keyOf(task),
      condition: 'due_at = :seen',
      update: 'SET due_at = :next, #ttl = :ttl',
      names: { '#ttl': 'ttl' },
      values: { ':seen': task.dueMs, ':next': nextMs, ':ttl': ttlFrom(nextMs) },
    });
    if (outcome.kind === 'refused') return null;
    const { tenant, destinationId } = task;
    const { touched, after_ticket: after } = pollItem.parse(outcome.item);
    return { tenant, destinationId, dueMs: nextMs, touched, after: after ?? null };
  },
  advance: async (turn, after) => {
    await tables.write({
      kind: 'update',
      table: 'sre',
      key: keyOf(turn),
      condition: 'due_at = :mine',
      update: 'SET after_ticket = :after',
      values: { ':mine': turn.dueMs, ':after': after },
    });
  },
  delay: async (turn, nextMs) => {
    await tables.write({
      kind: 'update',
      table: 'sre',
      key: keyOf(turn),
      condition: 'due_at = :mine',
      update: 'SET due_at = :next, #ttl = :ttl',
      names: { '#ttl': 'ttl' },
      values: { ':mine': turn.dueMs, ':next': nextMs, ':ttl': ttlFrom(nextMs) },
    });
  },
  end: async (turn: PollTurn) => {
    await tables.write({
      kind: 'delete',
      table: 'sre',
      key: keyOf(turn),
      condition: 'due_at = :mine AND touched = :touched',
      values: { ':mine': turn.dueMs, ':touched': turn.touched },
    });
  },
});
