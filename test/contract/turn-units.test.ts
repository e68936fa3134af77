import { App } from 'aws-cdk-lib';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { turnUnits, turnWrites, type TurnShape } from '../../cost/turn-writes.ts';
import { dynamoTables } from '../../lambdas/platform/tables/dynamo-tables.ts';
import { tableChunkLog } from '../../lambdas/threads/adapters/table-chunk-log.ts';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import type { RunEvent } from '../../lambdas/threads/domain/run-event.ts';
import type { Run } from '../../lambdas/threads/domain/thread.ts';
import { StateStack } from '../../lib/state-stack.ts';
import { startStorage, type Storage } from '../../local/dynamo/storage.ts';
import { createTables } from '../../local/dynamo/tables.ts';
import { readTemplates } from '../../local/template.ts';
import { localCalls, meteredCalls } from '../support/local-calls.ts';
import {
  newRun,
  newTurn,
  runEnd,
  SETTINGS,
  SETTLEMENT,
  step,
  thread,
} from '../support/thread-rows.ts';

const NOW_MS = Date.UTC(2026, 10, 25);
/** Words as people write them: what repeats would pack too well. */
const WORDS = readFileSync('docs/protocol-threads.md', 'utf8').split(/\s+/);
const assembly = mkdtempSync(join(tmpdir(), 'sluice-turn-units-'));
const units = z.object({ CapacityUnits: z.number() });
const capacity = z.union([units.transform((one) => [one]), z.array(units)]);
let storage: Storage;
let consumed = 0;

beforeAll(async () => {
  storage = await startStorage(mkdtempSync(join(tmpdir(), 'sluice-turn-units-')), undefined);
  const app = new App({ outdir: assembly });
  new StateStack(app, 'State', {});
  app.synth();
  await createTables(storage.endpoint, readTemplates(assembly));
});
afterAll(() => storage.stop());

const countWrites = (operation: string, figures: unknown): void => {
  if (/^(Get|Query)/.test(operation)) return;
  for (const { CapacityUnits } of capacity.parse(figures)) consumed += CapacityUnits;
};

/** Write units that the engine counts for this piece of work. */
const unitsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const before = consumed;
  await work();
  return consumed - before;
};

const place = {
  projectId: 'project_default',
  endUserId: 'user_0123456789abcdef',
  threadId: 'thread_01m880wczcf3hjbxybqb20mvdr',
};
const longRun = (nowMs: number): Run => ({
  ...newRun(nowMs),
  ...place,
  writer: '4b8c7b1e-9d7b-4f0e-8f6c-0d9a3f5b7c21',
  keyId: 'key_01m880wczcf3hjbxybqb20mvdr',
  requestId: 'req_01m880wczcf3hjbxybqb20mvdr01m880wczcf3hjbxybqb20mv',
  settings: {
    ...SETTINGS,
    model: 'claude-sonnet-4-5-20250929',
    system: 'You are a helpful assistant of a shop that sells tea. Answer in one paragraph.',
    feature: 'chat',
  },
});
const delta = (index: number): RunEvent => ({
  type: 'content_block_delta',
  index: 0,
  delta: {
    type: 'text_delta',
    text: `${WORDS.slice(index * 7, index * 7 + 7).join(' ')} `,
  },
});

test.each<TurnShape>([
  { tokens: 80, seconds: 1 },
  { tokens: 1_000, seconds: 10 },
])(
  'the model of a turn of $tokens tokens has the write units that the engine counts',
  async (shape) => {
    const timers = { nowMs: () => NOW_MS, sleep: async () => await Promise.resolve() };
    const tables = dynamoTables({
      call: meteredCalls(localCalls(storage.endpoint), 'TOTAL', countWrites),
      tableNames: {
        threads: 'ThreadsTable',
        chunks: 'ChunksTable',
        connections: 'ConnectionsTable',
      },
    });
    const store = tableThreadStore({ tables, timers, random: Math.random });
    const chunks = tableChunkLog({ tables, timers });
    const own = { ...place, threadId: `thread_${String(shape.tokens).padStart(26, '0')}` };
    await store.create({ ...thread(NOW_MS), ...own });
    const run = { ...longRun(NOW_MS), ...own };
    const question = {
      ...step(NOW_MS),
      content: [{ type: 'text' as const, text: 'word '.repeat(60) }],
    };
    const modelled = turnWrites(shape);
    const model = (...names: readonly string[]): number =>
      modelled
        .filter(({ name }) => names.includes(name))
        .reduce((sum, write) => sum + turnUnits(write), 0);

    const opened = await unitsOf(async () => {
      const turn = { ...newTurn(run.requestId, NOW_MS), place: own, run, messages: [question] };
      expect((await store.openTurn(turn)).kind).toBe('opened');
    });
    const writer = { epoch: run.epoch, nonce: run.writer ?? '' };
    const place2 = { ...own, seq: 2 };
    const puts = modelled.find(({ name }) => name === 'events')?.times ?? 0;
    const log = Array.from({ length: puts }, (_, index) => delta(index));
    const events = await unitsOf(async () => {
      for (const [index, event] of log.entries())
        await chunks.append(place2, writer, { firstIndex: index, events: [event] });
    });
    const lease = await unitsOf(async () => await store.renewLease(place2, writer, NOW_MS + 5_000));
    const text = WORDS.slice(0, shape.tokens * 0.75).join(' ');
    const ended = await unitsOf(async () => {
      const end = runEnd({ ...run, ...place2 }, NOW_MS + 10_000);
      const settlement = { ...SETTLEMENT, model: run.settings.model, feature: 'chat' };
      const answer = {
        ...step(NOW_MS),
        ...place2,
        step: 0,
        isAnswer: true,
        role: 'assistant' as const,
      };
      const outcome = await store.endRun({ ...run, ...place2 }, writer, {
        ...end,
        firstIndex: puts,
        log: [...log, ...end.log],
        unsettled: settlement,
        steps: [{ ...answer, content: [{ type: 'text', text }] }],
      });
      expect(outcome).toBe('ended');
    });
    const settled = await unitsOf(async () => await store.settled(place2));

    const compared = {
      opened: [opened, model('request', 'thread, at the start', 'question', 'run')],
      events: [events, model('events')],
      lease: [lease, shape.seconds < 5 ? lease : model('lease') / Math.floor(shape.seconds / 5)],
      ended: [
        ended,
        model('run, at the end', 'last events', 'answer', 'thread, at the end', 'packed log'),
      ],
      settled: [settled, model('settled')],
    };
    // Dynoxide counts the indexes of a transaction once, DynamoDB twice: the model takes the dearer.
    const cheaper = { opened: 4, events: 0, lease: 0, ended: 6, settled: 0 };
    for (const [name, [engine = 0, counted = 0]] of Object.entries(compared)) {
      expect(counted, name).toBeGreaterThanOrEqual(engine);
      expect(counted - engine, name).toBeLessThanOrEqual(
        Object.entries(cheaper).find(([key]) => key === name)?.[1] ?? 0,
      );
    }
  },
);
