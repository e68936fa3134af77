import * as z from 'zod';
import { sizeOf } from '../lib/shared/function-sizes.ts';
import { cells } from './delta-delays.ts';
import { shown, table } from './figures.ts';
import {
  nameOf,
  turnBody,
  turnCall,
  type Call,
  type RawEvent,
  type ThreadRig,
} from './thread-rig.ts';

const CALLS = 60;
const AT_ONCE = 8;
const WARM_UPS = 20;
const QUICK = { tokens: 20, everyMs: 1 } as const;

interface Work {
  readonly entry: string;
  readonly kind: 'streamed' | 'whole' | 'event';
  /** One call each, the same or another. */
  readonly call: (index: number) => Call | RawEvent;
}

/** Each function at a call that is usual for it: one after the other, then several at once. */
export const measureFunctionsAtWork = async (rig: ThreadRig): Promise<string> => {
  const rows: (readonly string[])[] = [];
  for (const { entry, kind, call } of await worksOf(rig)) {
    const calls = (from: number, count: number): readonly (Call | RawEvent)[] =>
      Array.from({ length: count }, (_, index) => call(from + index));
    const plan = { entry, kind, warmUps: calls(0, WARM_UPS) };
    const alone = await rig.probe({ ...plan, calls: calls(100, CALLS), concurrency: 1 });
    const loaded = await rig.probe({ ...plan, calls: calls(200, CALLS), concurrency: AT_ONCE });
    const { memoryMb, timeoutSeconds } = sizeOf(entry);
    rows.push([
      entry,
      shown(alone.initMs, 0),
      ...cells(alone.total).slice(0, 2),
      shown(loaded.cpuMs / CALLS, 1),
      shown(alone.rssMaxMb, 0),
      shown(loaded.rssMaxMb, 0),
      String(memoryMb),
      String(timeoutSeconds),
    ]);
  }
  const done = new Set(rows.map(([name]) => name));
  const rest = rig.functions.map(nameOf).filter((name) => !done.has(name));
  const told = table(
    [
      'function',
      'init, ms',
      'p50, ms',
      'p99, ms',
      `CPU at ${AT_ONCE} at once, ms`,
      'RSS one by one, MB',
      `RSS at ${AT_ONCE}, MB`,
      'memory given, MB',
      'timeout, s',
    ],
    rows,
  );
  return `${told}\n\nNot called here: ${rest.join(', ')}.`;
};

const route = (method: string, resource: string, body?: object): Call => ({
  method,
  resource,
  path: resource,
  ...(body === undefined ? {} : { body }),
});

const worksOf = async (rig: ThreadRig): Promise<readonly Work[]> => {
  const { threads, requestId, ended, conversation } = await prepared(rig);
  const settlements = await rig.streamBatch('roll-up-usage');
  const changes = await rig.streamBatch('fan-out');
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
const prepared = async (rig: ThreadRig) => {
  const threads: string[] = [];
  for (let index = 0; index < THREADS; index++) threads.push(await rig.openThread());
  const answer = await rig.api('POST', `/v1/threads/${threads[0]}/messages`, turnBody(400, 1));
  const told = await answer.text();
  if (!told.includes('run.completed')) throw new Error(told.slice(-300));
  const called = await rig.api('POST', '/v1/chat/completions', {
    model: 'gpt-4o-mini',
    max_tokens: 20,
    stream: true,
    messages: [{ role: 'user', content: 'tokens=5 every=1' }],
  });
  await called.text();
  const conversation = await rig.api('POST', '/v1/conversations', {
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
