import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { expect, test } from 'vitest';
import { dynamoKeyRegister } from '../../../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { ingestDoor } from '../../../../lambdas/sre/routes/ingest-routes.ts';
import { httpApiEvent } from '../../../../local/http/http-api-event.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';

const event = (method: string): APIGatewayProxyEventV2 =>
  httpApiEvent({
    method,
    url: new URL('http://127.0.0.1/v1/logs'),
    routeKey: `${method} /v1/logs`,
    params: {},
    headers: [
      ['Origin', 'https://shop.example'],
      ['Access-Control-Request-Headers', 'x-api-key'],
    ],
    body: Buffer.alloc(0),
    apiId: 'api',
    stage: '$default',
    requestId: 'r',
    nowMs: 0,
  });

test('a browser is let in before it has a key', async () => {
  const never = async (): Promise<never> => await Promise.reject(new Error('not asked'));
  const door = ingestDoor({
    keys: dynamoKeyRegister({ tables: new MemoryTables() }),
    corsOrigins: '*',
    random: () => 0,
    readBatch: () => {
      throw new Error('not asked');
    },
    blocks: { put: never, read: never, arrived: never, late: never },
    usage: { bytesOfDay: never, add: never, days: never },
    tenants: { seen: never, list: never },
    masks: { of: never },
    clock: { nowMs: () => 0 },
    metrics: { record: () => undefined },
  });
  const context = Object({ functionName: 'ingest' });
  const { status, headers } = await door.answer(door.read(event('OPTIONS')), context);
  expect([status, headers['access-control-allow-headers']]).toEqual([204, 'x-api-key']);
  expect(headers['access-control-allow-origin']).toBe('*');
  expect((await door.answer(door.read(event('POST')), context)).status).toBe(401);
});
