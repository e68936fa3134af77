import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mediaFiles } from '../../../lambdas/inference/adapters/media-files.ts';
import type { Block } from '../../../lambdas/inference/turn/turn.ts';
import type { ReadMedia } from '../../../lambdas/inference/ports/media.ts';
import type { RunEvent } from '../../../lambdas/threads/domain/run-event.ts';
import { bodyOf, chatRoom } from '../../support/chat-room.ts';
import { errorOf } from '../../support/scripted-answers.ts';
import { textOf } from '../../support/engine-room.ts';
import { BY_CHAT } from '../../support/foreign/file-room.ts';
import { readSample, speakAt } from '../../support/foreign/foreign-room.ts';
import { jobRoom } from '../../support/job-room.ts';
import { KEY_ID, PROJECT } from '../../support/key-items.ts';
import { FAILURES, routeRoom, type RouteRoom } from '../../support/route-room.ts';
import type { Script } from '../../support/scripted-upstream.ts';
import { turnRoom } from '../../support/turn-room.ts';

const GEMINI = 'gemini-2.5-flash';
const BEDROCK = 'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0';
const LITE = 'gemini-2.0-flash-lite';
const CHEAP = 'gpt-4o-mini';
const FILE = 'https://files.example/1';
const SOUND: ReadMedia = async () =>
  await Promise.resolve({ mediaType: 'audio/wav', bytes: Buffer.from('RIFF') });
const LOST: ReadMedia = async () => await Promise.resolve({ problem: 'its address answers 404' });

let room: RouteRoom;
let read: string[];
let stands: ReadMedia;
beforeEach(async () => {
  room = await routeRoom();
  read = [];
  stands = readSample;
  room.upstream.script = speakAt({ words: ['hello'] });
  const media = mediaFiles(async (url, asked) => {
    read.push(url);
    return await stands(url, asked);
  });
  Object.assign(room.deps, { loadMedia: async () => await Promise.resolve(media) });
});
afterEach(() => room.stop());

const patch = async (fields: Parameters<typeof room.deps.keys.patch>[2]): Promise<void> =>
  void (await room.deps.keys.patch(PROJECT, KEY_ID, fields, Date.now()));

const REFUSALS = [
  ['429', { rpm: 1 }],
  ['403', { allowedModels: [CHEAP] }],
  ['402', { capNanoUsd: 50_000 }],
] as const;

/** One call before, so that the minute of a key with one call a minute is full. */
const fillMinute = async (): Promise<void> => {
  await textOf(await room.call({ model: CHEAP, max_tokens: 16 }));
};

describe('of a turn that is stored', () => {
  const ask = async (fields: object = {}) => {
    const chat = await chatRoom(room.upstream.url, { room });
    const content = [{ type: 'input_image', image_url: FILE, detail: 'auto' }];
    const input = [{ role: 'user', content }];
    const answer = await chat.ask('POST /v1/responses', { model: GEMINI, input, ...fields });
    return await bodyOf(answer);
  };
  const WAYS = [{}, { stream: true }, { background: true }, { store: false }];

  test.each(REFUSALS.flatMap(([status, key]) => WAYS.map((way) => [status, way, key] as const)))(
    'no file is read where it is a %s: %o',
    async (status, way, key) => {
      await fillMinute();
      await patch(key);
      expect(String((await errorOf(ask(way))).status)).toBe(status);
      expect(read).toEqual([]);
      await room.expectEven();
    },
  );

  test.each(WAYS)('its files are read once, held for and paid: %o', async (way) => {
    await ask(way);
    await expect.poll(async () => (await room.state()).spentNanoUsd).toBeGreaterThan(0);
    await expect.poll(async () => (await room.state()).holdCount).toBe(0);
    expect(read).toEqual([FILE]);
    expect(room.upstream.requests).toHaveLength(1);
    await room.expectEven();
  });

  test('a file that costs more than is left is refused, and held for by nobody', async () => {
    stands = SOUND;
    await patch({ capNanoUsd: 700_000_000 });
    const content = [{ type: 'input_file', file_url: FILE }];
    const error = await errorOf(ask({ input: [{ role: 'user', content }] }));
    expect(error.status).toBe(402);
    expect(read).toEqual([FILE]);
    expect(room.upstream.requests).toEqual([]);
    await room.expectEven();
  });
});

const body = {
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'see' },
        { type: 'image_url', image_url: { url: FILE } },
      ],
    },
  ],
};

describe('on the way to another model', () => {
  const byModel =
    (scripts: Readonly<Record<string, Script>>) =>
    (json: string, path: string): Script => {
      const name = Object.keys(scripts).find((model) => `${path}${json}`.includes(model));
      return (
        (name === undefined ? undefined : scripts[name]) ??
        speakAt({ words: ['hello'] })(json, path)
      );
    };
  const ask = async () => {
    const answer = await room.call({ model: 'auto', ...body }, BY_CHAT);
    expect(await textOf(answer)).toContain('hello');
    return answer;
  };

  test('bytes are read for the one that wants them', async () => {
    await room.route('auto', [CHEAP, GEMINI]);
    room.upstream.script = byModel({ [CHEAP]: FAILURES['500'] });
    expect((await ask()).headers['x-sluice-model']).toBe(GEMINI);
    expect(read).toEqual([FILE]);
    await room.expectEven();
  });

  test('the address goes to the next one that reads it, after one that wanted bytes', async () => {
    await room.route('auto', [GEMINI, CHEAP]);
    room.upstream.script = byModel({ [GEMINI]: FAILURES['500'] });
    expect((await ask()).headers['x-sluice-model']).toBe(CHEAP);
    expect(JSON.stringify(room.upstream.requests.at(-1)?.body)).toContain(FILE);
    await room.expectEven();
  });

  test('one for which a file cannot be read is passed, and its hold goes on', async () => {
    stands = LOST;
    await room.route('auto', [GEMINI, BEDROCK, CHEAP]);
    const answer = await ask();
    expect(answer.headers['x-sluice-route']).toBe(
      `auto; tier=free; skip=${GEMINI}:invalid_request; skip=${BEDROCK}:invalid_request; used=${CHEAP}`,
    );
    expect(room.upstream.requests).toHaveLength(1);
    expect(room.settled()).toMatchObject([{ model: CHEAP }]);
    await room.expectEven();
  });

  test('where nobody is left, what cannot be read is the 400, and nothing is held', async () => {
    stands = LOST;
    await room.route('auto', [GEMINI, BEDROCK]);
    const error = await errorOf(room.call({ model: 'auto', ...body }, BY_CHAT));
    expect([error.status, error.publicMessage]).toEqual([
      400,
      expect.stringContaining('its address answers 404'),
    ]);
    expect(room.settled()).toMatchObject([{ status: 'released', costNanoUsd: 0 }]);
    await room.expectEven();
  });

  test('and a key at its limit reads for none of them', async () => {
    await fillMinute();
    await patch({ rpm: 1 });
    await room.route('auto', [GEMINI, BEDROCK]);
    const error = await errorOf(room.call({ model: 'auto', ...body }, BY_CHAT));
    expect(error.status).toBe(429);
    expect(read).toEqual([]);
  });

  test('a model that what is heard is too dear for gives way to another', async () => {
    stands = SOUND;
    await patch({ capNanoUsd: 700_000_000 });
    await room.route('auto', [GEMINI, LITE], { plan: { on_cap: 'downgrade' } });
    const source = { type: 'url', url: FILE } as const;
    const run = await turnOf('auto', [{ type: 'document', source }]);
    expect(run.status).toBe('complete');
    expect(room.settled()).toMatchObject([{ model: LITE }]);
    await room.expectEven();
  });
});

/** A turn of a thread to its end. */
const turnOf = async (model: string, files: readonly Block[]) => {
  const turns = await turnRoom(room.upstream.url, 0, undefined, undefined, room);
  const posted = await turns.post('see', { settings: { model }, files });
  const told: RunEvent[] = [];
  for await (const page of posted.events) told.push(...page.map(({ event }) => event));
  const run = await turns.deps.store.run(posted.run);
  return { status: run?.status ?? null, told };
};

test('of two turns at once the one that waits has counted, for its files were read', async () => {
  const turns = await turnRoom(room.upstream.url, 0, undefined, undefined, room);
  const both = Promise.withResolvers<unknown>();
  stands = async (...asked) => {
    if (read.length === 2) both.resolve(null);
    await both.promise;
    return await readSample(...asked);
  };
  const source = { type: 'url', url: FILE } as const;
  const files = [{ type: 'image', source }] as const;
  const post = async () => await turns.post('see', { settings: { model: GEMINI }, files });
  const posted = await Promise.all([post(), post()]);
  expect(posted.map(({ run }) => run.status).toSorted()).toEqual(['active', 'queued']);
  expect(room.settled()).toMatchObject([{ status: 'released', costNanoUsd: 0 }]);
  const active = posted.find(({ run }) => run.status === 'active');
  for await (const _page of active?.events ?? []);
  await room.expectEven();
});

describe('of a call of a job', () => {
  const URL = '/v1/chat/completions';
  const jobOf = async (fields: object = {}) => {
    const { make, work } = await jobRoom(room.upstream.url, undefined, room);
    const call = { customId: null, url: URL, body: { model: GEMINI, ...body, ...fields } } as const;
    await make([call], { isStream: false, kind: 'call', url: URL });
    return await work();
  };

  test('a file is read when its hold is named', async () => {
    expect((await jobOf()).status).toBe('completed');
    expect(read).toEqual([FILE]);
    await room.expectEven();
  });

  test('none is where its key may not use the model', async () => {
    await patch({ allowedModels: [CHEAP] });
    expect((await jobOf()).status).toBe('failed');
    expect(read).toEqual([]);
    await room.expectEven();
  });

  test('one that cannot be read fails it, and costs nothing', async () => {
    stands = LOST;
    const job = await jobOf();
    expect([job.status, job.costNanoUsd]).toEqual(['failed', 0]);
    expect(room.upstream.requests).toEqual([]);
    await room.expectEven();
  });
});
