import {
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type BatchGetItemCommandInput,
  type DeleteItemCommandInput,
  type DynamoDBClient,
  type GetItemCommandInput,
  type PutItemCommandInput,
  type QueryCommandInput,
  type TransactWriteItemsCommandInput,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { AwsError, isRecord } from '../../lambdas/platform/aws/aws-error.ts';
import type { JsonCall } from '../../lambdas/platform/aws/aws-json-client.ts';

type Send = (client: DynamoDBClient, input: object) => Promise<object>;

const OPERATIONS: Readonly<Record<string, Send>> = {
  GetItem: async (client, input) =>
    await client.send(new GetItemCommand(z.custom<GetItemCommandInput>(isRecord).parse(input))),
  BatchGetItem: async (client, input) =>
    await client.send(
      new BatchGetItemCommand(z.custom<BatchGetItemCommandInput>(isRecord).parse(input)),
    ),
  Query: async (client, input) =>
    await client.send(new QueryCommand(z.custom<QueryCommandInput>(isRecord).parse(input))),
  PutItem: async (client, input) =>
    await client.send(new PutItemCommand(z.custom<PutItemCommandInput>(isRecord).parse(input))),
  UpdateItem: async (client, input) =>
    await client.send(
      new UpdateItemCommand(z.custom<UpdateItemCommandInput>(isRecord).parse(input)),
    ),
  DeleteItem: async (client, input) =>
    await client.send(
      new DeleteItemCommand(z.custom<DeleteItemCommandInput>(isRecord).parse(input)),
    ),
  TransactWriteItems: async (client, input) =>
    await client.send(
      new TransactWriteItemsCommand(
        z.custom<TransactWriteItemsCommandInput>(isRecord).parse(input),
      ),
    ),
};

/** The calls of a table through the SDK, for those who have a profile or a single sign-on where a function has a role. */
export const sdkDynamoCalls =
  (client: DynamoDBClient): JsonCall =>
  async (operation, input) => {
    const send = OPERATIONS[operation];
    if (send === undefined) throw new Error(`${operation} is no call of a table`);
    try {
      return { ...(await send(client, input)) };
    } catch (error) {
      throw error instanceof DynamoDBServiceException ? refusalOf(error) : error;
    }
  };

const refusalOf = (error: DynamoDBServiceException): AwsError => {
  const { httpStatusCode = 0, attempts = 1, requestId } = error.$metadata;
  return new AwsError({
    name: error.name,
    message: error.message,
    facts: { httpStatusCode, attempts, ...(requestId === undefined ? {} : { requestId }) },
    members: Object.fromEntries(Object.entries(error)),
  });
};
