import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedE2e } from '../support/e2e.ts';
import { threadBadInputTests } from './thread-bad-input.ts';
import { laptopTest } from '../support/deployed-stage.ts';
import { eventually } from '../support/stack.ts';
import { allFrames, frames, textOf, textOfRow, threadClient } from '../support/thread-client.ts';

const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const client = async (userId: string) =>
  threadClient(e2e, (await e2e.mint({ user_id: userId })).secret);

describe('a turn', () => {
  test('streams and persists in one call, and history has what was streamed', async () => {
    const ada = await client('ada');
    const thread = await ada.open({ title: 'first', metadata: { plan: 'free' } });
    const answer = await ada.post(thread, 'hello');
    expect(answer.headers.get('x-sluice-seq')).toBe('2');
    const told = await allFrames(answer);
    expect(told.at(-1)).toMatchObject({ event: 'run.completed', data: { cost_micros: 14 } });
    const { data } = await ada.messages(thread);
    expect(data.map(({ seq, role, status }) => [seq, role, status])).toEqual([
      [1, 'user', 'complete'],
      [2, 'assistant', 'complete'],
    ]);
    expect(textOfRow(data[1])).toBe(textOf(told));
    expect(data[1]?.cost_micros).toBe(14);
  });

  test('without a stream answers the message, and the next turn knows what was said', async () => {
    const ada = await client('ada');
    const thread = await ada.open();
    const answer = await ada.post(thread, 'first words', { stream: false });
    expect(await answer.json()).toMatchObject({ role: 'assistant', seq: 2, status: 'complete' });
    await (await ada.post(thread, 'second words', { stream: false })).json();
    expect(e2e.upstream.bodies.at(-1)).toMatchObject({
      messages: [
        { role: 'user', content: 'first words' },
        { role: 'assistant', content: 'word0 word1 word2 word3 word4 ' },
        { role: 'user', content: 'second words' },
      ],
    });
  });

  test('posted again with its id is the same turn; with other words it is refused', async () => {
    const ada = await client('ada');
    const thread = await ada.open();
    const once = await allFrames(await ada.post(thread, 'once', { request_id: 'r1' }));
    const again = await allFrames(await ada.post(thread, 'once', { request_id: 'r1' }));
    expect(again).toEqual(once);
    const other = await ada.post(thread, 'other', { request_id: 'r1' });
    expect([other.status, await other.text()]).toEqual([
      409,
      expect.stringContaining('request_id_reused'),
    ]);
    expect((await ada.messages(thread)).data).toHaveLength(2);
  });

  laptopTest(
    'two at once are answered one after the other, in sequence',
    'a call starts a process of its own there, too late to meet another one',
    async () => {
      const ada = await client('ada');
      const thread = await ada.open();
      const answers = await Promise.all(
        ['slow one', 'two', 'three'].map(async (words) => await ada.post(thread, words)),
      );
      e2e.upstream.hurry();
      const told = await Promise.all(answers.map(async (answer) => await allFrames(answer)));
      for (const one of told) expect(one.at(-1)?.event).toBe('run.completed');
      const { data } = await ada.messages(thread);
      expect(data.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
      const rejected = await Promise.all(
        ['slow four', 'five'].map(
          async (words) => await ada.post(thread, words, { concurrency: 'reject' }),
        ),
      );
      expect(rejected.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
      e2e.upstream.hurry();
      await Promise.all(rejected.map(async (answer) => await answer.text()));
    },
  );

  test('a refusal for money writes nothing', async () => {
    const poor = threadClient(e2e, (await e2e.mint({ max_spend_usd: 0.00001 })).secret);
    const thread = await poor.open();
    expect((await poor.post(thread, 'hello')).status).toBe(402);
    expect((await poor.messages(thread)).data).toEqual([]);
  });

  test('a failed provider is a failed message, and the thread goes on', async () => {
    const ada = await client('ada');
    const thread = await ada.open();
    const told = await allFrames(await ada.post(thread, 'fail'));
    expect(told.at(-1)).toMatchObject({ event: 'run.failed' });
    expect((await ada.messages(thread)).data[1]).toMatchObject({ status: 'failed' });
  });
});

test('a message of many blocks that no item would hold is kept whole', async () => {
  const ada = await client('ada');
  const thread = await ada.open();
  const content = Array.from({ length: 6 }, (_, index) => ({
    type: 'text',
    text: String(index).repeat(200_000),
  }));
  const posted = await ada.api('POST', `/v1/threads/${thread}/messages`, { run: false, content });
  expect(posted.status).toBe(201);
  expect((await ada.messages(thread)).data[0]?.content).toEqual(content);
});

describe('a reader', () => {
  test('who comes back with any cursor gets the rest, byte for byte', async () => {
    const ada = await client('ada');
    const thread = await ada.open();
    const answer = await ada.post(thread, 'hello there');
    const whole = await answer.text();
    const run = answer.headers.get('x-sluice-run-id') ?? '';
    const parts = whole.split(/(?<=\n\n)/);
    for (const [index, part] of parts.entries()) {
      const cursor = /^id: (.*)$/m.exec(part)?.[1] ?? '';
      const rest = await ada.api('GET', `/v1/runs/${run}/stream?after=${cursor}`);
      const expected = parts.slice(index + 1).join('');
      expect([rest.status, await rest.text()]).toEqual([expected === '' ? 204 : 200, expected]);
    }
  });

  test('who leaves in mid-answer changes nothing, and resumes where it was while the run goes on', async () => {
    const ada = await client('ada');
    const thread = await ada.open();
    const answer = await ada.post(thread, 'slow');
    const before = [];
    for await (const frame of frames(answer)) {
      before.push(frame);
      if (before.length === 8) break;
    }
    const after = before.at(-1)?.id ?? '';
    const resumed = await ada.api('GET', `/v1/threads/${thread}/stream?after=${after}`);
    e2e.upstream.hurry();
    const rest = await allFrames(resumed);
    expect(rest.at(-1)?.event).toBe('run.completed');
    const { data } = await ada.messages(thread);
    expect(textOf([...before, ...rest])).toBe(textOfRow(data[1]));
  });

  laptopTest(
    'of a running answer sees its words so far and the cursor to go on from',
    'a buffered answer is read at its end alone',
    async () => {
      const ada = await client('ada');
      const thread = await ada.open();
      const answer = await ada.post(thread, 'slow');
      await eventually(async () => {
        const { data } = await ada.messages(thread);
        expect(data[1]).toMatchObject({ status: 'streaming', resume_cursor: expect.any(String) });
        expect(textOfRow(data[1])).toContain('word0');
      });
      e2e.upstream.hurry();
      await answer.text();
    },
  );
});

describe('a run', () => {
  laptopTest(
    'is stopped from anywhere, keeps what it said, and pays for that',
    'a buffered answer is read at its end alone',
    async () => {
      const ada = await client('ada');
      const thread = await ada.open();
      const answer = await ada.post(thread, 'slow');
      const run = answer.headers.get('x-sluice-run-id') ?? '';
      await eventually(async () =>
        expect(textOfRow((await ada.messages(thread)).data[1])).toContain('word'),
      );
      expect((await ada.api('POST', `/v1/runs/${run}/cancel`)).status).toBe(202);
      expect((await allFrames(answer)).at(-1)?.event).toBe('run.cancelled');
      const { data } = await ada.messages(thread);
      expect(data[1]).toMatchObject({ status: 'cancelled', stop_reason: 'cancelled' });
      expect(data[1]?.cost_micros).toBeGreaterThan(0);
      await allFrames(await ada.post(thread, 'go on'));
      expect((await ada.messages(thread)).data).toHaveLength(4);
    },
  );

  test('waits for a tool of the client, and goes on when its result comes', async () => {
    const ada = await client('ada');
    const thread = await ada.open();
    const tools = [{ name: 'server/look', description: 'Looks', input_schema: { type: 'object' } }];
    const told = await allFrames(await ada.post(thread, 'look', { tools }));
    expect(told.at(-1)).toMatchObject({
      event: 'run.requires_action',
      data: { tool_use_ids: [expect.any(String)] },
    });
    const { data } = await ada.messages(thread);
    expect(data[1]).toMatchObject({ status: 'requires_action' });
    const use = data[1]?.content.find(({ type }) => type === 'tool_use');
    expect(use).toMatchObject({ name: 'server/look', input: { at: 1 } });
    const path = `/v1/threads/${thread}/tool-results`;
    expect((await ada.api('POST', `${path}/nobody`, { content: 'x' })).status).toBe(409);
    const result = await ada.api('POST', `${path}/${String(use?.['id'])}`, { content: 'a door' });
    expect(result.status).toBe(202);
    const after = told.at(-1)?.id ?? '';
    const rest = await allFrames(
      await ada.api('GET', `/v1/threads/${thread}/stream?after=${after}`),
    );
    expect(rest[0]).toMatchObject({ event: 'tool_result', data: { status: 'completed' } });
    expect(rest.at(-1)?.event).toBe('run.completed');
    const row = (await ada.messages(thread)).data[1];
    expect(row?.content.map(({ type }) => type)).toEqual([
      'text',
      'tool_use',
      'tool_result',
      'text',
    ]);
  });

  test('edited and regenerated messages stand beside what they replace', async () => {
    const ada = await client('ada');
    const thread = await ada.open();
    await allFrames(await ada.post(thread, 'first'));
    const edit = { model: 'gpt-4o-mini', content: 'better', max_tokens: 100 };
    await allFrames(await ada.api('POST', `/v1/threads/${thread}/messages/1/edit`, edit));
    const again = { model: 'gpt-4o-mini', max_tokens: 100 };
    await allFrames(await ada.api('POST', `/v1/threads/${thread}/messages/4/regenerate`, again));
    expect((await ada.messages(thread)).data.map(({ seq }) => seq)).toEqual([3, 5]);
    const audit = (await ada.messages(thread, '?view=audit')).data;
    expect(audit.map((row) => [row.seq, row['superseded_by'] ?? null])).toEqual([
      [1, 3],
      [2, 3],
      [3, null],
      [4, 5],
      [5, null],
    ]);
    expect(e2e.upstream.bodies.at(-1)).toMatchObject({
      messages: [{ role: 'user', content: 'better' }],
    });
  });
});

describe('scope and bad input', () => threadBadInputTests(e2e));

describe('threads', () => {
  test('threads are listed by their latest activity, patched and deleted', async () => {
    const user = `user ${Date.now()}#_`;
    const ada = await client(user);
    const [first, second] = [await ada.open({ metadata: { k: '1' } }), await ada.open()];
    await allFrames(await ada.post(first, 'hi'));
    const ids = async () => {
      const answer = await ada.api('GET', '/v1/threads');
      return JSON.stringify(await answer.json());
    };
    await eventually(async () => {
      const listed = await ids();
      expect(listed.indexOf(first)).toBeGreaterThan(0);
      expect(listed.indexOf(first)).toBeLessThan(listed.indexOf(second));
    });
    const patch = { title: 'new', metadata: { k: null, l: '2' } };
    const patched = await ada.api('PATCH', `/v1/threads/${first}`, patch);
    expect(await patched.json()).toMatchObject({ title: 'new', metadata: { l: '2' } });
    expect((await ada.api('DELETE', `/v1/threads/${first}`)).status).toBe(200);
    expect((await ada.api('GET', `/v1/threads/${first}`)).status).toBe(404);
    await eventually(async () => expect(await ids()).not.toContain(first));
  });
});

laptopTest(
  'a stack that is killed in mid-answer comes back with the half answer, marked, and the thread goes on',
  'a deployed stage is redeployed, not killed: test/deploy does it',
  async () => {
    const key = await e2e.mint({ user_id: 'ada' });
    const ada = threadClient(e2e, key.secret);
    const thread = await ada.open();
    await ada.post(thread, 'slow');
    await eventually(async () =>
      expect(textOfRow((await ada.messages(thread)).data[1])).toContain('word3'),
    );
    await e2e.stack.kill();
    await e2e.restart();
    await eventually(async () => {
      const rest = await allFrames(await ada.api('GET', `/v1/threads/${thread}/stream`));
      expect(rest.at(-1)?.event).toBe('run.interrupted');
    });
    const { data } = await ada.messages(thread);
    expect(data[1]).toMatchObject({ status: 'incomplete', stop_reason: 'interrupted' });
    expect(textOfRow(data[1])).toContain('word3');
    await eventually(async () => expect((await e2e.own(key.secret)).held_micros).toBe(0));
    await allFrames(await ada.post(thread, 'go on'));
    expect((await ada.messages(thread)).data).toHaveLength(4);
  },
);
