import { awsClient } from '../../lambdas/platform/aws/aws-client.ts';
import type { AwsPlace } from '../../lambdas/platform/aws/aws-environment.ts';
import { awsJsonCalls, type JsonCall } from '../../lambdas/platform/aws/aws-json-client.ts';
import { DYNAMODB_LIMITS, DYNAMODB_PROTOCOL } from '../../lambdas/platform/dynamo.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: null };

/** A service of this machine. */
export const localPlace = (endpoint: string): AwsPlace => ({
  endpoint,
  region: 'us-east-1',
  credentials,
});

/** An engine that shares a busy machine with its test takes its time. */
const PATIENCE_MS = 60_000;

/** The deployed client on an engine of this machine. */
export const localCalls = (endpoint: string): JsonCall => {
  const place = localPlace(endpoint);
  const limits = { ...DYNAMODB_LIMITS.limits, requestTimeoutMs: PATIENCE_MS };
  return awsJsonCalls(awsClient({ place, ...DYNAMODB_LIMITS, limits }), DYNAMODB_PROTOCOL);
};

/** The same calls; `note` gets the operation and what it consumed, a figure for each table. */
export const meteredCalls =
  (
    call: JsonCall,
    detail: 'TOTAL' | 'INDEXES',
    note: (operation: string, consumed: unknown) => void,
  ): JsonCall =>
  async (operation, input) => {
    const output = await call(operation, { ...input, ReturnConsumedCapacity: detail });
    note(operation, output['ConsumedCapacity']);
    return output;
  };
