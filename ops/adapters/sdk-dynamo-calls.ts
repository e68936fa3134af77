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

const inputOf = <T>(input: object): T => z.custom<T>(isRecord).parse(input);

const OPERATIONS: Readonly<Record<string, Send>> = {
  GetItem: async (client, input) =>
    await client.send(new GetItemCommand(inputOf<GetItemCommandInput>(input))),
  BatchGetItem: async (client, input) =>
    await client.send(new BatchGetItemCommand(inputOf<BatchGetItemCommandInput>(input))),
  Query: async (client, input) =>
    await client.send(new QueryCommand(inputOf<QueryCommandInput>(input))),
  PutItem: async (client, input) =>
    await client.send(new PutItemCommand(inputOf<PutItemCommandInput>(input))),
  UpdateItem: async (client, input) =>
    await client.send(new UpdateItemCommand(inputOf<UpdateItemCommandInput>(input))),
  DeleteItem: async (client, input) =>
    await client.send(new DeleteItemCommand(inputOf<DeleteItemCommandInput>(input))),
  TransactWriteItems: async (client, input) =>
    await client.send(
      new TransactWriteItemsCommand(inputOf<TransactWriteItemsCommandInput>(input)),
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
    members: { ...error },
  });
};
