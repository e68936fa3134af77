import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { answers, chapter, json, pageOf, path } from '../../http/openapi-parts.ts';
import {
  createDestinationBody,
  deletedDestinationSchema,
  deliveriesQuery,
  deliveryListSchema,
  destinationListSchema,
  destinationSchema,
  destinationTestSchema,
  inboundSchema,
  patchDestinationBody,
} from '../formats/destination-schemas.ts';

const destinations = chapter('Destinations');

const MADE_AT = 1_796_000_000_000;
const ID = 'dst_0123456789abcdef';

const ROUTE = {
  severities: ['critical' as const, 'high' as const],
  services: null,
  environments: ['production'],
  owners: null,
  hours: null,
  send: 'ticket' as const,
};

const DESTINATION = {
  object: 'destination' as const,
  id: ID,
  kind: 'webhook' as const,
  name: 'our desk',
  settings: { url: 'https://desk.example.com/sluice' },
  secret_names: ['signing_secret'],
  routes: [ROUTE],
  remind_after_minutes: 30,
  paused: false,
  inbound_path: `/v1/destinations/${ID}/inbound`,
  health: { last_sent_at: MADE_AT, paused_until: null, refused_since: null, problem: null },
  created_at: MADE_AT,
  updated_at: MADE_AT,
};

const INBOUND = { id: 'event-1', ticket_id: 'DESK-42', action: 'acknowledge', by: 'ada' };

const DELIVERY = {
  object: 'delivery' as const,
  incident_id: 'incident_0aytbw0h5d1f0c3a77b2e',
  destination_id: ID,
  status: 'sent' as const,
  external_id: 'DESK-42',
  url: 'https://desk.example.com/42',
  wanted_revision: 4,
  sent_revision: 4,
  first_sent_at: MADE_AT,
  sent_at: MADE_AT + 90_000,
  next_try_at: null,
  failures: 0,
  stopped_because: null,
  problem: null,
  extra_tickets: [],
};

export const DESTINATION_PATHS: ZodOpenApiPathsObject = {
  '/v1/destinations': {
    get: {
      ...destinations('listDestinations', 'List destinations of tickets'),
      ...answers(
        '200',
        'All of the project, 50 at most',
        json(destinationListSchema, pageOf({ ...DESTINATION, health: null })),
      ),
    },
    post: {
      ...destinations('createDestination', 'Add a destination of tickets'),
      requestBody: json(createDestinationBody, {
        kind: 'webhook',
        name: 'our desk',
        settings: { url: 'https://desk.example.com/sluice' },
        routes: [ROUTE],
        remind_after_minutes: 30,
      }),
      ...answers(
        '201',
        'The destination; of a webhook with the secret that signs, shown this once',
        json(destinationSchema, { ...DESTINATION, health: null, secret: 'whsec_example' }),
      ),
    },
  },
  '/v1/destinations/{destination_id}': {
    get: {
      ...destinations('getDestination', 'Get a destination and how it is with it'),
      requestParams: path('destination_id'),
      ...answers('200', 'The destination', json(destinationSchema, DESTINATION)),
    },
    patch: {
      ...destinations('updateDestination', 'Change a destination'),
      requestParams: path('destination_id'),
      requestBody: json(patchDestinationBody, { paused: true }),
      ...answers(
        '200',
        'The destination; what it refused before is tried again',
        json(destinationSchema, { ...DESTINATION, paused: true, health: null }),
      ),
    },
    delete: {
      ...destinations('deleteDestination', 'Remove a destination'),
      requestParams: path('destination_id'),
      ...answers(
        '200',
        'It hears nothing more; its tickets stay where they are',
        json(deletedDestinationSchema, { id: ID, object: 'destination', deleted: true }),
      ),
    },
  },
  '/v1/destinations/{destination_id}/test': {
    post: {
      ...destinations('testDestination', 'Test a destination'),
      requestParams: path('destination_id'),
      ...answers(
        '200',
        'Whether it takes tickets with these settings and secrets; no ticket is made',
        json(destinationTestSchema, {
          object: 'destination_test',
          destination_id: ID,
          ok: true,
          latency_ms: 210,
          problem: null,
        }),
      ),
    },
  },
  '/v1/destinations/{destination_id}/inbound': {
    post: {
      ...destinations('tellOfTickets', 'Tell what people did to tickets'),
      security: [],
      requestParams: path('destination_id'),
      requestBody: {
        description: "In the destination's own format, signed as it signs; without a key",
        content: { 'application/json': { schema: {}, example: INBOUND } },
      },
      ...answers(
        '200',
        'How many events were taken; one that came before, or is of no incident, is none',
        json(inboundSchema, { object: 'inbound', events: 1 }),
      ),
    },
  },
  '/v1/deliveries': {
    get: {
      ...destinations('listDeliveries', 'See where an incident was sent'),
      requestParams: { query: deliveriesQuery },
      ...answers(
        '200',
        'One for each destination that hears of it',
        json(deliveryListSchema, pageOf(DELIVERY)),
      ),
    },
  },
};
