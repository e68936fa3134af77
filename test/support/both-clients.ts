import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { awsClient } from '../../lambdas/platform/aws/aws-client.ts';
import { awsJsonCalls } from '../../lambdas/platform/aws/aws-json-client.ts';
import { decodeItem } from '../../lambdas/platform/aws/attribute-values.ts';

export const ATTEMPTS_MAX = 4;
/** Long enough for any answer that comes. */
const PATIENCE_MS = 30_000;
const region = 'eu-central-1';
const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret', sessionToken: 'token' };

/** The update that both clients send. */
export const input = {
  TableName: 'Keys',
  Key: { pk: { S: 'KEY#a' } },
  UpdateExpression: 'SET spent = :spent',
  ExpressionAttributeValues: { ':spent': { N: '7' } },
  ReturnValues: 'ALL_NEW',
} as const;

export type Update = () => Promise<unknown>;
/** Ours. */
export const lean = (url: string, timeoutMs = PATIENCE_MS): Update => {
  const call = awsJsonCalls(
    awsClient({
      place: { endpoint: url, region, credentials },
      signingName: 'dynamodb',
      limits: { socketsMax: 8, connectTimeoutMs: 1_000, requestTimeoutMs: timeoutMs },
      attemptsMax: ATTEMPTS_MAX,
      retryBaseMs: 25,
      nowMs: Date.now,
    }),
    { version: '1.0', target: 'DynamoDB_20120810' },
  );
  return async () => decodeItem((await call('UpdateItem', input))['Attributes']);
};
/** The SDK's, with the same limits. */
export const sdk = (endpoint: string, timeoutMs = PATIENCE_MS): Update => {
  const client = new DynamoDBClient({
    endpoint,
    region,
    credentials,
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1_000,
      requestTimeout: timeoutMs,
      // Without it the SDK waits five minutes for the rest of a body.
      socketTimeout: timeoutMs,
      throwOnRequestTimeout: true,
    }),
  });
  return async () => unmarshall((await client.send(new UpdateItemCommand(input))).Attributes ?? {});
};
