import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cutProxy } from '../support/cut-proxy.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { ownE2e } from '../support/e2e.ts';
import {
  all,
  conversationOfResponse,
  MODEL,
  openaiClient,
  threadOfResponse,
} from '../support/openai-client.ts';
import { eventually } from '../support/stack.ts';
import { textOfRow, threadClient } from '../support/thread-client.ts';

type StreamEvent = OpenAI.Responses.ResponseStreamEvent;

/** A stream that broke: what had come until then. */
interface Broken {
  readonly id: string;
  readonly seen: readonly StreamEvent[];
}
interface Place {
  readonly name: string;
  /** What the model is asked for, beside its pace. */
  readonly mood: string;
  readonly isCut: (seen: readonly StreamEvent[]) => boolean;
}

const ends = ({ type }: StreamEvent): boolean =>
  type === 'response.completed' || type === 'response.incomplete' || type === 'response.failed';
const has = (seen: readonly StreamEvent[], type: string): boolean => seen.at(-1)?.type === type;

const IN_MIDST: readonly Place[] = [
  { name: 'before the first token', mood: '', isCut: () => true },
  {
    name: 'in mid-block',
    mood: '',
    isCut: (seen) => has(seen, 'response.output_text.delta'),
  },
  {
    name: 'in mid-tool',
    mood: 'tools',
    isCut: (seen) => has(seen, 'response.function_call_arguments.delta'),
  },
];

laptopSuite('a response whose stream breaks', 'a buffered answer is read at its end alone', () => {
  const e2e = ownE2e((url) => ({
    ANTHROPIC_BASE_URL: url.replace(/\/v1$/, ''),
    ANTHROPIC_API_KEY: 'sk-upstream',
  }));
  beforeAll(async () => await e2e.start());
  afterAll(async () => await e2e.stop());

  const broken = async (openai: OpenAI, input: string, isCut: Place['isCut']): Promise<Broken> => {
    const { data, response } = await openai.responses
      .create({ model: MODEL, input, stream: true })
      .withResponse();
    const id = (response.headers.get('x-sluice-run-id') ?? '').replace('run_', 'resp_');
    const seen: StreamEvent[] = [];
    try {
      if (!isCut(seen))
        for await (const event of data) {
          seen.push(event);
          if (isCut(seen)) break;
        }
    } catch {
      // The wire broke.
    }
    data.controller.abort();
    return { id, seen };
  };

  /** The rest behind what was seen: together they are the stream, and the stream is the stored message. */
  const proves = async (
    secret: string,
    { id, seen }: Broken,
    onResumed: () => void = () => undefined,
  ): Promise<void> => {
    const openai = e2e.openai(secret, 0);
    const last = seen.at(-1)?.sequence_number;
    const resumed = await openai.responses.retrieve(id, {
      stream: true,
      ...(last === undefined ? {} : { starting_after: last }),
    });
    onResumed();
    const rest = await all(resumed);
    const whole = await all(await openai.responses.retrieve(id, { stream: true }));
    expect([...seen, ...rest]).toEqual(whole);
    expect(whole.map((event) => event.sequence_number)).toEqual([...whole.keys()]);
    const end = whole.at(-1);
    if (end === undefined || !('response' in end) || !ends(end)) throw new Error('it has no end');
    const { output } = await openai.responses.retrieve(id);
    expect(end.response.output).toEqual(output);
    const items = await all(
      openai.conversations.items.list(conversationOfResponse(id), { order: 'asc' }),
    );
    const bare = ({ status: _status, ...item }: object & { status?: unknown }) => item;
    expect(items.slice(1).map(bare)).toEqual(output.map(bare));
    const { data } = await threadClient(e2e, secret).messages(threadOfResponse(id));
    const words = whole.map((event) =>
      event.type === 'response.output_text.delta' ? event.delta : '',
    );
    expect(textOfRow(data[1])).toBe(words.join(''));
  };

  const brokenEverywhere = async (openai: OpenAI, pace: string) =>
    await Promise.all(
      IN_MIDST.map(async ({ mood, isCut }) => await broken(openai, `${pace} ${mood}`, isCut)),
    );

  const isOver = async (openai: OpenAI, id: string): Promise<void> =>
    await eventually(async () =>
      expect(['completed', 'failed', 'incomplete', 'cancelled']).toContain(
        (await openai.responses.retrieve(id)).status,
      ),
    );

  test('is resumed while its producer is at work, and after it has finished', async () => {
    const { openai, secret } = await openaiClient(e2e);
    const cuts = await brokenEverywhere(openai, 'slow');
    let resumed = 0;
    const resumes = (): void => {
      if (++resumed === cuts.length) e2e.upstream.hurry();
    };
    await Promise.all(cuts.map(async (cut) => await proves(secret, cut, resumes)));
    await Promise.all(cuts.map(async ({ id }) => await isOver(openai, id)));
    await Promise.all(cuts.map(async (cut) => await proves(secret, cut)));
  });

  test('is resumed after somebody stopped it', async () => {
    const { openai, secret } = await openaiClient(e2e);
    const cuts = await brokenEverywhere(openai, 'slow');
    await Promise.all(
      cuts.map(async ({ id }) =>
        expect(await openai.responses.cancel(id)).toMatchObject({ status: 'cancelled' }),
      ),
    );
    await Promise.all(cuts.map(async (cut) => await proves(secret, cut)));
  });

  test('is resumed after its provider failed', async () => {
    const { openai, secret } = await openaiClient(e2e);
    const cuts = await brokenEverywhere(openai, 'slow cut');
    await Promise.all(cuts.map(async ({ id }) => await isOver(openai, id)));
    for (const { id } of cuts)
      expect(await openai.responses.retrieve(id)).toMatchObject({ status: 'failed' });
    await Promise.all(cuts.map(async (cut) => await proves(secret, cut)));
  });

  test.each(['hello', 'tools', 'cut'])(
    'at its last frame, or behind it, is resumed with that or with nothing: %s',
    async (mood) => {
      const { openai, secret } = await openaiClient(e2e);
      const { id, seen } = await broken(openai, mood, () => false);
      expect(seen.at(-1)?.type).toMatch(/^response\.(completed|failed)$/);
      await proves(secret, { id, seen: seen.slice(0, -1) });
      await proves(secret, { id, seen });
    },
  );

  test('in the middle of a frame is resumed behind the last whole one', async () => {
    const { secret } = await openaiClient(e2e);
    const proxy = await cutProxy(e2e.stack.baseUrl, () => ({
      text: 'event: response.output_text.delta',
      more: 40,
    }));
    const far = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: secret, maxRetries: 0 });
    const cut = await broken(far, 'slow', (seen) => seen.some(ends));
    proxy.stop();
    expect(cut.seen.some(ends)).toBe(false);
    expect(cut.seen.length).toBeGreaterThan(0);
    e2e.upstream.hurry();
    await proves(secret, cut);
  });

  test('is told by a model of the other family, in the same shape', async () => {
    const { openai, secret } = await openaiClient(e2e);
    const schema = { type: 'object', properties: {}, additionalProperties: false };
    const format = { type: 'json_schema', name: 'place', schema, strict: true } as const;
    const said = await openai.responses.create({
      model: 'claude-sonnet-4-5',
      input: 'hi',
      max_output_tokens: 50,
      text: { format },
    });
    expect(said).toMatchObject({ status: 'completed', model: 'claude-sonnet-4-5' });
    expect(said.output_text.length).toBeGreaterThan(0);
    expect(e2e.upstream.bodies.at(-1)).toMatchObject({
      max_tokens: 50,
      output_config: { format: { type: 'json_schema', schema } },
    });
    await proves(secret, { id: said.id, seen: [] });
  });

  test('is resumed after the whole stack was killed under it', async () => {
    const { openai, secret } = await openaiClient(e2e);
    const cuts = await brokenEverywhere(openai, 'slow');
    await eventually(async () =>
      expect((await openai.responses.retrieve(cuts[0]?.id ?? '')).output_text).toContain('word2'),
    );
    await e2e.stack.kill();
    await e2e.restart();
    await Promise.all(cuts.map(async (cut) => await proves(secret, cut)));
    const again = e2e.openai(secret, 0);
    for (const { id } of cuts)
      expect(await again.responses.retrieve(id)).toMatchObject({
        status: 'incomplete',
        incomplete_details: null,
        error: { message: expect.stringContaining('interrupted') },
      });
  });
});
