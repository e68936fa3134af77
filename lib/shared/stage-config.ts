import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';

const restoredTable = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9_.-]{3,255}$/),
  /** `LatestStreamArn` of the restored table; the tables with readers need one. */
  streamArn: z
    .string()
    .regex(/^arn:[^:]+:dynamodb:[^:]*:[^:]*:table\/[^/]+\/stream\/.+$/)
    .optional(),
});
export type RestoredTable = z.infer<typeof restoredTable>;

const FUNCTION_ARN =
  /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,64}(?::[\w$-]{1,128})?$/;
const DOCUMENT_ARN = /^arn:aws[a-z-]*:ssm:[a-z0-9-]+:(?:\d{12})?:document\/[\w.-]{1,128}$/;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/;
const ARNS_MAX = 20;
/** Each by itself: a wildcard would allow what nobody has read. */
const arns = (pattern: RegExp, words: string) =>
  z
    .array(z.string().regex(pattern, `${words}, each without a wildcard`))
    .max(ARNS_MAX)
    .default([]);

const CERTIFICATE = /^arn:aws[a-z-]*:acm:([a-z0-9-]+):\d{12}:certificate\/[\w-]+$/;
/** In a clone; a relative name, for this project does not know where yours can be read. */
const RUNBOOK = 'docs/runbook.md';
const ORIGIN = String.raw`(?:\*|[a-z][a-z0-9+.-]*://[^\s,'"/*]+)`;
const ORIGINS = new RegExp(`^${ORIGIN}(?:\\s*,\\s*${ORIGIN})*$`);

const isPageOfIncidents = (text: string): boolean =>
  text.includes('{incident_id}') &&
  URL.canParse(text) &&
  ['http:', 'https:'].includes(new URL(text).protocol) &&
  !new URL(text).host.includes('{');

/** Settings of one stage; a bad value fails the synth and names itself. */
const settings = z.strictObject({
  /** `prod...` mints live keys, everything else test keys. */
  stage: z.string().regex(/^[a-z][a-z0-9-]{0,19}$/),
  /** Where the stage is deployed; without it the region of the credentials. */
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, 'no region, as in eu-central-1')
    .optional(),
  /** The base URL under a name of one's own, with its certificate of the same region. */
  domainName: z
    .string()
    .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, 'no name of a host')
    .optional(),
  certificateArn: z.string().regex(CERTIFICATE, 'no ARN of an ACM certificate').optional(),
  /** Whose keys `ProviderKeyCommand` asks for, separated by commas. */
  providers: z
    .string()
    .regex(/^[a-z0-9-]+(?:,[a-z0-9-]+)*$/, 'names of providers, separated by commas')
    .default('openai,anthropic'),
  /** `buffered` for partitions without response streaming: answers come whole within 29 s. */
  streaming: z.enum(['response', 'buffered']).default('response'),
  /** The longest streamed call, in seconds: 10 before it ends the provider is aborted. A turn of a thread: each of its calls. */
  callSecondsMax: z.coerce.number().int().min(12).max(900).default(900),
  /** Who writes the titles of threads that ask for one; `auto` is a cheap model of the family that the thread talks to. */
  titleModel: z
    .string()
    .regex(/^[\w./:-]{1,256}$/, 'a name of a model, or auto')
    .default('auto'),
  /** Comma-separated origins of browsers, or `*`. */
  corsOrigins: z
    .string()
    .regex(ORIGINS, 'origins as browsers send them, separated by commas, or *')
    .default('*'),
  /** `off` where a partition or an emulator has no X-Ray sampling rules. */
  tracing: z.enum(['sampled', 'off']).default('sampled'),
  /** How long telemetry is kept: blocks of logs and traces, and what search finds. */
  telemetryDays: z.coerce.number().int().min(1).max(365).default(9),
  /** `scan` reads blocks and costs nothing while nobody asks; `opensearch` has an index in a domain that runs all the time. */
  search: z.enum(['scan', 'opensearch']).default('scan'),
  /** Of each node of the domain: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html */
  searchInstance: z
    .string()
    .regex(
      /^[a-z0-9]+\.[a-z0-9]+\.search$/,
      'an instance type of OpenSearch, as in t3.small.search',
    )
    .default('t3.small.search'),
  searchNodes: z.coerce.number().int().min(1).max(80).default(1),
  /** Of each node's volume. */
  searchVolumeGb: z.coerce.number().int().min(10).max(24_576).default(10),
  /** Copies of each day beside the first: with none, a node that is replaced takes its share of the index with it. */
  searchReplicas: z.coerce.number().int().min(0).max(2).default(0),
  /** One of the numbers that CloudWatch Logs accepts. */
  logRetentionDays: z.coerce.number().pipe(z.enum(RetentionDays)).default(RetentionDays.ONE_MONTH),
  /** What keys with a cap or a list of models may use though it has no price here, as their 400 names it: `anthropic/speed`. */
  allowedFeatures: z
    .string()
    .max(2_000)
    .regex(
      /^(?:none|[a-z0-9_-]+\/[\w.:=-]+(?:,[a-z0-9_-]+\/[\w.:=-]+)*)$/,
      '<provider>/<name>, separated by commas',
    )
    .default('none'),
  /**
   * Models of Bedrock that this stage may call, by their ids or those of inference profiles, separated by commas; `none`: no
   * function has a permission. What they cost is on the account's own bill.
   */
  bedrockModels: z
    .string()
    .max(4_000)
    .regex(
      /^(?:none|[a-z0-9][\w.:-]*(?:,[a-z0-9][\w.:-]*)*)$/,
      'ids of models, separated by commas, or none',
    )
    .default('none'),
  /** Share of the calls whose prompt and answer are logged, cut and with secrets masked; 0: no content in any log. */
  contentSampleShare: z.coerce.number().min(0).max(1).multipleOf(0.001).default(0),
  /** Requests a second that the front door lets through, and how many at once; the account's own limit is 10,000. */
  throttleRate: z.coerce.number().int().min(1).max(10_000).default(2_000),
  throttleBurst: z.coerce.number().int().min(1).max(5_000).default(4_000),
  /** `rate` puts a web ACL before the front door that blocks an address above its limit; $6 a month and $0.60 a million requests. */
  waf: z.enum(['off', 'rate']).default('off'),
  /** Requests of one address in five minutes. */
  wafRequestsMax: z.coerce.number().int().min(10).max(2_000_000_000).default(10_000),
  /** Where your copy of docs/runbook.md can be read: mails of alarms link to its articles. */
  runbookUrl: z.url({ protocol: /^https?$/ }).default(RUNBOOK),
  /** Who is notified of alarms; the address confirms by a link in its first mail. */
  alarmEmail: z.email().optional(),
  /** Who sends tickets to destinations of the kind email: an address that SES has verified, by itself or by its domain. */
  mailFrom: z.email().optional(),
  /** Where tickets lead: a page of yours that shows an incident, with `{incident_id}` where its id stands. */
  consoleUrl: z
    .string()
    .max(1_000)
    .refine(isPageOfIncidents, 'an address of http or https, with {incident_id} in it')
    .optional(),
  /** What steps of runbooks may call once a person has approved it: functions, documents of Systems Manager, roles that these documents take; on the command line as JSON. */
  runbookActions: z
    .preprocess(
      (value) => (typeof value === 'string' ? jsonOf(value) : value),
      z.strictObject({
        lambdas: arns(FUNCTION_ARN, 'ARNs of functions'),
        documents: arns(DOCUMENT_ARN, 'ARNs of documents of Systems Manager'),
        roles: arns(ROLE_ARN, 'ARNs of roles'),
      }),
    )
    .default({ lambdas: [], documents: [], roles: [] }),
  /** Tables that a restore made, in place of the stage's own (docs/restore.md); on the command line as JSON. */
  restoreTables: z
    .preprocess(
      (value) => (typeof value === 'string' ? jsonOf(value) : value),
      z
        .strictObject({
          keys: restoredTable.required({ streamArn: true }).optional(),
          usage: restoredTable.optional(),
          threads: restoredTable.required({ streamArn: true }).optional(),
          chunks: restoredTable.optional(),
        })
        .refine(({ threads, chunks }) => (threads === undefined) === (chunks === undefined), {
          path: ['chunks'],
          error:
            'threads and chunks come together: a turn of a restored thread takes the place of one that is lost',
        }),
    )
    .default({}),
});
const stageConfig = settings
  .refine((given) => (given.domainName === undefined) === (given.certificateArn === undefined), {
    path: ['domainName'],
    error: 'domainName and certificateArn come together',
  })
  .refine(
    ({ region, certificateArn }) =>
      region === undefined ||
      certificateArn === undefined ||
      CERTIFICATE.exec(certificateArn)?.[1] === region,
    { path: ['certificateArn'], error: 'the certificate is of another region than the stage' },
  )
  .refine(({ searchNodes, searchReplicas }) => searchReplicas < searchNodes, {
    path: ['searchReplicas'],
    error: 'each copy of a day is on a node of its own: more searchNodes, or fewer searchReplicas',
  });
/** The names that a deployment may set. */
export const STAGE_SETTINGS = Object.keys(settings.shape);
export type StageConfig = z.infer<typeof stageConfig>;

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

export const readStageConfig = (context: unknown): StageConfig => {
  const parsed = stageConfig.safeParse(context);
  if (parsed.success) return parsed.data;
  throw new Error(`stage settings: ${z.prettifyError(parsed.error)}`);
};
