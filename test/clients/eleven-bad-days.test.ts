import { buffer } from 'node:stream/consumers';
import { ElevenLabsClient, ElevenLabsError } from '@elevenlabs/elevenlabs-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { laptopSuite } from '../support/deployed-stage.ts';
import { ownE2e } from '../support/e2e.ts';
import { startFaultyServer, type Fault, type FaultyServer } from '../support/faulty-server.ts';
import { silentMp3 } from '../support/sounds.ts';
import { eventually } from '../support/stack.ts';

const calls = z.object({ data: z.array(z.looseObject({})) });
const TEXT = 'hello';
/** $0.10 a thousand characters of `eleven_v3`. */
const COST_MICROS = 500;
const SOUND = silentMp3(2);
const TOLD = {
  'content-type': 'audio/mpeg',
  'character-cost': String(TEXT.length),
  'request-id': 'their-request',
};

const speaks: Fault = (response) => {
  response.writeHead(200, TOLD);
  response.end(SOUND);
};
const refuses =
  (status: number, detail: object = { status: 'busy', message: 'later' }): Fault =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '1' });
    response.end(JSON.stringify({ detail }));
  };
/** The head of an answer and its first bytes, and then nothing. */
const begins = (response: Parameters<Fault>[0]): void => {
  response.writeHead(200, TOLD);
  response.write(SOUND.subarray(0, 100));
};
const breaks: Fault = (response) => {
  begins(response);
  setTimeout(() => response.destroy(), 50);
};
const hangsUp: Fault = (response) => {
  response.destroy();
};

laptopSuite(
  'bad days of ElevenLabs, by its own client',
  'they need a provider of their own',
  () => {
    let provider: FaultyServer;
    const e2e = ownE2e(() => ({ ELEVENLABS_BASE_URL: provider.url }));
    beforeAll(async () => {
      provider = await startFaultyServer();
      await e2e.start();
    });
    afterAll(async () => {
      await e2e.stop();
      provider.stop();
    });

    const speak = async (secret: string, abortSignal?: AbortSignal) => {
      const client = new ElevenLabsClient({
        apiKey: secret,
        baseUrl: `${e2e.stack.baseUrl}/elevenlabs`,
      });
      return await client.textToSpeech.stream(
        'voice',
        { text: TEXT, modelId: 'eleven_v3' },
        abortSignal === undefined ? {} : { abortSignal },
      );
    };
    const spent = async (secret: string, spent_micros: number) =>
      await eventually(async () =>
        expect(await e2e.own(secret)).toMatchObject({
          spent_micros,
          held_micros: 0,
        }),
      );

    const ended = async (secret: string, status: string) =>
      await eventually(async () => {
        const answer = await e2e.api('GET', '/v1/calls', secret);
        const { data } = calls.parse(await answer.json());
        expect(data).toMatchObject([{ status, cost_micros: COST_MICROS, estimated: false }]);
      });

    test.each([408, 429, 500, 502, 503, 504, 529])(
      'after %i it asks again, and what answers then is paid once',
      async (status) => {
        const { secret } = await e2e.mint();
        provider.script(refuses(status), speaks);
        expect((await buffer(await speak(secret))).equals(SOUND)).toBe(true);
        expect(provider.seen.length).toBe(2);
        await spent(secret, COST_MICROS);
      },
    );

    test.each([
      ['a provider that fails for good', refuses(503), 503, 'busy'],
      // Its client does not read `x-should-retry`.
      [
        'an account without credit',
        refuses(401, { status: 'quota_exceeded' }),
        502,
        'provider_error',
      ],
      ['a provider that hangs up', hangsUp, 502, 'provider_error'],
    ] as const)('%s is asked three times, and costs nothing', async (_, fault, status, word) => {
      const { secret } = await e2e.mint();
      provider.script(fault);
      const error: unknown = await speak(secret).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ElevenLabsError);
      expect(error).toMatchObject({ statusCode: status, body: { detail: { status: word } } });
      // A socket that was kept from before may have died by itself: what goes out on it is sent again once.
      expect([3, fault === hangsUp ? 4 : 3]).toContain(provider.seen.length);
      await spent(secret, 0);
    });

    test.each([400, 422])(
      'a refusal (%i) is not asked again, and costs nothing',
      async (status) => {
        const { secret } = await e2e.mint();
        provider.script(refuses(status, { status: 'voice_not_found' }));
        await expect(speak(secret)).rejects.toMatchObject({
          body: { detail: { status: 'voice_not_found' } },
        });
        expect(provider.seen.length).toBe(1);
        await spent(secret, 0);
      },
    );

    test('speech that breaks off is no whole speech, and costs what its header says', async () => {
      const { secret } = await e2e.mint();
      provider.script(breaks);
      const stream = await speak(secret);
      await expect(buffer(stream)).rejects.toThrow('terminated');
      expect(provider.seen.length).toBe(1);
      await spent(secret, COST_MICROS);
      await ended(secret, 'provider_error');
    });

    test('who leaves in the middle pays for all of it, which the provider made', async () => {
      const { secret } = await e2e.mint();
      const seen = { leaves: (): void => undefined, isCut: false };
      const left = new Promise<void>((resolve) => void (seen.leaves = resolve));
      provider.script((response) => {
        response.on('close', () => void (seen.isCut = !response.writableFinished));
        begins(response);
        void left.then(() => response.end(SOUND.subarray(100)));
      });
      const control = new AbortController();
      const reader = (await speak(secret, control.signal)).getReader();
      await reader.read();
      expect((await e2e.own(secret)).held_micros).toBeGreaterThanOrEqual(COST_MICROS);
      control.abort();
      await expect(reader.read()).rejects.toThrow('aborted');
      seen.leaves();
      await spent(secret, COST_MICROS);
      await ended(secret, 'completed');
      expect(seen.isCut).toBe(false);
    });
  },
);
