import * as z from 'zod';
import { listOf } from '../../http/lists.ts';
import { DESTINATION_KINDS } from '../tickets/destination.ts';
import { hoursSchema } from './hours-format.ts';
import { BANDS } from './sre-schemas.ts';
import { jsonBytesMax } from './json-bytes.ts';

const NAMES_MAX = 100;
const NAME_CHARS_MAX = 256;
const ROUTES_MAX = 50;
const SETTINGS_MAX = 40;
/** With its settings a destination is one item. */
const ROUTES_BYTES_MAX = 200_000;
const VALUE_CHARS_MAX = 3_000;
const DAY_MINUTES = 24 * 60;
const REMIND_MINUTES_MIN = 5;
const REMIND_MINUTES_MAX = 7 * DAY_MINUTES;

const time = z.int().describe('epoch ms, UTC');
const names = z.array(z.string().max(NAME_CHARS_MAX)).min(1).max(NAMES_MAX);

/** Absent or null: every one. */
export const routeSchema = z
  .strictObject({
    severities: z.array(z.enum(BANDS)).min(1).nullable().default(null),
    services: names.nullable().default(null),
    environments: names.nullable().default(null),
    owners: names.nullable().default(null),
    hours: hoursSchema.nullable().default(null).describe('outside of them a ticket waits'),
    send: z.enum(['ticket', 'none']).default('ticket'),
  })
  .meta({ id: 'Route' });

const values = z
  .record(z.string().min(1).max(64), z.string().max(VALUE_CHARS_MAX))
  .refine((record) => Object.keys(record).length <= SETTINGS_MAX, `at most ${SETTINGS_MAX}`);

const changeable = {
  name: z.string().min(1).max(NAME_CHARS_MAX),
  settings: values,
  secrets: values.describe('never shown again; absent ones stay as they are, "" removes one'),
  routes: z
    .array(routeSchema)
    .max(ROUTES_MAX)
    .refine(jsonBytesMax(ROUTES_BYTES_MAX), `at most ${ROUTES_BYTES_MAX} bytes of JSON`)
    .describe('the first that matches decides; none matches: nothing is sent'),
  remind_after_minutes: z.int().min(REMIND_MINUTES_MIN).max(REMIND_MINUTES_MAX).nullable(),
  paused: z.boolean(),
};

/** POST /v1/destinations */
export const createDestinationBody = z.strictObject({
  ...changeable,
  kind: z.enum(DESTINATION_KINDS),
  settings: changeable.settings.default({}),
  secrets: changeable.secrets.default({}),
  routes: changeable.routes.default([
    {
      severities: null,
      services: null,
      environments: null,
      owners: null,
      hours: null,
      send: 'ticket',
    },
  ]),
  remind_after_minutes: changeable.remind_after_minutes.default(null),
  paused: changeable.paused.default(false),
});

/** PATCH /v1/destinations/{destination_id} */
export const patchDestinationBody = z.strictObject(changeable).partial();

export const destinationSchema = z
  .strictObject({
    object: z.literal('destination'),
    id: z.string(),
    kind: z.enum(DESTINATION_KINDS),
    name: z.string(),
    settings: z.record(z.string(), z.string()),
    secret_names: z.array(z.string()).describe('what they say is never shown'),
    routes: z.array(routeSchema),
    remind_after_minutes: z.int().nullable(),
    paused: z.boolean(),
    inbound_path: z
      .string()
      .nullable()
      .describe('where the other side reports what people did; null: this kind does not'),
    health: z
      .strictObject({
        last_sent_at: time.nullable(),
        paused_until: time.nullable().describe('nothing is tried before'),
        refused_since: time.nullable().describe('since when it does not take the credentials'),
        problem: z.string().nullable(),
      })
      .nullable()
      .describe('in answers about one destination'),
    created_at: time,
    updated_at: time,
    secret: z
      .string()
      .optional()
      .describe(
        'of a webhook, in the answer of its creation or of a move to another host: signs both ways',
      ),
  })
  .meta({ id: 'Destination' });
export const destinationListSchema = listOf(destinationSchema);

export const destinationTestSchema = z
  .strictObject({
    object: z.literal('destination_test'),
    destination_id: z.string(),
    ok: z.boolean(),
    latency_ms: z.int(),
    problem: z.string().nullable(),
  })
  .meta({ id: 'DestinationTest' });

export const deliverySchema = z
  .strictObject({
    object: z.literal('delivery'),
    incident_id: z.string(),
    destination_id: z.string(),
    status: z.enum(['waiting', 'sent', 'failing', 'stopped']),
    external_id: z.string().nullable(),
    url: z.string().nullable(),
    wanted_revision: z.int().describe('of the incident'),
    sent_revision: z.int().describe('0: nothing was sent'),
    first_sent_at: time.nullable(),
    sent_at: time.nullable(),
    next_try_at: time.nullable(),
    failures: z.int().describe('one after the other'),
    stopped_because: z
      .enum(['refused', 'given_up', 'removed', 'not_needed'])
      .nullable()
      .describe('nothing more is tried until the incident or the destination changes'),
    problem: z.string().nullable(),
    extra_tickets: z.array(z.string()).describe('that a race left, until they are closed'),
  })
  .meta({ id: 'Delivery' });
export const deliveryListSchema = listOf(deliverySchema);

/** GET /v1/deliveries */
export const deliveriesQuery = z.strictObject({
  incident_id: z.string().min(1).max(NAME_CHARS_MAX),
});

/** What an inbound request is answered: nothing that whoever has no secret could learn from. */
export const inboundSchema = z
  .strictObject({ object: z.literal('inbound'), events: z.int() })
  .meta({ id: 'Inbound' });

export const deletedDestinationSchema = z
  .strictObject({ id: z.string(), object: z.literal('destination'), deleted: z.literal(true) })
  .meta({ id: 'DeletedDestination' });
