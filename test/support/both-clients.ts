import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { awsClient } from '../../lambdas/platform/aws/aws-client.ts';
import { awsJsonCalls } from '../../lambdas/platform/aws/aws-json-client.ts';
import { decodeItem } from '../../lambdas/platform/aws/attribute-values.ts';

export const ATTEMPTS_MAX = 4;
const TIMEOUT_MS = 250;
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
export const lean = (url: string, nowMs = Date.now): Update => {
  const call = awsJsonCalls(
    awsClient({
      place: { endpoint: url, region, credentials },
      signingName: 'dynamodb',
      limits: { socketsMax: 8, connectTimeoutMs: 1_000, requestTimeoutMs: TIMEOUT_MS },
      attemptsMax: ATTEMPTS_MAX,
      retryBaseMs: 25,
      nowMs,
    }),
    { version: '1.0', target: 'DynamoDB_20120810' },
  );
  return async () => decodeItem((await call('UpdateItem', input))['Attributes']);
};
/** The SDK's, with the same limits. */
export const sdk = (endpoint: string): Update => {
  const client = new DynamoDBClient({
    endpoint,
    region,
    credentials,
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1_000,
      requestTimeout: TIMEOUT_MS,
      // Without it the SDK waits five minutes for the rest of a body.
      socketTimeout: TIMEOUT_MS,
      throwOnRequestTimeout: true,
    }),
  });
  return async () => unmarshall((await client.send(new UpdateItemCommand(input))).Attributes ?? {});
};
