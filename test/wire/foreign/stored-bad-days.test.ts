import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { bodyOf, chatRoom } from '../../support/chat-room.ts';
import { DAYS } from '../../support/foreign/days-told.ts';
import { FAMILIES, wireOf } from '../../support/foreign/families.ts';
import { USED } from '../../support/foreign/spoken.ts';
import { KEY_ID, PROJECT } from '../../support/key-items.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

/** What OpenAI's client makes of a turn that is stored, on the bad days of each family, and what the ledger charges for it. */
let upstream: ScriptedUpstream;
let room: Awaited<ReturnType<typeof chatRoom>>;
let openai: OpenAI;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  room = await chatRoom(upstream.url);
  await room.room.deps.keys.patch(PROJECT, KEY_ID, { capNanoUsd: null }, Date.now());
  openai = new OpenAI({
    baseURL: 'http://127.0.0.1/v1',
    apiKey: 'k',
    fetch: async (_url, options) => {
      const body: object = JSON.parse(z.string().parse(options?.body));
      const answer = await room.ask('POST /v1/responses', body);
      const type = { 'content-type': 'application/json' };
      const { status, headers } = answer;
      return new Response(await bodyOf(answer), { status, headers: { ...type, ...headers } });
    },
  });
});
afterAll(() => upstream.stop());

const ask = async (model: string, isStream: boolean): Promise<OpenAI.Responses.Response> => {
  const body = { model, input: 'hi', max_output_tokens: 100 };
  return isStream
    ? await openai.responses.stream(body).finalResponse()
    : await openai.responses.create(body);
};

describe.each(FAMILIES)('a response of %s', (model) => {
  test.each(DAYS)('$name: it fails, is paid for what came, and is not asked again', async (day) => {
    for (const isStream of [true, false]) {
      upstream.script = day.script(wireOf(model), model);
      const [before, asked] = [await room.room.state(), upstream.requests.length];
      const { status, error, usage } = await ask(model, isStream);
      const told = day.told({ name: 'chat', wire: wireOf(model), isNative: false });
      expect([isStream, status, error?.code]).toEqual(
        told === null
          ? [isStream, 'completed', undefined]
          : [isStream, 'failed', told.status === 429 ? 'rate_limit_exceeded' : 'server_error'],
      );
      expect(error?.message ?? '').not.toContain('sk-secret');
      expect(upstream.requests.length - asked).toBe(1);
      const { spentNanoUsd, heldNanoUsd, holdCount } = await room.room.state();
      expect([heldNanoUsd, holdCount]).toEqual([0, 0]);
      if (day.money === 'free') {
        expect(spentNanoUsd).toBe(before.spentNanoUsd);
        continue;
      }
      const last = await room.room.last();
      expect(spentNanoUsd - before.spentNanoUsd).toBe(last?.costNanoUsd);
      expect(usage?.output_tokens).toBe(last?.tokens.output);
      if (day.money !== 'counted') {
        expect(last).toMatchObject({ estimated: true });
        expect(last?.tokens.input).toBeGreaterThanOrEqual(1);
        expect(last?.tokens.output).toBeGreaterThanOrEqual(1);
        continue;
      }
      const { input, cached: cacheRead, output } = USED;
      expect(last).toMatchObject({ estimated: false, tokens: { input, cacheRead, output } });
    }
  });
});
