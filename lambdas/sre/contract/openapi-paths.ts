import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  answers,
  chapter,
  filters,
  json,
  pageOf,
  path,
  type RoomContract,
} from '../../http/openapi-parts.ts';
import {
  anomaliesQuery,
  anomalyListSchema,
  anomalyWithLinesSchema,
  explainBody,
  explanationSchema,
  ingestUsageQuery,
  ingestUsageSchema,
  patchServiceBody,
  searchQuery,
  searchSchema,
  serviceListSchema,
  settingSchema,
  traceQuery,
  traceSchema,
} from '../formats/sre-schemas.ts';
import { masksSchema, patchMasksBody } from '../formats/mask-schemas.ts';
import { INCIDENT_PATHS } from './incident-paths.ts';
import { MCP_PATHS } from './mcp-path.ts';
import { RUNBOOK_PATHS } from './runbook-paths.ts';
import {
  ANOMALY,
  ANOMALY_WITH_LINES,
  EXPLAIN,
  EXPLANATION,
  INGEST_USAGE,
  MASKS,
  SEARCH,
  SERVICE,
  SETTING,
  TRACE,
} from './openapi-examples.ts';

import { DESTINATION_PATHS } from './openapi-destinations.ts';

const anomalies = chapter('Anomalies');
const telemetry = chapter('Telemetry');

const PATHS: ZodOpenApiPathsObject = {
  ...INCIDENT_PATHS,
  '/v1/anomalies': {
    get: {
      ...anomalies('listAnomalies', 'List anomalies'),
      requestParams: { query: anomaliesQuery },
      ...answers(
        '200',
        'Anomalies that began within, newest first; without times those of the last day',
        json(anomalyListSchema, pageOf(ANOMALY)),
      ),
    },
  },
  '/v1/anomalies/{anomaly_id}': {
    get: {
      ...anomalies('getAnomaly', 'Get an anomaly with its lines'),
      requestParams: path('anomaly_id'),
      ...answers(
        '200',
        'The anomaly, each part of its score, and up to three of its lines',
        json(anomalyWithLinesSchema, ANOMALY_WITH_LINES),
      ),
    },
  },
  '/v1/anomalies/explain': {
    post: {
      ...anomalies('explainLines', 'Say what lines would score, and why not more'),
      requestBody: json(explainBody, EXPLAIN),
      ...answers(
        '200',
        'A dry run, an entry for each line; nothing is stored and nobody is notified',
        json(explanationSchema, EXPLANATION),
      ),
    },
  },
  '/v1/services': {
    get: {
      ...telemetry('listServices', 'List services that send telemetry'),
      ...answers(
        '200',
        'Services of the last day: how they are, and what is usual',
        json(serviceListSchema, pageOf(SERVICE)),
      ),
    },
    patch: {
      ...telemetry('updateService', 'Set how sensitive Sluice is to a service, or mute it'),
      requestBody: json(patchServiceBody, {
        environment: 'production',
        namespace: 'shop',
        service: 'checkout',
        sensitivity: 'low',
      }),
      ...answers(
        '200',
        'What is set; from the next evaluation on, or once the service sends: it need not have sent yet',
        json(settingSchema, SETTING),
      ),
    },
  },
  '/v1/ingest/usage': {
    get: {
      ...telemetry('getIngestUsage', 'See who sent how much telemetry'),
      requestParams: { query: ingestUsageQuery },
      ...answers(
        '200',
        'Sums of whole days (UTC) by key, source and day; without times those of the last week',
        json(ingestUsageSchema, INGEST_USAGE),
      ),
    },
  },
  '/v1/ingest/masks': {
    get: {
      ...telemetry('getIngestMasks', 'See what is hidden in telemetry besides secrets'),
      ...answers('200', 'Patterns of the project', json(masksSchema, MASKS)),
    },
    patch: {
      ...telemetry('setIngestMasks', 'Set what is hidden in telemetry besides secrets'),
      requestBody: json(patchMasksBody, { masks: MASKS.masks }),
      ...answers(
        '200',
        'What is set, for all that arrives a minute later; what is stored stays as it is',
        json(masksSchema, MASKS),
      ),
    },
  },
  '/v1/logs/search': {
    get: {
      ...telemetry('searchLogs', 'Search logs'),
      requestParams: { query: searchQuery.extend(filters('attribute')) },
      ...answers(
        '200',
        'Records, newest first; without times those of the last hour. attribute.<name>=<value> filters',
        json(searchSchema, SEARCH),
      ),
    },
  },
  '/v1/traces/{trace_id}': {
    get: {
      ...telemetry('getTrace', 'Get a trace with its logs'),
      requestParams: { ...path('trace_id'), query: traceQuery },
      ...answers(
        '200',
        'Spans by their beginning, and logs; without times those of the last day',
        json(traceSchema, TRACE),
      ),
    },
  },
};

/** What people read of the SRE; an admin key's. Exporters send to the output IngestUrl, as OTLP says. */
export const sreContract: RoomContract = {
  paths: { ...PATHS, ...DESTINATION_PATHS, ...MCP_PATHS, ...RUNBOOK_PATHS },
  tags: [
    { name: 'Agents', description: 'Incidents, logs and traces as tools, for agents of people' },
    { name: 'Anomalies', description: 'What is wrong, why that is said, and how sure it is' },
    { name: 'Destinations', description: 'Where tickets of incidents go, and what is done there' },
    { name: 'Incidents', description: 'One real fault each: its life, silences, deployments' },
    { name: 'Runbooks', description: 'What to do about an incident, and who allows what of it' },
    { name: 'Telemetry', description: 'Who sends what; logs and traces' },
  ],
};
