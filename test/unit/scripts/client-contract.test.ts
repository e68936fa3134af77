import { expect, test } from 'vitest';
import * as z from 'zod';
import { CONTRACT_SHA256 } from '../../../clients/node/generated/contract.generated.ts';
import { Routes } from '../../../clients/node/generated/sdk.generated.ts';
import { clientContract, contractHash } from '../../../scripts/client-contract.ts';

const document = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        requestBody: z.looseObject({ required: z.boolean().optional() }).optional(),
        responses: z.record(z.string(), z.object({ content: z.record(z.string(), z.unknown()) })),
      }),
    ),
  ),
});
const operations = Object.values(document.parse(JSON.parse(clientContract())).paths).flatMap(
  (methods) => Object.values(methods),
);
const named = (id: string) => operations.find(({ operationId }) => operationId === id);

test('the client is made of the contract as it is: else `npm run build:client` makes it again', () => {
  expect(CONTRACT_SHA256).toBe(contractHash(clientContract()));
});

test('the client has a method for each route that no SDK of a provider calls', () => {
  const methods = Object.getOwnPropertyNames(Routes.prototype).filter(
    (name) => name !== 'constructor',
  );
  expect(methods.toSorted()).toEqual(operations.map(({ operationId }) => operationId).toSorted());
  for (const name of [
    'createKey',
    'putTier',
    'updateProjectCap',
    'getUsage',
    'exportUsage',
    'listModels',
    'getCatalog',
    'createRoute',
    'createNotice',
    'getCohorts',
    'setOwnPrice',
    'createJob',
    'postMessage',
    'listIncidents',
    'listAnomalies',
    'searchLogs',
  ])
    expect(methods).toContain(name);
  for (const name of ['createChatCompletion', 'createResponse', 'streamRun', 'getElevenLabs'])
    expect(methods).not.toContain(name);
});

test('no method answers with a stream', () => {
  for (const { responses } of operations)
    for (const { content } of Object.values(responses))
      expect(Object.keys(content)).not.toContain('text/event-stream');
  expect(JSON.stringify(named('postMessage')?.requestBody)).toContain('"const":false');
});

test('a body is required where an empty one will not do', () => {
  expect(named('createKey')?.requestBody?.required).toBe(true);
  expect(named('postMessage')?.requestBody?.required).toBe(true);
  expect(named('rotateKey')?.requestBody?.required).toBeUndefined();
});
