import type { Hono } from 'hono';
import { once } from 'node:events';
import * as z from 'zod';
import { refusalOf } from './strict/refuse.ts';

const request = z.looseObject({ model: z.string(), stream: z.boolean().optional() });

const ANTHROPIC_USAGE = { input_tokens: 12, output_tokens: 30 };

const failure = (type: string) => ({
  type: 'error',
  error: { type, message: `upstream: ${type}` },
});

/** The messages wire of Anthropic, with the moods of the upstream that it joins. */
export const serveAnthropic = (app: Hono, bodies: Record<string, unknown>[]): void => {
  app.post('/v1/messages', async (context) => {
    const text = await context.req.text();
    const body = request.parse(JSON.parse(text));
    bodies.push(body);
    const refusal = refusalOf(context.req.path, context.req.header(), text);
    if (refusal !== null) return context.json(refusal.body, refusal.status);
    const mood = JSON.stringify(body['messages']);
    if (mood.includes('limited'))
      return context.json(failure('rate_limit_error'), 429, { 'retry-after': '7' });
    if (mood.includes('overloaded'))
      return new Response(JSON.stringify(failure('overloaded_error')), {
        status: 529,
        headers: { 'content-type': 'application/json', 'retry-after': '3' },
      });
    if (mood.includes('stall')) await once(context.req.raw.signal, 'abort');
    const events = mood.includes('cut')
      ? toolEvents(body.model).slice(0, 5)
      : toolEvents(body.model);
    const frames = events.map(
      (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
    );
    return body.stream === true
      ? new Response(frames.join(''), { headers: { 'content-type': 'text/event-stream' } })
      : context.json(message(body.model, [{ type: 'text', text: 'Hello' }]));
  });
};

const message = (model: string, content: readonly object[]) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model,
  content,
  stop_reason: content.length === 0 ? null : 'end_turn',
  stop_sequence: null,
  usage: ANTHROPIC_USAGE,
});

/** Words, then one call of the tool `time` with its input in pieces. */
const toolEvents = (
  model: string,
): readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[] => {
  const tool = (partial_json: string) => ({
    type: 'content_block_delta',
    index: 1,
    delta: { type: 'input_json_delta', partial_json },
  });
  return [
    {
      type: 'message_start',
      message: { ...message(model, []), usage: { input_tokens: 12, output_tokens: 1 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'One moment.' } },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'content_block_start',
      index: 1,
      content_block: { type: 'tool_use', id: 'toolu_1', name: 'time', input: {} },
    },
    tool('{"zone"'),
    tool(':"UTC"}'),
    { type: 'content_block_stop', index: 1 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: ANTHROPIC_USAGE,
    },
    { type: 'message_stop' },
  ];
};
