import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** The engine by the SDK, for whoever looks into it; the runtime itself does without. */
export const storageClient = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: localCredentials });
