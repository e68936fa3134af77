import { beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { tableRunbookBook } from '../../../../lambdas/sre/adapters/table-runbook-book.ts';
import { runbookRoutes } from '../../../../lambdas/sre/routes/runbook-routes.ts';
import {
  PARAMETER_CHARS_MAX,
  RUNBOOK_CHARS_MAX,
  STEPS_MAX,
} from '../../../../lambdas/sre/runbooks/runbook.ts';
import { secretsIn, type KeptSecrets } from '../../../support/sre/destination-room.ts';
import { START_MS } from '../../../support/sre/entries.ts';
import { sreRoom, type SreRoom } from '../../../support/sre/sre-room.ts';

const ID = 'runbook_01ktt0m6q0h3v5x8y2z4w6p9rs';
/** Of an item of DynamoDB: 400 KB, with its keys. */
const RUNBOOK_BYTES_MAX = 390_000;
const item = z.looseObject({ runbook: z.string() });

let room: SreRoom;
let kept: KeptSecrets;

beforeEach(async () => {
  kept = new Map();
  room = await sreRoom(START_MS, ['/v1/runbooks/{runbook_id}'], ({ tables, keys, clock }) =>
    runbookRoutes({
      keys,
      runbooks: tableRunbookBook({ tables }),
      secrets: secretsIn(kept),
      allowed: new Set(),
      isLoopbackAllowed: false,
      newRunbookId: () => ID,
      clock,
    }),
  );
});

const stepsOf = (parameters: number, text: string) =>
  Array.from({ length: STEPS_MAX }, (_, step) => ({
    id: `step-${step}`,
    title: 'Restart',
    action: {
      kind: 'webhook',
      url: 'https://ops.example/restart',
      parameters: Object.fromEntries(
        Array.from({ length: parameters }, (_parameter, index) => [`p${index}`, text]),
      ),
    },
  }));

test.each([
  ['of one byte', 'x', 16],
  ['of three bytes', '漢', 6],
  ['that JSON writes as six', '\u0001', 3],
])('a runbook that is taken is an item, with characters %s', async (_name, one, parameters) => {
  const answer = await room.send('POST', '/v1/runbooks', {
    name: one.repeat(256),
    text: one.repeat(RUNBOOK_CHARS_MAX),
    steps: stepsOf(parameters, one.repeat(PARAMETER_CHARS_MAX)),
  });
  expect(answer.status).toBe(201);
  const [stored] = room.tables.items.sre.values().filter(({ sk }) => sk === `R#${ID}`);
  const { runbook } = item.parse(stored);
  expect(Buffer.byteLength(runbook)).toBeGreaterThan(150_000);
  expect(Buffer.byteLength(runbook)).toBeLessThan(RUNBOOK_BYTES_MAX);
});

test('steps that an item has no room for are refused by their name, and leave no secret behind', async () => {
  const steps = stepsOf(25, '漢'.repeat(PARAMETER_CHARS_MAX));
  const answer = await room.send('POST', '/v1/runbooks', { name: 'large', steps });
  expect(answer.status).toBe(400);
  expect(JSON.stringify(answer.body)).toContain('steps: at most 200000 bytes');
  expect(kept.size).toBe(0);
});

test('a runbook that the storage did not take leaves no secret behind', async () => {
  room.tables.transact = async () => await Promise.reject(new Error('no storage'));
  const answer = await room.send('POST', '/v1/runbooks', { name: 'x', steps: stepsOf(1, 'a') });
  expect(answer.status).toBe(500);
  expect(kept.size).toBe(0);
});

test('a runbook that is there although the answer was lost keeps its secret', async () => {
  const transact = room.tables.transact.bind(room.tables);
  room.tables.transact = async (writes) => {
    await transact(writes);
    throw new Error('the answer is lost');
  };
  const answer = await room.send('POST', '/v1/runbooks', { name: 'x', steps: stepsOf(1, 'a') });
  expect(answer.status).toBe(500);
  expect([...kept.keys()]).toEqual([ID]);
});
