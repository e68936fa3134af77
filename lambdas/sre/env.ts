import * as z from 'zod';

const tables = { LOGS_TABLE: z.string().min(1), SRE_TABLE: z.string().min(1) };

/** Variables of what takes telemetry in. */
export const ingestEnv = z.object({
  ...tables,
  KEYS_TABLE: z.string().min(1),
  BLOCKS_BUCKET: z.string().min(1),
  CORS_ORIGINS: z.string().min(1),
  /** How long blocks are kept. */
  TELEMETRY_DAYS: z.string().regex(/^\d+$/),
});
export type IngestEnv = z.infer<typeof ingestEnv>;

/** Of what asks for evaluations. */
export const askingEnv = z.object({
  SRE_TABLE: z.string().min(1),
  EVALUATE_QUEUE_URL: z.string().min(1),
});
export type AskingEnv = z.infer<typeof askingEnv>;

/** Of what asks for them each minute, and for looks at incidents. */
export const tickEnv = z.object({
  SRE_TABLE: z.string().min(1),
  EVALUATE_QUEUE_URL: z.string().min(1),
  LOOKS_QUEUE_URL: z.string().min(1),
  LEARN_QUEUE_URL: z.string().min(1),
  DELIVERIES_QUEUE_URL: z.string().min(1),
});
export type TickEnv = z.infer<typeof tickEnv>;

/** Of what reports the changes of the Sre table. */
export const announceEnv = z.object({
  SRE_TABLE: z.string().min(1),
  LOOKS_QUEUE_URL: z.string().min(1),
  INCIDENT_CHANGES_QUEUE_URL: z.string().min(1),
  DIAGNOSES_QUEUE_URL: z.string().min(1),
  REMEDIATIONS_QUEUE_URL: z.string().min(1),
  EVENT_BUS_NAME: z.string().min(1),
});
export type AnnounceEnv = z.infer<typeof announceEnv>;

/** Of what makes incidents of anomalies. */
export const correlateEnv = z.object({
  SRE_TABLE: z.string().min(1),
  LOGS_TABLE: z.string().min(1),
  BLOCKS_BUCKET: z.string().min(1),
  LOOKS_QUEUE_URL: z.string().min(1),
});
export type CorrelateEnv = z.infer<typeof correlateEnv>;

/** Of what evaluates. */
export const evaluateEnv = z.object({ ...tables });
export type EvaluateEnv = z.infer<typeof evaluateEnv>;

/** Of what looks after the usage of keys. */
export const watchUsageEnv = z.object({
  KEYS_TABLE: z.string().min(1),
  USAGE_TABLE: z.string().min(1),
  SRE_TABLE: z.string().min(1),
});
export type WatchUsageEnv = z.infer<typeof watchUsageEnv>;

/** Of what makes records findable by OpenSearch. */
export const indexLogsEnv = z.object({
  LOGS_TABLE: z.string().min(1),
  BLOCKS_BUCKET: z.string().min(1),
  TELEMETRY_DAYS: z.string().regex(/^\d+$/),
  SEARCH_ENDPOINT: z.string().min(1),
  /** Of each day. */
  SEARCH_SHARDS: z.string().regex(/^\d+$/),
  SEARCH_REPLICAS: z.string().regex(/^\d+$/),
});
export type IndexLogsEnv = z.infer<typeof indexLogsEnv>;

/** Of what decides who hears of an incident. */
export const fileTicketsEnv = z.object({
  SRE_TABLE: z.string().min(1),
  DELIVERIES_QUEUE_URL: z.string().min(1),
});
export type FileTicketsEnv = z.infer<typeof fileTicketsEnv>;

const destinations = {
  /** Where secrets of destinations are kept: `<prefix>/<id>`. */
  DESTINATION_SECRETS_PREFIX: z.string().min(1),
  /** Sender of mails; '': none is sent. */
  MAIL_FROM: z.string(),
  /** The local runtime alone sets it: destinations may be on this machine. */
  LOCAL_WEBHOOKS: z.literal('allow').optional(),
};

/** Of what asks models about incidents, beside what asking models takes. */
export const diagnoseEnv = z.object({
  ...tables,
  BLOCKS_BUCKET: z.string().min(1),
  DIAGNOSES_QUEUE_URL: z.string().min(1),
});
export type DiagnoseEnv = z.infer<typeof diagnoseEnv>;

/** Of what brings tickets to destinations. */
export const deliverEnv = z.object({
  ...tables,
  BLOCKS_BUCKET: z.string().min(1),
  DELIVERIES_QUEUE_URL: z.string().min(1),
  /** The page of an incident, with `{incident_id}` for its id; '': there is none. */
  CONSOLE_URL: z.string(),
  ...destinations,
});
export type DeliverEnv = z.infer<typeof deliverEnv>;
export type DeployedDeliverEnv = Omit<DeliverEnv, 'LOCAL_WEBHOOKS'>;

/** Of what people set for destinations, and of what destinations say. */
export const destinationsEnv = z.object({
  SRE_TABLE: z.string().min(1),
  KEYS_TABLE: z.string().min(1),
  CORS_ORIGINS: z.string().min(1),
  ...destinations,
});
export type DestinationsEnv = z.infer<typeof destinationsEnv>;
export type DeployedDestinationsEnv = Omit<DestinationsEnv, 'LOCAL_WEBHOOKS'>;

const runbooks = {
  /** Where secrets of runbooks are kept: `<prefix>/<id>`. */
  RUNBOOK_SECRETS_PREFIX: z.string().min(1),
  /** ARNs that steps may name, separated by commas; '': none. */
  RUNBOOK_ACTIONS: z.string(),
  /** The local runtime alone sets it: webhooks may be on this machine. */
  LOCAL_WEBHOOKS: z.literal('allow').optional(),
};

/** Functions and documents that the stage's settings allow. */
export const allowedActions = ({
  RUNBOOK_ACTIONS: arns,
}: {
  readonly RUNBOOK_ACTIONS: string;
}): ReadonlySet<string> => new Set(arns.split(',').filter((arn) => arn !== ''));

/** Of what people write down, propose and allow. */
export const runbooksEnv = z.object({
  SRE_TABLE: z.string().min(1),
  KEYS_TABLE: z.string().min(1),
  CORS_ORIGINS: z.string().min(1),
  ...runbooks,
});
export type RunbooksEnv = z.infer<typeof runbooksEnv>;
export type DeployedRunbooksEnv = Omit<RunbooksEnv, 'LOCAL_WEBHOOKS'>;

/** Of what does what a person allowed. */
export const remediateEnv = z.object({
  SRE_TABLE: z.string().min(1),
  REMEDIATIONS_QUEUE_URL: z.string().min(1),
  ...runbooks,
});
export type RemediateEnv = z.infer<typeof remediateEnv>;
export type DeployedRemediateEnv = Omit<RemediateEnv, 'LOCAL_WEBHOOKS'>;

/** Of what people read. */
export const sreEnv = z.object({
  ...tables,
  KEYS_TABLE: z.string().min(1),
  BLOCKS_BUCKET: z.string().min(1),
  CORS_ORIGINS: z.string().min(1),
  /** Absent: a search reads the blocks themselves. */
  SEARCH_ENDPOINT: z.string().min(1).optional(),
});
export type SreEnv = z.infer<typeof sreEnv>;

/** Of what agents ask. */
export const mcpEnv = sreEnv.extend({ VERSION: z.string().min(1) });
export type McpEnv = z.infer<typeof mcpEnv>;
