import { afterEach, describe, expect, test, vi } from 'vitest';
import { openaiTranscriptions } from '../../../lambdas/inference/wires/openai-audio/transcriptions.ts';
import { openaiEmbeddings } from '../../../lambdas/inference/wires/openai-embeddings/wire.ts';
import type { NewKey } from '../../../lambdas/ledger/ports.ts';
import { FAILURES } from '../../support/route-room.ts';
import {
  BOUNDARY,
  jsonOf,
  routedUnits,
  UNIT_ROWS,
  type RoutedUnits,
} from '../../support/routed-units.ts';
import { errorOf } from '../../support/scripted-answers.ts';

/** Names of a project for models that hold no conversation: what they cost, and what a hostile caller gets of them. */
let room: RoutedUnits;
const open = async (key: Partial<Omit<NewKey, 'profile'>> = {}): Promise<void> => {
  room = await routedUnits(key);
};
afterEach(() => room.stop());

describe('the money of a name', () => {
  test('is that of the dearer model before that one is asked, or nobody is asked', async () => {
    // 3 tokens of the small model are 60 nano-USD, of the large one 390.
    await open({ capNanoUsd: 200 });
    const [small, large] = UNIT_ROWS.embeddings.models;
    await room.route('unit', [small, large]);
    room.mood(small, FAILURES['500']);
    const row = { ...UNIT_ROWS.embeddings, body: jsonOf({ input: 'a' }) };
    const error = await errorOf(room.say(row, 'unit'));
    expect(error).toMatchObject({
      code: 'request_exceeds_budget',
      facts: { route: `unit; tier=free; try=${small}:500; try=${large}:cap` },
    });
    expect(room.asked()).toEqual([small]);
    expect((await room.state()).spentNanoUsd).toBe(0);
    await room.expectEven();
  });

  test('is saved by the model that is cheapest for this very call', async () => {
    await open({ capNanoUsd: 50_000_000 });
    const [mini, dear] = UNIT_ROWS.images.models;
    await room.route('unit', [dear, mini], { plan: { on_cap: 'downgrade' } });
    const row = {
      ...UNIT_ROWS.images,
      body: jsonOf({ prompt: 'a', size: '1024x1024', quality: 'high' }),
    };
    expect((await room.say(row, 'unit')).headers['x-sluice-route']).toBe(
      `unit; tier=free; try=${dear}:cap; downgrade; used=${mini}`,
    );
    await room.expectEven();
  });

  test('of a silent model is what it may have cost, and the next one has a hold of its own', async () => {
    await open();
    const [small, large] = UNIT_ROWS.embeddings.models;
    await room.route('unit', [small, large], { first_token_ms: 500 });
    room.mood(small, { ending: 'silent' });
    const answer = await room.say(UNIT_ROWS.embeddings, 'unit');
    expect(answer.headers['x-sluice-route']).toBe(
      `unit; tier=free; try=${small}:timeout; used=${large}`,
    );
    const settled = room.settled();
    expect(settled).toMatchObject([
      { model: small, status: 'provider_error', estimated: true },
      { model: large, status: 'completed', estimated: false },
    ]);
    expect(new Set(settled.map(({ requestId }) => requestId)).size).toBe(2);
    await room.expectEven();
  });

  test.each([1, 5])('never passes the cap, %d calls at once', async (calls) => {
    await open({ capNanoUsd: 1_000 });
    const [small, large] = UNIT_ROWS.embeddings.models;
    await room.route('unit', [small, large]);
    room.mood(small, ...Array.from({ length: calls }, () => FAILURES['500']));
    await Promise.allSettled(
      Array.from({ length: calls }, async () => await room.say(UNIT_ROWS.embeddings, 'unit')),
    );
    for (const { after } of room.tables.stream)
      if (after['write'] === 'hold' || after['write'] === 'reprice')
        expect(Number(after['available'])).toBeGreaterThanOrEqual(0);
    await room.expectEven();
  });
});

describe('a plain model', () => {
  test('falls back where the project says to what, and reads nothing for it while it is well', async () => {
    await open();
    const [small, large] = UNIT_ROWS.embeddings.models;
    await room.route(small, [large]);
    const reads = vi.spyOn(room.tables, 'get');
    await room.say(UNIT_ROWS.embeddings, small);
    expect(reads).not.toHaveBeenCalled();
    room.mood(small, FAILURES['529']);
    expect((await room.say(UNIT_ROWS.embeddings, small)).headers['x-sluice-route']).toBe(
      `${small}; tier=free; try=${small}:529; used=${large}`,
    );
    await room.expectEven();
  });

  test('that no body names is named to who takes its place', async () => {
    await open();
    await room.route('omni-moderation-latest', ['omni-moderation-2024-09-26']);
    room.mood('none', FAILURES['500']);
    const row = { ...UNIT_ROWS.moderations, body: () => ({ input: 'a' }) };
    await room.say(row, 'omni-moderation-latest');
    expect(room.asked()).toEqual(['none', 'omni-moderation-2024-09-26']);
  });
});

describe('the holder of a key', () => {
  test('hears of a name that nobody made that no such model exists, and a stranger hears nothing', async () => {
    await open();
    await room.route('unit', [UNIT_ROWS.embeddings.models[0]]);
    const body = { model: 'units', input: 'a' };
    const error = await errorOf(room.ask(openaiEmbeddings, body));
    expect(error).toMatchObject({ code: 'model_not_found', status: 404 });
    expect(error.publicMessage).toContain('GET /v1/models');
    const stranger = { credential: { keyId: 'key_bbbbbbbbbbbbbbbb', secretHash: 'hash' } };
    for (const model of ['unit', 'units'])
      expect((await errorOf(room.ask(openaiEmbeddings, { ...body, model }, stranger))).code).toBe(
        'invalid_api_key',
      );
    expect(room.calls).toEqual([]);
  });

  test('hears of a name for models that do something else which route they have', async () => {
    await open();
    await room.route('talk', ['nowhere/model', 'gpt-4o-mini', 'claude-haiku-4-5']);
    await room.route('unit', [UNIT_ROWS.embeddings.models[0]]);
    const talk = await errorOf(room.say(UNIT_ROWS.embeddings, 'talk'));
    expect(talk).toMatchObject({
      code: 'dialect_not_supported_for_model',
      status: 400,
      facts: { param: 'model' },
    });
    expect(talk.publicMessage).toContain('POST /v1/chat/completions');
    expect((await errorOf(room.say(UNIT_ROWS.speech, 'unit'))).publicMessage).toContain(
      'POST /v1/embeddings',
    );
    const google = UNIT_ROWS['embeddings of Google'];
    expect((await errorOf(room.say(google, 'unit'))).publicMessage).toContain(
      'POST /v1/embeddings',
    );
    const unit = await errorOf(room.call({ model: 'unit' }));
    expect(unit).toMatchObject({ code: 'dialect_not_supported_for_model', status: 400 });
    expect(unit.publicMessage).toContain('POST /v1/embeddings');
    expect(room.calls).toEqual([]);
    expect((await room.state()).holdCount).toBe(0);
  });

  test('is led by a name to another one, past what the route does not take', async () => {
    await open();
    const [small] = UNIT_ROWS.embeddings.models;
    await room.route('inner', ['gemini-embedding-001', small]);
    await room.route('outer', ['inner']);
    expect((await room.say(UNIT_ROWS.embeddings, 'outer')).headers['x-sluice-route']).toBe(
      `outer; tier=free; skip=gemini-embedding-001:dialect_not_supported_for_model; used=${small}`,
    );
  });

  test('goes where its tier leads, and nowhere that its list of models forbids', async () => {
    await open({ allowedModels: ['tts-1', 'unit'] });
    const [small, large] = UNIT_ROWS.embeddings.models;
    await room.route('unit', [small], { tiers: { free: { targets: [{ model: large }] } } });
    await room.route('other', [small]);
    expect((await room.say(UNIT_ROWS.embeddings, 'unit')).headers['x-sluice-model']).toBe(large);
    const error = await errorOf(room.say(UNIT_ROWS.embeddings, 'other'));
    expect(error).toMatchObject({ code: 'model_not_allowed', status: 403 });
    expect(error.publicMessage).toContain('tts-1, unit');
    expect(room.asked()).toEqual([large]);
  });

  test('cannot choose a boundary that ends a form at the name of its model', async () => {
    await open({ capNanoUsd: null });
    await room.route('unit', ['custom/--x']);
    const row = UNIT_ROWS.transcriptions;
    const body = Buffer.from(row.body('unit')).toString('latin1').replaceAll(BOUNDARY, 'x');
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const error = await errorOf(
      room.ask(openaiTranscriptions, Buffer.from(body, 'latin1'), { headers }),
    );
    expect(error).toMatchObject({ code: 'invalid_request', facts: { param: 'content-type' } });
    expect(room.calls).toEqual([]);
    await expect(room.state()).resolves.toMatchObject({ holdCount: 0, heldNanoUsd: 0 });
  });
});
