import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newHoldId, requestIdOf } from '../../../lambdas/shared/ids.ts';
import { engineRoom } from '../../support/engine-room.ts';
import { PDF, PNG } from '../../support/foreign/features.ts';
import {
  BY_CHAT,
  chatWith,
  messagesWith,
  startFileServer,
  type FileServer,
} from '../../support/foreign/file-room.ts';
import { errorOf } from '../../support/scripted-answers.ts';
import { speakAt } from '../../support/foreign/foreign-room.ts';
import { KEY_ID } from '../../support/key-items.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

const BEDROCK = 'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0';
const GEMINI = 'gemini-2.5-flash';
const MODELS = [GEMINI, BEDROCK, 'ollama/llava'];
/** What a million tokens of GEMINI cost, in text and in sound, nano-USD. */
const WINDOW_TEXT = 1_048_576 * 300;
const WINDOW_SOUND = 1_048_576 * 1_000;

let upstream: ScriptedUpstream;
let room: ReturnType<typeof engineRoom>;
let files: FileServer;
/** Called while a file is read, before it is there. */
let meanwhile: (() => Promise<void>) | null = null;
let heldThen = 0;

const FILES: Readonly<Record<string, readonly [type: string, body: Buffer]>> = {
  '/image': ['image/png', Buffer.from(PNG, 'base64')],
  '/file': ['application/pdf', Buffer.from(PDF, 'base64')],
  '/words': ['text/plain', Buffer.from('sluices are gates')],
  '/sound': ['audio/wav', Buffer.from('RIFF0000WAVE')],
};

beforeAll(async () => {
  files = await startFileServer(async (path, response) => {
    heldThen = (await room.state()).heldNanoUsd;
    await meanwhile?.();
    const [type, body] = FILES[path.replace(/\?.*/, '')] ?? ['text/plain', null];
    response.writeHead(body === null ? 404 : 200, { 'content-type': type });
    response.end(body);
  });
});
afterAll(() => files.stop());

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  upstream.script = speakAt({ words: ['hello'] });
  room = engineRoom(upstream.url);
  files.asked.length = 0;
  heldThen = 0;
  meanwhile = null;
  return () => upstream.stop();
});

/** What is done while the first file is read, and what came of it. */
const whileRead = async <T>(work: () => Promise<T>): Promise<T> => {
  const done = Promise.withResolvers<T>();
  meanwhile = async () => {
    meanwhile = null;
    done.resolve(await work());
    await Promise.resolve();
  };
  return await done.promise;
};

const see = (path: string) => ({
  type: 'image_url',
  image_url: { url: `${files.url}${path}` },
});

const call = async (
  model: string,
  path = '/image',
  input: Parameters<typeof room.call>[1] = {},
): Promise<string> => await chatWith(room, model, [see(path)], input);

const read = async (model: string, path: string): Promise<string> => {
  const source = { type: 'url', url: `${files.url}${path}` };
  return await messagesWith(room, model, { type: 'document', source });
};

describe('nobody’s server is asked for a file', () => {
  test('by a key that may not call that often', async () => {
    await room.mint({ rpm: 1 });
    await call('gpt-4o-mini');
    for (const model of MODELS.slice(0, 2))
      await expect(call(model)).rejects.toMatchObject({ status: 429, code: 'rate_limited' });
    expect(files.asked).toEqual([]);
  });

  test('by a key that has as many calls in flight as it may', async () => {
    await room.mint({ maxConcurrency: 1 });
    const second = whileRead(async () => await errorOf(call(GEMINI, '/image?2')));
    await call(GEMINI);
    expect(await second).toMatchObject({ status: 429, code: 'concurrency_limited' });
    expect(files.asked).toEqual(['/image']);
  });

  test.each([GEMINI, BEDROCK])('by a key that may not use %s', async (model) => {
    await room.mint({ allowedModels: ['gpt-4o-mini'] });
    await expect(call(model)).rejects.toMatchObject({ status: 403, code: 'model_not_allowed' });
    await expect(read(model, '/file')).rejects.toMatchObject({ status: 403 });
    expect(files.asked).toEqual([]);
  });

  test.each([GEMINI, BEDROCK])('by a key that cannot pay for it at %s', async (model) => {
    await room.mint({ capNanoUsd: 50_000 });
    await expect(call(model)).rejects.toMatchObject({ status: 402 });
    await expect(read(model, '/file')).rejects.toMatchObject({ status: 402 });
    expect(files.asked).toEqual([]);
    expect(await room.state()).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: 0 });
  });

  test('by a key whose rest others hold', async () => {
    await room.mint({ capNanoUsd: 60_000_000 });
    const second = whileRead(async () => await errorOf(call(GEMINI, '/image?2')));
    const { deps } = room;
    const { ledger } = deps;
    let holds = 0;
    deps.ledger = {
      ...ledger,
      hold: async (request) =>
        await ledger.hold(holds++ === 0 ? { ...request, amountNanoUsd: 59_999_999 } : request),
    };
    await call(GEMINI);
    expect(await second).toMatchObject({ status: 402, code: 'in_flight_budget_exhausted' });
    expect(files.asked).toEqual(['/image']);
  });

  test('for the sake of a field that its model does not know', async () => {
    await room.mint();
    const body = { model: BEDROCK, messages: [{ role: 'user', content: [see('/image')] }] };
    await expect(room.call({ ...body, logit_bias: { 1: 2 } }, BY_CHAT)).rejects.toMatchObject({
      status: 400,
    });
    expect(files.asked).toEqual([]);
  });
});

describe('a file is read', () => {
  test.each(MODELS.slice(0, 2))('while its price at %s is held, and settled', async (model) => {
    await room.mint();
    expect(await call(model)).toContain('hello');
    expect(heldThen).toBeGreaterThan(0);
    expect(upstream.requests).toHaveLength(1);
    expect(await room.state()).toMatchObject({ heldNanoUsd: 0 });
    expect((await room.state()).spentNanoUsd).toBeGreaterThan(0);
  });

  test.each([
    ['/file', WINDOW_TEXT],
    ['/words', WINDOW_TEXT],
    ['/sound', WINDOW_SOUND],
  ])('as all that its model can read: %s', async (path, heldNanoUsd) => {
    await room.mint({ capNanoUsd: 2 * WINDOW_SOUND });
    let heldByModel = 0;
    const { modelClient } = room.deps;
    room.deps.modelClient = {
      send: async (...sent) => {
        heldByModel = (await room.state()).heldNanoUsd;
        return await modelClient.send(...sent);
      },
    };
    await read(GEMINI, path);
    expect(heldThen).toBeGreaterThanOrEqual(WINDOW_TEXT);
    expect(heldThen).toBeLessThan(WINDOW_SOUND);
    expect(heldByModel).toBeGreaterThanOrEqual(heldNanoUsd);
    expect(await room.state()).toMatchObject({ heldNanoUsd: 0 });
    expect(room.reports).toEqual([]);
  });

  test('and one that costs more than is left is refused before its model is asked', async () => {
    await room.mint({ capNanoUsd: 2 * WINDOW_TEXT });
    await expect(read(GEMINI, '/sound')).rejects.toMatchObject({
      status: 402,
      code: 'request_exceeds_budget',
    });
    expect(files.asked).toEqual(['/sound']);
    expect(upstream.requests).toEqual([]);
    expect(await room.state()).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: 0 });
  });

  test('and one that cannot be is paid by nobody, and counts as a call of its minute', async () => {
    await room.mint({ rpm: 1 });
    await expect(call(GEMINI, '/nothing')).rejects.toMatchObject({
      status: 400,
      publicMessage: expect.stringContaining('its address answers 404'),
    });
    expect(await room.state()).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: 0 });
    expect(await room.last()).toMatchObject({ status: 'released', costNanoUsd: 0 });
    await expect(call(GEMINI, '/nothing')).rejects.toMatchObject({ status: 429 });
    expect(files.asked).toEqual(['/nothing']);
    expect(upstream.requests).toEqual([]);
  });

  test('no more once its call is cancelled, and its model is not asked', async () => {
    await room.mint();
    const holdId = newHoldId(Date.now());
    meanwhile = async () => {
      await room.deps.cancelFlags.raise(KEY_ID, holdId, Date.now());
      await new Promise(() => undefined);
    };
    const input = { holdId, requestId: requestIdOf(KEY_ID, holdId) };
    await expect(call(BEDROCK, '/image', input)).rejects.toMatchObject({ code: 'call_cancelled' });
    expect(upstream.requests).toEqual([]);
    expect(await room.state()).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: 0 });
  });

  test('for no key that was revoked meanwhile, where it has to be paid for anew', async () => {
    await room.mint({ capNanoUsd: 2 * WINDOW_SOUND });
    meanwhile = async () =>
      void (await room.deps.keys.revoke('project_default', KEY_ID, Date.now()));
    await expect(read(GEMINI, '/sound')).rejects.toMatchObject({ status: 401 });
    expect(upstream.requests).toEqual([]);
    expect(await room.state()).toMatchObject({ heldNanoUsd: 0, spentNanoUsd: 0 });
  });

  test('as part of no work that its provider did', async () => {
    await room.mint();
    upstream.script = speakAt({ words: ['hello'] });
    const { clock } = room.deps;
    let laterMs = 0;
    room.deps.clock = { nowMs: () => clock.nowMs() + laterMs };
    meanwhile = async () => {
      await Promise.resolve();
      laterMs = 9_000;
    };
    await call(GEMINI);
    expect((await room.last())?.totalMs).toBeLessThan(9_000);
  });
});
