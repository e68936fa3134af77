import { Hono } from 'hono';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { listen } from './listen.ts';
import { serveAnthropic } from './anthropic-upstream.ts';
import { deployedStage, upstreamPort } from './deployed-stage.ts';
import { slowness } from './machine.ts';
import { refusalOf } from './strict/refuse.ts';
import { serveUnits, type UnitRequest } from './units-upstream.ts';

const request = z.looseObject({ model: z.string(), stream: z.boolean().optional() });

export interface Upstream {
  readonly url: string;
  /** Bodies as they came. */
  readonly bodies: Record<string, unknown>[];
  /** Calls that were no conversation. */
  readonly units: readonly UnitRequest[];
  /** When a running stream was aborted, epoch ms. */
  readonly abortedAtMs: number[];
  /** Says the rest of the slow answers that are running at once: what was to happen meanwhile has happened. */
  hurry(): void;
  stop(): void;
}

export const USAGE = { prompt_tokens: 9, completion_tokens: 20, total_tokens: 29 };
const PACE_MS = 50;
/** A slow answer lasts long enough for what is done meanwhile, on a slower machine too. */
const SLOWER_MAX = 4;

/**
 * A provider that speaks the OpenAI wire over real HTTP. The model's name says how it behaves after `gpt-4o-mini`'s
 * price: the last user message is `slow` (4 s of tokens), `endless` (tokens until it is aborted), `fail` (500), `cut` (ends in mid-stream), `silent` (no usage),
 * `garbled` (its answer is not JSON), `look` (calls the first tool that it is offered), `find` (searches for a tool and
 * calls what it found), `limited` (429), `overloaded` (503), `stall` (no answer), `tools` (calls one in pieces).
 */
export const startUpstream = async (fixedPort = upstreamPort): Promise<Upstream> => {
  const bodies: Record<string, unknown>[] = [];
  const abortedAtMs: number[] = [];
  let hurries = new AbortController();
  const paceMs = deployedStage === null ? PACE_MS * Math.min(SLOWER_MAX, slowness()) : PACE_MS;
  const app = new Hono();
  app.post('/v1/chat/completions', async (context) => {
    const text = await context.req.text();
    const body = request.parse(JSON.parse(text));
    bodies.push(body);
    const refusal = refusalOf(context.req.path, context.req.header(), text);
    if (refusal !== null) return context.json(refusal.body, refusal.status);
    const mood = JSON.stringify(z.array(z.unknown()).parse(body['messages']).at(-1));
    if (mood.includes('fail')) return context.json({ error: { message: 'upstream broke' } }, 500);
    if (mood.includes('garbled')) return context.text(`Hello, this is no JSON: ${mood}`);
    if (mood.includes('limited'))
      return context.json({ error: { message: 'slow down', code: 'rate_limit_exceeded' } }, 429, {
        'retry-after': '7',
      });
    if (mood.includes('overloaded'))
      return context.json({ error: { message: 'too busy' } }, 503, { 'retry-after': '3' });
    if (mood.includes('stall')) await once(context.req.raw.signal, 'abort');
    if (body.stream !== true)
      return context.json({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: body.model,
        choices: [
          { index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' },
        ],
        usage: USAGE,
      });
    const call = toolCall(body);
    const count = call !== null ? 1 : countOf(mood);
    const { signal } = context.req.raw;
    const { signal: hurried } = hurries;
    const pause = async (): Promise<void> => {
      if (mood.includes('endless')) return await sleep(paceMs);
      const isSlow = mood.includes('slow') && !hurried.aborted;
      await sleep(isSlow ? paceMs : 1, null, { signal: isSlow ? hurried : signal }).catch(
        () => null,
      );
    };
    const stream = new ReadableStream<Uint8Array>({
      start: async (controller) => {
        const send = (data: unknown): void =>
          controller.enqueue(
            Buffer.from(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`),
          );
        const chunk = (choices: unknown[], usage: unknown = null) => ({
          id: 'chatcmpl-1',
          object: 'chat.completion.chunk',
          created: 1,
          model: body.model,
          choices,
          usage,
        });
        for (let index = 0; index < count; index++) {
          if (signal.aborted) return;
          const delta = mood.includes('tools') ? toolDelta(index) : { content: `word${index} ` };
          send(chunk([{ index: 0, delta, finish_reason: null }]));
          if (mood.includes('cut') && index === 2) {
            controller.close();
            return;
          }
          await pause();
        }
        if (signal.aborted) return;
        if (call !== null) send(chunk([{ index: 0, delta: { tool_calls: [call] } }]));
        const reason = call === null && !mood.includes('tools') ? 'stop' : 'tool_calls';
        send(chunk([{ index: 0, delta: {}, finish_reason: reason }]));
        if (!mood.includes('silent')) send(chunk([], USAGE));
        send('[DONE]');
        controller.close();
      },
      cancel: () => void abortedAtMs.push(Date.now()),
    });
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
  });
  serveAnthropic(app, bodies);
  const units: UnitRequest[] = [];
  serveUnits(app, units);
  const { server, port } = await listen(app, fixedPort);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    bodies,
    units,
    abortedAtMs,
    hurry: () => {
      hurries.abort();
      hurries = new AbortController();
    },
    stop: () => {
      server.close();
      // Whoever serves this port next is asked over connections of its own.
      if ('closeAllConnections' in server) server.closeAllConnections();
    },
  };
};

const countOf = (mood: string): number => {
  if (mood.includes('endless')) return Infinity;
  return mood.includes('slow') ? 80 : 5;
};

const asked = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).min(1),
});

/**
 * A call of a tool, when the latest word of a person asks for it: `look` the first offered one; `find` searches with
 * these very words, then calls the first one that was found.
 */
const toolCall = (body: unknown): object | null => {
  const { data } = asked.safeParse(body);
  const last = data?.messages.at(-1);
  if (data === undefined || last === undefined) return null;
  const names = data.tools.map((tool) => tool.function.name);
  const isSearched = data.messages.some((message) => isCallOf(message, 'find_tools'));
  if (last.role === 'tool')
    return isSearched && data.messages.filter(({ role }) => role === 'tool').length === 1
      ? callOf('call_2', names[1], { at: 2 })
      : null;
  if (last.role !== 'user') return null;
  const words = JSON.stringify(last.content);
  if (words.includes('find') && names.includes('find_tools'))
    return callOf('call_1', 'find_tools', { query: words });
  return words.includes('look') ? callOf('call_1', names[0], { at: 1 }) : null;
};

/** One call of the tool `time`, its arguments in pieces. */
const toolDelta = (index: number): object => ({
  ...(index === 0 ? { role: 'assistant' } : {}),
  tool_calls: [
    index === 0
      ? { index: 0, id: 'call_1', type: 'function', function: { name: 'time', arguments: '' } }
      : { index: 0, function: { arguments: ['{"zone"', ':"', 'UTC', '"}'][index - 1] ?? '' } },
  ],
});

const isCallOf = (message: object, name: string): boolean =>
  JSON.stringify(message).includes(`"name":"${name}"`);

const callOf = (id: string, name: string | undefined, input: object): object => ({
  index: 0,
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(input) },
});
