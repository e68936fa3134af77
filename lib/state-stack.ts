import {
  CfnOutput,
  Duration,
  RemovalPolicy,
  SecretValue,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { LogDomain, type LogDomainSize } from './sre/log-domain.ts';
import { acknowledge, type StageBucket, type StageTable } from './shared/grants.ts';
import { pin } from './shared/pin.ts';
import type { RestoredTable, StageConfig } from './shared/stage-config.ts';

const { STRING, NUMBER } = dynamodb.AttributeType;
/** Long after the alarm that comes with each record. */
const FAILED_RECORDS_DAYS = 90;
/** The stage's own setting, where nobody says otherwise. */
const TELEMETRY_DAYS = 9;
/** Point-in-time recovery reaches so far back: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html */
const RECOVERY_DAYS = 35;

/** Everything that must outlive a deployment: tables, secrets, kept records; retained, under pinned logical ids. */
export class StateStack extends Stack {
  readonly keys: StageTable;
  readonly usage: StageTable;
  readonly threads: StageTable;
  readonly chunks: StageTable;
  readonly connections: StageTable;
  /** Blocks of telemetry, with a summary of each. */
  readonly logs: StageTable;
  /** Windows, anomalies, what was sent by whom. */
  readonly sre: StageTable;
  readonly adminSecret: secrets.Secret;
  readonly providerSecret: secrets.Secret;
  /** Stream records that failed for good: the only copy of a settlement that was not rolled up. */
  readonly failedRecords: StageBucket;
  /** What does not fit an item of a thread. */
  readonly blobs: StageBucket;
  /** What does not fit an item of Logs. */
  readonly blocks: StageBucket;
  /** null: a search reads the blocks. */
  readonly logDomain: LogDomain | null;

  constructor(
    scope: Construct,
    id: string,
    {
      restoreTables = {},
      stage = 'dev',
      providers = ['openai'],
      telemetryDays = TELEMETRY_DAYS,
      logDomain = null,
      ...props
    }: StackProps &
      Partial<Pick<StageConfig, 'restoreTables' | 'stage' | 'telemetryDays'>> & {
        readonly providers?: readonly string[];
        readonly logDomain?: LogDomainSize | null;
      },
  ) {
    super(scope, id, props);
    const keys = this.table('Keys', {
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      globalSecondaryIndexes: [
        {
          indexName: 'by_sweep',
          partitionKey: { name: 'sweep_shard', type: STRING },
          sortKey: { name: 'sweep_at', type: NUMBER },
          projectionType: dynamodb.ProjectionType.KEYS_ONLY,
        },
        ...(['list', 'user'] as const).map((kind) => ({
          indexName: kind === 'list' ? 'by_project' : 'by_user',
          partitionKey: { name: `${kind}_pk`, type: STRING },
          sortKey: { name: 'list_sk', type: STRING },
        })),
      ],
    });
    const usage = this.table('Usage', {
      globalSecondaryIndexes: [
        {
          indexName: 'by_project_month',
          partitionKey: { name: 'month_pk', type: STRING },
          sortKey: { name: 'month_sk', type: STRING },
        },
      ],
    });
    this.keys = this.restored('Keys', restoreTables.keys) ?? keys;
    this.usage = this.restored('Usage', restoreTables.usage) ?? usage;
    const threads = this.table('Threads', {
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      globalSecondaryIndexes: [
        {
          indexName: 'by_sweep',
          partitionKey: { name: 'sweep_shard', type: STRING },
          sortKey: { name: 'sweep_at', type: NUMBER },
          projectionType: dynamodb.ProjectionType.KEYS_ONLY,
        },
        {
          indexName: 'by_activity',
          partitionKey: { name: 'list_pk', type: STRING },
          sortKey: { name: 'list_sk', type: STRING },
        },
      ],
    });
    this.threads = this.restored('Threads', restoreTables.threads) ?? threads;
    const chunks = this.table('Chunks', {});
    this.chunks = this.restored('Chunks', restoreTables.chunks) ?? chunks;
    this.connections = this.table('Connections', {});
    this.logs = this.table('Logs', {
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      globalSecondaryIndexes: [
        {
          indexName: 'by_stamp',
          partitionKey: { name: 'stamp_pk', type: STRING },
          sortKey: { name: 'stamp_sk', type: STRING },
          // A block itself is read by its key: the index would hold it a second time.
          projectionType: dynamodb.ProjectionType.INCLUDE,
          nonKeyAttributes: [
            'summary',
            'hot',
            'kind',
            'from_ms',
            'to_ms',
            'records',
            'stored_bytes',
          ],
        },
      ],
    });
    this.sre = this.table('Sre', { dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES });
    this.adminSecret = this.secret('AdminKey', 'The first admin key, plain text');
    // No provider yet, and no secret yet: the operator's own value is never touched by a deployment.
    this.providerSecret = this.secret('Providers', 'Model providers: name -> api_key, base_url', {
      secretStringValue: SecretValue.unsafePlainText('{}'),
    });
    this.failedRecords = this.exported(
      'FailedRecords',
      this.bucket('FailedRecords', {
        versioned: false,
        lifecycleRules: [{ expiration: Duration.days(FAILED_RECORDS_DAYS) }],
      }),
    );
    // An object is removed with its thread: its last version stays for as long as the thread's rows can come back.
    this.blobs = this.exported(
      'Blobs',
      this.bucket('Blobs', {
        versioned: true,
        lifecycleRules: [
          {
            noncurrentVersionExpiration: Duration.days(RECOVERY_DAYS),
            expiredObjectDeleteMarker: true,
          },
        ],
      }),
    );
    // A block is never changed, and its item ends with it.
    this.blocks = this.exported(
      'Blocks',
      this.bucket('Blocks', {
        versioned: false,
        lifecycleRules: [{ expiration: Duration.days(telemetryDays + 1) }],
      }),
    );
    this.logDomain = logDomain === null ? null : new LogDomain(this, 'LogDomain', logDomain);
    this.addOutputs(stage, providers);
  }

  /** The operator's tools (ops/target.ts) read these outputs by name. */
  private addOutputs(stage: string, providers: readonly string[]): void {
    const outputs = [
      [
        'FailedRecordsBucketName',
        this.failedRecords.bucketName,
        'Records of streams that no function could read',
      ],
      ['KeysTableName', this.keys.tableName, 'The table of keys and holds'],
      ['UsageTableName', this.usage.tableName, 'The table of calls and usage'],
      ['ThreadsTableName', this.threads.tableName, 'The table of threads and messages'],
      ['ChunksTableName', this.chunks.tableName, 'The table of answers at work'],
      ['BlobsBucketName', this.blobs.bucketName, 'The bucket of what is too large for a row'],
      ['AdminKeySecret', this.adminSecret.secretArn, 'The secret with the first admin key'],
      [
        'ProviderSecret',
        this.providerSecret.secretArn,
        'The secret with the keys of the providers',
      ],
      [
        'AdminKeyCommand',
        `aws secretsmanager get-secret-value --region ${this.region} --secret-id ${this.adminSecret.secretArn} --query SecretString --output text`,
        'Prints the first admin key',
      ],
      // One provider at a time: a command that wrote the whole secret would wipe the keys that it does not know.
      [
        'ProviderKeyCommand',
        providers
          .map(
            (name) =>
              `npm run ops -- provider-key set ${name} --stage ${stage} --region ${this.region}`,
          )
          .join(' ; '),
        'Asks for the key of each provider; the keys of others stay',
      ],
    ] as const;
    for (const [name, value, description] of outputs)
      new CfnOutput(this, name, { value, description });
  }

  private table(id: string, props: Partial<dynamodb.TablePropsV2>): dynamodb.TableV2 {
    const table = new dynamodb.TableV2(this, id, {
      ...props,
      partitionKey: { name: 'pk', type: STRING },
      sortKey: { name: 'sk', type: STRING },
      billing: dynamodb.Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'ttl',
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    pin(table, `${id}Table`);
    // Exported whether it is used or not: a stack may not take back what another one still imports.
    this.exportValue(table.tableName);
    this.exportValue(table.tableArn);
    if (props.dynamoStream !== undefined) this.exportValue(table.tableStreamArn);
    return table;
  }

  /** A table that a restore made: the stage's own stays, retained and unused. */
  private restored(id: string, table: RestoredTable | undefined): StageTable | null {
    if (table === undefined) return null;
    return dynamodb.TableV2.fromTableAttributes(this, `Restored${id}`, {
      tableArn: this.formatArn({
        service: 'dynamodb',
        resource: 'table',
        resourceName: table.name,
      }),
      ...(table.streamArn === undefined ? {} : { tableStreamArn: table.streamArn }),
      grantIndexPermissions: true,
    });
  }

  private secret(
    id: string,
    description: string,
    value: Pick<secrets.SecretProps, 'secretStringValue'> = {},
  ): secrets.Secret {
    const secret = new secrets.Secret(this, id, {
      description,
      ...value,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    pin(secret, `${id}Secret`);
    acknowledge(
      secret,
      'SMG4',
      'Rotated by the operator: a provider issues its keys itself, and the admin key rotates with a grace period.',
    );
    return secret;
  }

  private exported(id: string, bucket: s3.Bucket): StageBucket {
    const exportName = `${this.stackName}-${id}Arn`;
    return {
      exportName,
      bucketName: bucket.bucketName,
      arn: this.exportValue(bucket.bucketArn, { name: exportName }),
    };
  }

  private bucket(
    id: string,
    kept: Pick<s3.BucketProps, 'versioned' | 'lifecycleRules'>,
  ): s3.Bucket {
    const bucket = new s3.Bucket(this, id, {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      ...kept,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    pin(bucket, `${id}Bucket`);
    acknowledge(
      bucket,
      'S1',
      'Reached by the functions of the stage alone; CloudTrail has who read it.',
    );
    return bucket;
  }
}
