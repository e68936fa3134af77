import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';

const block = z.looseObject({ type: z.string() });
const event = z.looseObject({
  type: z.string(),
  index: z.number().default(0),
  content_block: block.optional(),
  delta: z
    .looseObject({ text: z.string().optional(), partial_json: z.string().optional() })
    .optional(),
  block: block.optional(),
  restart: z.boolean().optional(),
  tool_use_ids: z.array(z.string()).optional(),
});
const row = z.looseObject({
  seq: z.number(),
  role: z.string(),
  content: z.array(block),
  status: z.string(),
  run_id: z.string().nullable(),
  resume_cursor: z.string().optional(),
});
const page = z.object({
  data: z.array(row),
  has_more: z.boolean(),
  next_cursor: z.string().nullable(),
});
type Block = z.infer<typeof block>;
interface Seen {
  readonly cursor: string;
  readonly event: z.infer<typeof event>;
}

/** A client that knows docs/protocol-threads.md and nothing else. */
const protocolClient = (baseUrl: string, key: string) => {
  const call = async (method: string, path: string, body?: object): Promise<Response> => {
    const answer = await fetch(baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer;
  };
  return {
    open: async () =>
      z.object({ id: z.string() }).parse(await (await call('POST', '/v1/threads', {})).json()).id,
    send: async (thread: string, body: object) =>
      await call('POST', `/v1/threads/${thread}/messages`, body),
    resume: async (run: string, after: string) =>
      await call('GET', `/v1/runs/${run}/stream?after=${after}`),
    history: async (thread: string, query: string) =>
      page.parse(await (await call('GET', `/v1/threads/${thread}/messages?${query}`)).json()),
    cancel: async (run: string) => await call('POST', `/v1/runs/${run}/cancel`),
    tellResult: async (thread: string, id: string, content: string) =>
      await call('POST', `/v1/threads/${thread}/tool-results/${id}`, { content }),
  };
};

async function* seen(answer: Response): AsyncGenerator<Seen> {
  let text = '';
  for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const frames = (text + piece).split('\n\n');
    text = frames.pop() ?? '';
    for (const frame of frames) {
      const fields = new Map(frame.split('\n').map((line) => [line.split(': ', 1)[0], line]));
      const id = fields.get('id')?.slice('id: '.length);
      const data = fields.get('data')?.slice('data: '.length);
      // What has no id is no event of the log.
      if (id !== undefined && data !== undefined)
        yield { cursor: id, event: event.parse(JSON.parse(data)) };
    }
  }
}

/** The message that a run's events make. */
const folded = (events: readonly Seen[]): readonly Block[] => {
  const blocks: Block[] = [];
  const inputs = new Map<Block, string>();
  let first = 0;
  let isOpen = false;
  for (const { event: each } of events) {
    if (each.type === 'message_start') first = blocks.length;
    if (each.type === 'message_start' || each.type === 'message_stop')
      isOpen = each.type === 'message_start';
    if (each.restart === true && isOpen) blocks.length = first;
    if (each.content_block !== undefined) blocks[first + each.index] = { ...each.content_block };
    if (each.block !== undefined) blocks.push(each.block);
    const at = blocks[first + each.index];
    if (at === undefined) continue;
    if (each.delta?.text !== undefined) at['text'] = `${String(at['text'])}${each.delta.text}`;
    inputs.set(at, (inputs.get(at) ?? '') + (each.delta?.partial_json ?? ''));
    if (each.type === 'content_block_stop' && at.type === 'tool_use')
      at['input'] = JSON.parse(inputs.get(at) || '{}');
  }
  return blocks;
};

laptopSuite(
  'a client written from the protocol alone',
  'an emulated stage buffers: nothing can be cut',
  () => {
    const e2e = sharedE2e();
    let client: ReturnType<typeof protocolClient>;
    let thread = '';
    beforeAll(async () => {
      await e2e.start();
      client = protocolClient(e2e.stack.baseUrl, (await e2e.mint({ user_id: 'ada' })).secret);
      thread = await client.open();
    });
    afterAll(async () => await e2e.stop());

    const ask = async (content: string, fields: object = {}) => {
      const answer = await client.send(thread, {
        model: 'gpt-4o-mini',
        max_tokens: 100,
        content,
        ...fields,
      });
      return { answer, run: answer.headers.get('x-sluice-run-id') ?? '' };
    };
    const all = async (answer: Response): Promise<Seen[]> => {
      const events: Seen[] = [];
      for await (const one of seen(answer)) events.push(one);
      return events;
    };
    /** The first so many events; then the connection is closed. */
    const some = async (answer: Response, count: number): Promise<Seen[]> => {
      const events: Seen[] = [];
      for await (const one of seen(answer)) if (events.push(one) === count) break;
      return events;
    };
    const expectStored = async (events: readonly Seen[], status: string): Promise<void> => {
      const { data } = await client.history(thread, 'order=desc&limit=1');
      expect(data[0]).toMatchObject({ status, content: folded(events) });
    };

    test('sends, is cut, comes back and has the message that history stores', async () => {
      const { answer, run } = await ask('slow');
      const before = await some(answer, 8);
      const resumed = await client.resume(run, before.at(-1)?.cursor ?? '');
      e2e.upstream.hurry();
      const after = await all(resumed);
      expect(after.at(-1)?.event.type).toBe('run.completed');
      await expectStored([...before, ...after], 'complete');
      const whole = await all(await client.resume(run, ''));
      expect(whole).toEqual([...before, ...after]);
    });

    test('comes back from what history shows of a running answer', async () => {
      const { answer, run } = await ask('slow');
      await some(answer, 8);
      const { data } = await client.history(thread, 'order=desc&limit=1');
      expect(data[0]).toMatchObject({ status: 'streaming', run_id: run });
      const resumed = await client.resume(run, data[0]?.resume_cursor ?? '');
      e2e.upstream.hurry();
      const rest = await all(resumed);
      const [first] = data[0]?.content ?? [];
      const { data: ended } = await client.history(thread, 'order=desc&limit=1');
      const words = folded([
        { cursor: '', event: event.parse({ type: 'content_block_start', content_block: first }) },
        ...rest,
      ]);
      expect(ended[0]).toMatchObject({ status: 'complete', content: words });
    });

    test('stops a run and sees its end', async () => {
      const { answer, run } = await ask('slow');
      const before = await some(answer, 8);
      await client.cancel(run);
      const after = await all(await client.resume(run, before.at(-1)?.cursor ?? ''));
      expect(after.at(-1)?.event.type).toBe('run.cancelled');
      await expectStored([...before, ...after], 'cancelled');
    });

    test('runs a tool of its own and goes on behind it', async () => {
      const tools = [{ name: 'look', description: 'Looks', input_schema: { type: 'object' } }];
      const { answer, run } = await ask('look', { tools });
      const before = await all(answer);
      const last = before.at(-1);
      expect(last?.event.type).toBe('run.requires_action');
      for (const id of last?.event.tool_use_ids ?? [])
        await client.tellResult(thread, id, 'a door');
      const after = await all(await client.resume(run, last?.cursor ?? ''));
      await expectStored([...before, ...after], 'complete');
    });

    test('reads the whole history by its pages, and a message sent twice is there once', async () => {
      const body = { request_id: 'the same twice' };
      const first = await all((await ask('hello', body)).answer);
      expect(await all((await ask('hello', body)).answer)).toEqual(first);
      const rows: z.infer<typeof row>[] = [];
      for (let query = 'limit=3'; query !== '';) {
        const { data, next_cursor } = await client.history(thread, query);
        rows.push(...data);
        query = next_cursor === null ? '' : `limit=3&cursor=${next_cursor}`;
      }
      expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });
  },
);
