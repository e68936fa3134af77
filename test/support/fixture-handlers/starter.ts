import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

const lambda = new LambdaClient();
const events = new EventBridgeClient();

/** Invokes another function without waiting for it, and says two things on the bus. */
export const handler = async (event: { readonly word: string }): Promise<string> => {
  const Payload = Buffer.from(JSON.stringify({ invoked: event.word }));
  await lambda.send(
    new InvokeCommand({
      FunctionName: process.env['RECORDER_ARN'],
      InvocationType: 'Event',
      Payload,
    }),
  );
  await events.send(
    new PutEventsCommand({
      Entries: ['Started', 'Ignored'].map((DetailType) => ({
        EventBusName: process.env['BUS'],
        Source: 'fixture',
        DetailType,
        Detail: JSON.stringify({ word: event.word }),
      })),
    }),
  );
  return 'started';
};
