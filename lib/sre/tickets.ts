import { Duration } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DeployedDeliverEnv, FileTicketsEnv } from '../../lambdas/sre/env.ts';
import { grantGetObjects, grantTable } from '../shared/grants.ts';
import { ServiceFunction } from '../shared/service-function.ts';
import type { StageConfig } from '../shared/stage-config.ts';
import type { StateStack } from '../state-stack.ts';
import { queueWithDead } from './dead-letters.ts';
import { grantMail } from '../shared/mail-grant.ts';
import { grantDestinationSecrets, secretsPrefix } from './destination-grants.ts';
import { grantSend, type Incidents } from './incidents.ts';
import { SRE_SIZES } from './sizes.ts';

/** Tries of a destination are counted by the delivery; these are failures of our own: hours of them lose no ticket. */
const RECEIVES_MAX = 200;
/** A worker that was killed is followed up when its lease is over, not half an hour later. */
const VISIBLE_AGAIN = Duration.seconds(2 * SRE_SIZES.deliver.timeoutSeconds);
/** Destinations that hang hold a worker for a minute each. */
const DELIVERING_AT_ONCE = 50;

/**
 * From incidents to tickets. One queue for all destinations: SQS is fair between groups, and each destination is one, so
 * one that is slow holds up its own messages; a queue a kind would be polled all day for nothing, and would still let
 * one Jira wait for another. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
export class Tickets extends Construct {
  readonly fileTickets: ServiceFunction;
  readonly deliver: ServiceFunction;
  readonly deliveries: sqs.Queue;
  readonly deliveriesDead: sqs.Queue;

  constructor(
    scope: Construct,
    id: string,
    {
      config,
      state,
      incidents,
    }: {
      readonly config: StageConfig;
      readonly state: StateStack;
      readonly incidents: Incidents;
    },
  ) {
    super(scope, id);
    [this.deliveries, this.deliveriesDead] = queueWithDead(this, 'Deliveries', {
      receivesMax: RECEIVES_MAX,
      visibleAgain: VISIBLE_AGAIN,
      kept: Duration.days(4),
    });
    this.fileTickets = this.fileTicketsFunction(config, state, incidents);
    this.deliver = this.deliverFunction(config, state);
  }

  private fileTicketsFunction(
    config: StageConfig,
    state: StateStack,
    incidents: Incidents,
  ): ServiceFunction {
    const environment: FileTicketsEnv = {
      SRE_TABLE: state.sre.tableName,
      DELIVERIES_QUEUE_URL: this.deliveries.queueUrl,
    };
    const fn = new ServiceFunction(this, 'file-tickets', {
      room: 'sre',
      size: SRE_SIZES['file-tickets'],
      description: 'Decides which destinations hear of an incident',
      config,
      environment,
    });
    grantTable(state.sre, fn, 'GetItem', 'UpdateItem', 'Query');
    grantSend(fn, this.deliveries);
    incidents.changes.grantConsumeMessages(fn);
    fn.addEventSourceMapping('Changes', {
      eventSourceArn: incidents.changes.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
    });
    return fn;
  }

  private deliverFunction(config: StageConfig, state: StateStack): ServiceFunction {
    const environment: DeployedDeliverEnv = {
      SRE_TABLE: state.sre.tableName,
      LOGS_TABLE: state.logs.tableName,
      BLOCKS_BUCKET: state.blocks.bucketName,
      DELIVERIES_QUEUE_URL: this.deliveries.queueUrl,
      DESTINATION_SECRETS_PREFIX: secretsPrefix(config),
      MAIL_FROM: config.mailFrom ?? '',
      CONSOLE_URL: config.consoleUrl ?? '',
    };
    const fn = new ServiceFunction(this, 'deliver', {
      room: 'sre',
      size: SRE_SIZES.deliver,
      description: 'Brings tickets to their destinations',
      config,
      environment,
      beside: ['s3'],
    });
    grantTable(
      state.sre,
      fn,
      'GetItem',
      'BatchGetItem',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'Query',
    );
    grantTable(state.logs, fn, 'GetItem');
    grantGetObjects(state.blocks, fn, 'blocks/');
    grantDestinationSecrets(fn, config, 'GetParameter');
    grantMail(fn, config);
    grantSend(fn, this.deliveries);
    this.deliveries.grantConsumeMessages(fn);
    fn.addEventSourceMapping('Deliveries', {
      eventSourceArn: this.deliveries.queueArn,
      batchSize: 1,
      maxConcurrency: DELIVERING_AT_ONCE,
      reportBatchItemFailures: true,
    });
    return fn;
  }
}
