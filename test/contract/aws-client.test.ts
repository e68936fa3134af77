import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { ATTEMPTS_MAX, input, lean, sdk, type Update } from '../support/both-clients.ts';
import {
  answers,
  cuts,
  drips,
  refuses,
  resets,
  silence,
  stalls,
  startFaultyServer,
  type Fault,
  type FaultyServer,
  type SeenRequest,
} from '../support/faulty-server.ts';

const WRITTEN = { Attributes: { pk: { S: 'KEY#a' }, spent: { N: '7' } } };
const STORED = { pk: { S: 'KEY#a' }, spent: { N: '9' } };

/** What a caller sees of one update, and what the service sees. */
interface Outcome {
  readonly result: unknown;
  readonly attempts: unknown;
  readonly seen: number;
}

let server: FaultyServer;
beforeAll(async () => void (server = await startFaultyServer()));
afterAll(() => server.stop());
// Full jitter of nothing: both clients pause for no time at all.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

const failed = z.object({
  name: z.string(),
  $metadata: z.object({ attempts: z.number().optional() }).optional(),
});
const outcomeOf = async (update: Update): Promise<Outcome> => {
  try {
    return { result: await update(), attempts: server.seen.length, seen: server.seen.length };
  } catch (error) {
    const { name, $metadata } = failed.parse(error);
    return { result: name, attempts: $metadata?.attempts, seen: server.seen.length };
  }
};

const written = answers({ body: WRITTEN });
const RESULT = { pk: 'KEY#a', spent: 7 };
describe('both clients come to the same outcome', () => {
  test.each<[string, readonly [Fault, ...Fault[]], unknown, number]>([
    ['an answer', [written], RESULT, 1],
    ['a reset connection', [resets, written], RESULT, 2],
    ['connections that are always reset', [resets], 'TimeoutError', 4],
    ['an answer that is cut', [cuts(WRITTEN), written], RESULT, 2],
    ['an answer that comes letter by letter', [drips(WRITTEN)], RESULT, 1],
    [
      'a failure of the service',
      [refuses('InternalServerError', { status: 500 }), written],
      RESULT,
      2,
    ],
    [
      'a service that always fails',
      [refuses('InternalServerError', { status: 500 })],
      'InternalServerError',
      4,
    ],
    ['a failure that nobody repeats', [refuses('Odd', { status: 501 })], 'Odd', 1],
    [
      'something between that answers with a page',
      [answers({ status: 503, body: '<html>', headers: { 'content-type': 'text/html' } }), written],
      RESULT,
      2,
    ],
    ['a throttle', [refuses('ProvisionedThroughputExceededException'), written], RESULT, 2],
    [
      'a throttle that stays',
      [refuses('ProvisionedThroughputExceededException')],
      'ProvisionedThroughputExceededException',
      4,
    ],
    ['a throttle by its status', [refuses('Slow', { status: 429 }), written], RESULT, 2],
    ['a throttle by another name', [refuses('ThrottlingException'), written], RESULT, 2],
    [
      'a write that met another of its kind',
      [refuses('ReplicatedWriteConflictException'), written],
      RESULT,
      2,
    ],
    [
      'a transaction in flight',
      [refuses('TransactionConflictException')],
      'TransactionConflictException',
      1,
    ],
    [
      'a transaction of this token',
      [refuses('TransactionInProgressException'), written],
      RESULT,
      2,
    ],
    [
      'a failed condition',
      [refuses('ConditionalCheckFailedException', { members: { Item: STORED } })],
      'ConditionalCheckFailedException',
      1,
    ],
    [
      'a write that was done although its answer was lost',
      [resets, refuses('ConditionalCheckFailedException', { members: { Item: STORED } })],
      'ConditionalCheckFailedException',
      2,
    ],
    ['a wrong request', [refuses('ValidationException')], 'ValidationException', 1],
    ['a refused signature', [refuses('AccessDeniedException')], 'AccessDeniedException', 1],
  ])('on %s', async (_, faults, result, attempts) => {
    const expected = { result, attempts, seen: attempts };
    server.script(...faults);
    expect(await outcomeOf(lean(server.url))).toEqual(expected);
    server.script(...faults);
    expect(await outcomeOf(sdk(server.url))).toEqual(expected);
  });

  test.each<[string, readonly [Fault, ...Fault[]], number, unknown, number]>([
    ['an answer that stops in its middle', [stalls(WRITTEN), written], 1_500, RESULT, 2],
    ['no answer', [silence, written], 1_500, RESULT, 2],
    ['never an answer', [silence], 200, 'TimeoutError', 4],
  ])('on %s', async (_, faults, timeoutMs, result, attempts) => {
    for (const client of [lean, sdk]) {
      server.script(...faults);
      const outcome = await outcomeOf(client(server.url, timeoutMs));
      expect(outcome).toEqual({ result, attempts, seen: attempts });
    }
  });

  test('on a clock that is an hour behind the service', async () => {
    const ahead: Fault = (response, request) => {
      const nowMs = Date.now() + 3_600_000;
      const headers = { date: new Date(nowMs).toUTCString() };
      const isInTime = Math.abs(signedAtMs(request) - nowMs) < 300_000;
      (isInTime
        ? answers({ body: WRITTEN, headers })
        : refuses('InvalidSignatureException', { headers }))(response, request);
    };
    for (const client of [lean, sdk]) {
      server.script(ahead);
      const update = client(server.url);
      expect(await outcomeOf(update)).toEqual({ result: RESULT, attempts: 2, seen: 2 });
      // From now on the clock is right.
      server.script(ahead);
      expect(await outcomeOf(update)).toEqual({ result: RESULT, attempts: 1, seen: 1 });
    }
  });

  test('on a service that fails for long: the budget of repeats ends, and fills again by what succeeds', async () => {
    const attempts = async (client: Update): Promise<readonly number[]> => {
      const counts: number[] = [];
      const count = async (fault: Fault): Promise<void> => {
        server.script(fault);
        await client().catch(() => undefined);
        counts.push(server.seen.length);
      };
      for (let call = 0; call < 14; call++) await count(refuses('Failure', { status: 500 }));
      for (let call = 0; call < 20; call++) await count(written);
      await count(refuses('Failure', { status: 500 }));
      return counts;
    };
    const ofLean = await attempts(lean(server.url));
    expect(ofLean).toEqual(await attempts(sdk(server.url)));
    expect([...new Set(ofLean.slice(0, 14))]).toEqual([4, 3, 1]);
    expect(ofLean.at(-1)).toBe(3);
  });

  test('on an address where nobody listens', async () => {
    server.script(written);
    const refused = { result: 'ECONNREFUSED', attempts: ATTEMPTS_MAX };
    for (const client of [lean, sdk]) {
      const error: unknown = await client('http://127.0.0.1:1')().catch((cause: unknown) => cause);
      const { code, $metadata } = refusedSocket.parse(error);
      expect({ result: code, attempts: $metadata.attempts }).toEqual(refused);
    }
  });
});

describe('the lean client alone', () => {
  test('asks again when an answer is not what the service sent, which the SDK takes for the truth', async () => {
    const garbled = answers({
      body: { Attributes: { ...WRITTEN.Attributes, spent: { N: '8' } } },
      headers: { 'x-amz-crc32': '1' },
    });
    server.script(garbled, written);
    expect(await outcomeOf(lean(server.url))).toEqual({ result: RESULT, attempts: 2, seen: 2 });
    server.script(garbled);
    expect(await outcomeOf(lean(server.url))).toMatchObject({
      result: 'CRC32CheckFailed',
      attempts: 4,
    });
    server.script(garbled);
    expect(await outcomeOf(sdk(server.url))).toMatchObject({ result: { spent: 8 }, attempts: 1 });
  });

  test('does not repeat a failed condition because a clock is wrong, as the SDK does', async () => {
    const headers = { date: new Date(Date.now() + 3_600_000).toUTCString() };
    const update = lean(server.url);
    server.script(answers({ body: WRITTEN, headers }));
    await update();
    const refused = refuses('ConditionalCheckFailedException', { headers });
    server.script(refused);
    expect(await outcomeOf(update)).toMatchObject({ attempts: 1 });
    server.script(refused);
    expect(await outcomeOf(sdk(server.url))).toMatchObject({ attempts: 4 });
  });

  test('tells a refusal with its request id, its members and its message', async () => {
    server.script(refuses('ConditionalCheckFailedException', { members: { Item: STORED } }));
    const error: unknown = await lean(server.url)().catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      message: 'it is ConditionalCheckFailedException',
      $metadata: { requestId: 'REQUEST1', httpStatusCode: 400, attempts: 1 },
      members: { Item: STORED },
    });
  });

  test('waits as long as the service asks before it tries again', async () => {
    server.script(
      refuses('ThrottlingException', { headers: { 'x-amz-retry-after': '120' } }),
      written,
    );
    const pauses = vi.spyOn(globalThis, 'setTimeout');
    await lean(server.url)();
    expect(pauses.mock.calls.map(([, ms]) => ms)).toContainEqual(expect.closeTo(110, -2));
  });

  test('sends the session token, and signs as the service and region it is for', async () => {
    server.script(written);
    await lean(server.url)();
    const { headers, body } = server.seen[0] ?? { headers: {}, body: '' };
    expect(headers).toMatchObject({
      'x-amz-target': 'DynamoDB_20120810.UpdateItem',
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-security-token': 'token',
    });
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIA\/\d{8}\/eu-central-1\/dynamodb\/aws4_request, /,
    );
    expect(JSON.parse(body)).toEqual(input);
  });

  test('uses one connection for calls that follow one another', async () => {
    const ports = new Set<number | undefined>();
    server.script((response, request) => {
      ports.add(response.socket?.remotePort);
      written(response, request);
    });
    const update = lean(server.url);
    for (let call = 0; call < 5; call++) await update();
    expect(ports.size).toBe(1);
  });
});

const refusedSocket = z.object({
  code: z.string(),
  $metadata: z.object({ attempts: z.number() }),
});

/** `20261130T004500Z` */
const signedAtMs = ({ headers }: SeenRequest): number =>
  Date.parse(
    String(headers['x-amz-date']).replace(
      /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/,
      '$1-$2-$3T$4:$5:$6Z',
    ),
  );
