import { Duration } from 'aws-cdk-lib';
import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';

/** What the alarms and the dashboard look at. */
export interface Monitored {
  readonly stage: string;
  readonly frontDoor: apigateway.Stage;
  /** Are logs found by an index? */
  readonly isIndexed: boolean;
  /** The functions that answer model calls. */
  readonly calls: readonly lambda.Function[];
  readonly rollUp: lambda.Function;
  /** Id of the mapping from the Keys stream to `rollUp`. */
  readonly rollUpMappingId: string;
  readonly expireHolds: lambda.Function;
  readonly sweepRuns: lambda.Function;
  readonly runTurn: lambda.Function;
  readonly closeSockets: lambda.Function;
  /** Id of the mapping from the Keys stream to `closeSockets`. */
  readonly closeSocketsMappingId: string;
  readonly fanOut: lambda.Function;
  /** Id of the mapping from the Threads stream to `fanOut`. */
  readonly fanOutMappingId: string;
}

/** The spans in which figures are summed. */
export const SPAN_MINUTES = 5;
export const SPAN = Duration.minutes(SPAN_MINUTES);
export const QUARTER_MINUTES = 15;

/** Records of a stream that failed for good and were kept, by its mapping: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
export const keptRecords = (mappingId: string): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: 'AWS/Lambda',
    metricName: 'OnFailureDestinationDeliveredEventCount',
    dimensionsMap: { EventSourceMappingUUID: mappingId },
    statistic: 'Sum',
    period: SPAN,
  });
