import type { Datum } from './metric-sums.ts';
import type { Resource } from '../template.ts';

/** What AWS itself would report of the services that this runtime stands for; alarms look at it. */
export interface AwsMetrics {
  invoked(functionId: string, isFine: boolean): void;
  answered(status: number): void;
  delivered(functionId: string, ageMs: number): void;
  keptAside(mappingId: string, records: number): void;
  lost(functionId: string, records: number): void;
}

export const awsMetrics = (
  resources: readonly Resource[],
  measure: (datum: Datum) => void,
): AwsMetrics => {
  const told =
    (namespace: string, unit: string) =>
    (name: string, dimensions: Datum['dimensions'], value: number): void =>
      measure({ namespace, name, dimensions, unit, values: [value] });
  const lambda = told('AWS/Lambda', 'Count');
  const lambdaTime = told('AWS/Lambda', 'Milliseconds');
  const api = told('AWS/ApiGateway', 'Count');
  const front = frontDimensions(resources);
  return {
    invoked: (functionId, isFine) => {
      lambda('Invocations', { FunctionName: functionId }, 1);
      lambda('Errors', { FunctionName: functionId }, isFine ? 0 : 1);
    },
    answered: (status) => {
      api('Count', front, 1);
      api('4XXError', front, status >= 400 && status < 500 ? 1 : 0);
      api('5XXError', front, status >= 500 ? 1 : 0);
    },
    delivered: (functionId, ageMs) =>
      lambdaTime('IteratorAge', { FunctionName: functionId }, ageMs),
    keptAside: (mappingId, records) =>
      lambda(
        'OnFailureDestinationDeliveredEventCount',
        { EventSourceMappingUUID: mappingId },
        records,
      ),
    lost: (functionId, records) =>
      lambda('DestinationDeliveryFailures', { FunctionName: functionId }, records),
  };
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html */
const frontDimensions = (resources: readonly Resource[]): Datum['dimensions'] => {
  const api = resources.find(({ type }) => type === 'AWS::ApiGateway::RestApi');
  const stage = resources.find(({ type }) => type === 'AWS::ApiGateway::Stage');
  return { ApiName: String(api?.properties['Name']), Stage: stage?.id ?? '' };
};
