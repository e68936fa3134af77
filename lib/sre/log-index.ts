import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { IndexLogsEnv } from '../../lambdas/sre/env.ts';
import { grantGetObjects, grantKeepFailures, grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';
import type { LogDomain } from './log-domain.ts';
import { SRE_SIZES } from './sizes.ts';

const BATCH_SIZE = 100;
/** A domain that is down so long leaves its blocks to the bucket of failures, and to a replay. */
const MAX_AGE = Duration.hours(6);

/** The second reader of the Logs stream, where a stage searches by OpenSearch. */
export class LogIndex extends Construct {
  readonly indexLogs: ServiceFunction;
  readonly mappingId: string;
  readonly domain: LogDomain;

  constructor(
    scope: Construct,
    id: string,
    {
      config,
      state,
      domain,
    }: {
      readonly config: StageConfig;
      readonly state: StateStack;
      readonly domain: LogDomain;
    },
  ) {
    super(scope, id);
    this.domain = domain;
    const environment: IndexLogsEnv = {
      LOGS_TABLE: state.logs.tableName,
      BLOCKS_BUCKET: state.blocks.bucketName,
      TELEMETRY_DAYS: String(config.telemetryDays),
      SEARCH_ENDPOINT: domain.endpoint,
      SEARCH_SHARDS: String(config.searchNodes),
      SEARCH_REPLICAS: String(config.searchReplicas),
    };
    this.indexLogs = new ServiceFunction(this, 'index-logs', {
      room: 'sre',
      size: SRE_SIZES['index-logs'],
      description: 'Logs stream: makes records findable by OpenSearch',
      config,
      environment,
      beside: ['s3'],
    });
    grantTable(state.logs, this.indexLogs, 'GetItem');
    grantGetObjects(state.blocks, this.indexLogs, 'blocks/');
    domain.grantIndex(this.indexLogs);
    state.logs.grantStreamRead(this.indexLogs);
    grantKeepFailures(state.failedRecords, this.indexLogs);
    this.mappingId = this.indexLogs.addEventSourceMapping('LogsStream', {
      eventSourceArn: state.logs.tableStreamArn ?? '',
      // What came in the last day is found from the beginning.
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      maxBatchingWindow: Duration.seconds(1),
      parallelizationFactor: 2,
      bisectBatchOnError: true,
      maxRecordAge: MAX_AGE,
      metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
      onFailure: { bind: () => ({ destination: state.failedRecords.arn }) },
      filters: [
        lambda.FilterCriteria.filter({
          eventName: lambda.FilterRule.isEqual('INSERT'),
          dynamodb: {
            NewImage: {
              kind: { S: lambda.FilterRule.or('logs', 'traces') },
              // A block, and not what stands beside it for a search by scan.
              tenant: { S: lambda.FilterRule.exists() },
            },
          },
        }),
      ],
    }).eventSourceMappingId;
  }
}
