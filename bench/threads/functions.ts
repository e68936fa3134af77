import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as z from 'zod';
import { NOW, type Rig, type Survey } from '../kit/compare.ts';
import { route, turnBody, turnCall, type Call, type RawEvent } from '../kit/events.ts';
import { median, shown, table } from '../kit/figures.ts';
import { nameOf, type Probed, type Side } from '../kit/side.ts';
import { openThreads } from './open-threads.ts';
import { streamBatch } from './stream-batches.ts';

const CALLS = 60;
const AT_ONCE = 8;
const WARM_UPS = 20;
const COLD_STARTS = 5;
const QUICK = { tokens: 20, everyMs: 1 } as const;

interface Work {
  readonly entry: string;
  readonly kind: 'streamed' | 'whole' | 'event';
  /** One call each, the same or another. */
  readonly call: (index: number) => Call | RawEvent;
}

/** Every function of this build: its size, its start, and a call that is usual for it, one by one and several at once. */
export const functions: Survey = {
  name: 'functions',
  about: 'every function: size, start, and at work',
  mode: 'stack',
  table: async (rig) => {
    const side = rig.sides.find(({ name }) => name === NOW);
    if (side === undefined) throw new Error('this build is not there');
    const works = await worksOf(side);
    const rows: (readonly string[])[] = [];
    for (const config of side.functions) {
      const entry = nameOf(config);
      console.error(`... functions, ${entry}`);
      const code = readFileSync(config.bundle);
      const work = works.find((one) => one.entry === entry);
      rows.push([
        entry,
        shown(code.length / 1_000, 0),
        shown(gzipSync(code).length / 1_000, 0),
        shown(await coldStart(rig, side, entry), 0),
        ...(work === undefined ? NOT_CALLED : await atWork(rig, side, work)),
        String(config.memoryMb),
        String(config.timeoutMs / 1_000),
      ]);
    }
    return table(HEAD, rows);
  },
};

const HEAD = [
  'function',
  'bundle, KB',
  'gzipped, KB',
  'cold init, ms',
  'p50, ms',
  'p99, ms',
  `CPU at ${AT_ONCE} at once, ms`,
  'RSS one by one, MB',
  `RSS at ${AT_ONCE}, MB`,
  'memory given, MB',
  'timeout, s',
];
const NOT_CALLED = ['-', '-', '-', '-', '-'];

const coldStart = async ({ isQuick }: Rig, side: Side, entry: string): Promise<number> => {
  const starts: number[] = [];
  for (let start = 0; start < (isQuick ? 1 : COLD_STARTS); start++) {
    const none = { warmUps: [], calls: [], concurrency: 1, kind: 'event' } as const;
    starts.push((await side.probe({ entry, ...none })).initMs);
  }
  return median(starts);
};

const atWork = async (
  { isQuick }: Rig,
  side: Side,
  { entry, kind, call }: Work,
): Promise<readonly string[]> => {
  const count = isQuick ? AT_ONCE : CALLS;
  const calls = (from: number, many: number): readonly (Call | RawEvent)[] =>
    Array.from({ length: many }, (_, index) => call(from + index));
  const plan = { entry, kind, warmUps: calls(0, isQuick ? 2 : WARM_UPS) };
  const alone = await side.probe({ ...plan, calls: calls(100, count), concurrency: 1 });
  const loaded = await side.probe({ ...plan, calls: calls(200, count), concurrency: AT_ONCE });
  const ms = (of: keyof Probed['total']): string => shown(alone.total[of] ?? Number.NaN, 1);
  return [
    ms('p50'),
    ms('p99'),
    shown(loaded.cpuMs / count, 1),
    shown(alone.rssMaxMb, 0),
    shown(loaded.rssMaxMb, 0),
  ];
};

const worksOf = async (side: Side): Promise<readonly Work[]> => {
  const { threads, requestId, ended, conversation } = await prepared(side);
  const settlements = await streamBatch(side, 'roll-up-usage');
  const changes = await streamBatch(side, 'fan-out');
  const chat = {
    model: 'gpt-4o-mini',
    max_tokens: 100,
    stream: true,
    messages: [{ role: 'user', content: `tokens=${QUICK.tokens} every=${QUICK.everyMs}` }],
  };
  const same = (call: Call | RawEvent) => () => call;
  const inThread = (index: number): string => threads[index % threads.length] ?? '';
  return [
    {
      entry: 'chat-completions',
      kind: 'streamed',
      call: same(route('POST', '/v1/chat/completions', chat)),
    },
    { entry: 'keys', kind: 'whole', call: same(route('GET', '/v1/key')) },
    { entry: 'usage', kind: 'whole', call: same(route('GET', '/v1/usage')) },
    { entry: 'models', kind: 'whole', call: same(route('GET', '/v1/models')) },
    { entry: 'discovery', kind: 'whole', call: same(route('GET', '/openapi.json')) },
    {
      entry: 'calls',
      kind: 'whole',
      call: same({
        ...route('GET', '/v1/calls/{request_id}'),
        path: `/v1/calls/${requestId}`,
        params: { request_id: requestId },
      }),
    },
    {
      entry: 'append-message',
      kind: 'streamed',
      call: (index) => turnCall(inThread(index), QUICK.tokens, QUICK.everyMs),
    },
    {
      entry: 'ai-chat',
      kind: 'streamed',
      call: (index) =>
        route('POST', '/v1/ai/chat', {
          id: `chat-${index}`,
          model: 'gpt-4o-mini',
          max_tokens: 100,
          messages: [
            {
              id: `m-${index}-${Math.random()}`,
              role: 'user',
              parts: [{ type: 'text', text: `tokens=${QUICK.tokens} every=${QUICK.everyMs}` }],
            },
          ],
        }),
    },
    {
      entry: 'responses',
      kind: 'streamed',
      call: same(
        route('POST', '/v1/responses', {
          model: 'gpt-4o-mini',
          max_output_tokens: 100,
          stream: true,
          input: `tokens=${QUICK.tokens} every=${QUICK.everyMs}`,
        }),
      ),
    },
    {
      entry: 'conversations',
      kind: 'whole',
      call: same({
        method: 'GET',
        resource: '/v1/conversations/{conversation_id}/items',
        path: `/v1/conversations/${conversation}/items`,
        params: { conversation_id: conversation },
      }),
    },
    {
      entry: 'read-stream',
      kind: 'streamed',
      call: same({
        method: 'GET',
        resource: '/v1/runs/{run_id}/stream',
        path: `/v1/runs/${ended}/stream`,
        params: { run_id: ended },
      }),
    },
    {
      entry: 'threads',
      kind: 'whole',
      call: (index) => ({
        method: 'GET',
        resource: '/v1/threads/{thread_id}/messages',
        path: `/v1/threads/${inThread(index)}/messages?limit=50`,
        params: { thread_id: inThread(index) },
      }),
    },
    { entry: 'roll-up-usage', kind: 'event', call: same({ event: settlements }) },
    { entry: 'fan-out', kind: 'event', call: same({ event: changes }) },
    { entry: 'sweep-runs', kind: 'event', call: same(route('GET', '/')) },
    { entry: 'expire-holds', kind: 'event', call: same(route('GET', '/')) },
  ];
};

const THREADS = 100;

/** Threads to write to, a call and a run that are over. */
const prepared = async (side: Side) => {
  const threads = await openThreads(side, THREADS);
  const answer = await side.api('POST', `/v1/threads/${threads[0]}/messages`, turnBody(400, 1));
  const told = await answer.text();
  if (!told.includes('run.completed')) throw new Error(told.slice(-300));
  const called = await side.api('POST', '/v1/chat/completions', {
    model: 'gpt-4o-mini',
    max_tokens: 20,
    stream: true,
    messages: [{ role: 'user', content: 'tokens=5 every=1' }],
  });
  await called.text();
  const conversation = await side.api('POST', '/v1/conversations', {
    items: Array.from({ length: 20 }, (_, index) => ({ role: 'user', content: `words ${index}` })),
  });
  const text = z.string();
  return {
    threads,
    conversation: z.looseObject({ id: z.string() }).parse(await conversation.json()).id,
    ended: text.parse(answer.headers.get('x-sluice-run-id')),
    requestId: text.parse(called.headers.get('x-request-id')),
  };
};
