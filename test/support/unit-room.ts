import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listenHere } from '../../local/http/listen-here.ts';
import { completeUnits } from '../../lambdas/inference/calls/complete-units.ts';
import type { UnitInput } from '../../lambdas/inference/calls/unit-types.ts';
import type { CompleteAnswer } from '../../lambdas/inference/calls/call-types.ts';
import type { UnitWire } from '../../lambdas/inference/wires/unit-wire.ts';
import { newHoldId, requestIdOf } from '../../lambdas/shared/ids.ts';
import { engineRoom } from './engine-room.ts';
import { KEY_ID } from './key-items.ts';
import { routesIn } from './route-room.ts';
import { unitRefusal } from './strict/unit-refusal.ts';

/** A request as the provider has it. */
export interface SeenCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export type UnitAnswerer = (response: ServerResponse, call: SeenCall) => void;

/**
 * The deployed use case of calls that are billed by units, over the deployed ledger on a table in memory, and a provider
 * on a real socket that takes what its contract has and nothing else.
 */
export const unitRoom = async (silenceMs?: number) => {
  const calls: SeenCall[] = [];
  let answer: UnitAnswerer = (response) => void response.end('{}');
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = {
      path: request.url ?? '',
      headers: request.headers,
      body: await buffer(request),
    };
    calls.push(call);
    const problem = await unitRefusal(call.path, request.headers['content-type'] ?? '', call.body);
    if (problem === null) return answer(response, call);
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { message: problem, type: 'invalid_request_error' } }));
  };
  const server = createServer((request, response) => void respond(request, response));
  const port = await listenHere(server);
  const room = engineRoom(`http://127.0.0.1:${port}/v1`, silenceMs);
  return {
    ...room,
    ...routesIn(room),
    calls,
    answers: (next: UnitAnswerer) => {
      answer = next;
    },
    json: (body: unknown, headers: Readonly<Record<string, string>> = {}) => {
      answer = (response) => {
        response.writeHead(200, { 'content-type': 'application/json', ...headers });
        response.end(JSON.stringify(body));
      };
    },
    ask: async (
      wire: UnitWire,
      body: object | Uint8Array,
      input: Partial<UnitInput> = {},
    ): Promise<CompleteAnswer> => {
      const holdId = newHoldId(Date.now());
      return await completeUnits(room.deps, wire, {
        credential: { keyId: KEY_ID, secretHash: 'hash' },
        requestId: requestIdOf(KEY_ID, holdId),
        holdId,
        headers: { 'content-type': 'application/json' },
        body: body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body)),
        feature: null,
        deadlineMs: Date.now() + 60_000,
        ...input,
      });
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

export type UnitRoom = Awaited<ReturnType<typeof unitRoom>>;

/** The bytes of an answer, to its end. */
export const bytesOf = async ({ body }: CompleteAnswer): Promise<Buffer> => {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
};
