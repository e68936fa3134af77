import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStorage, type Storage } from '../../local/storage.ts';
import { readTemplates } from '../../local/template.ts';
import { METRICS } from '../../lambdas/shared/metric-names.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { newE2e } from '../support/e2e.ts';
import { eventually } from '../support/stack.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';
import { startWeakStore, type WeakStore } from '../support/weak-store.ts';

const PROMPT = 'planted-prompt-7b1d';
const PROVIDER_KEY = 'sk-planted-thread-provider';

laptopSuite(
  'threads on bad days',
  'nobody stands between its functions and their store, or reads their logs from a folder',
  () => {
    let engine: Storage;
    let store: WeakStore;
    const e2e = newE2e(() => ({ DYNAMODB_ENDPOINT: store.url, OPENAI_API_KEY: PROVIDER_KEY }));
    const secrets: string[] = [];
    beforeAll(async () => {
      engine = await startStorage(mkdtempSync(join(tmpdir(), 'sluice-engine-')), undefined);
      store = await startWeakStore(engine.endpoint);
      await e2e.start();
    }, 60_000);
    afterAll(async () => {
      await e2e.stop();
      store.stop();
      engine.stop();
    });
    const client = async () => {
      const key = await e2e.mint();
      secrets.push(key.secret);
      return { ...threadClient(e2e, key.secret), key };
    };

    test('a store that throttles every write is a 503: nothing is forwarded, held or written', async () => {
      const ada = await client();
      const thread = await ada.open();
      const forwarded = e2e.upstream.bodies.length;
      store.throttle((action) => action === 'UpdateItem' || action === 'TransactWriteItems');
      const answer = await ada.post(thread, 'hello');
      store.recover();
      expect([answer.status, await answer.text()]).toEqual([
        503,
        expect.stringContaining('storage_unavailable'),
      ]);
      expect(e2e.upstream.bodies.length).toBe(forwarded);
      expect((await ada.messages(thread)).data).toEqual([]);
      expect(await e2e.own(ada.key.secret)).toMatchObject({ spent_micros: 0, held_micros: 0 });
      const again = await allFrames(await ada.post(thread, 'hello'));
      expect(again.at(-1)?.event).toBe('run.completed');
    });

    test('a turn whose transaction is throttled gives its price back, and the next one goes through', async () => {
      const ada = await client();
      const thread = await ada.open();
      store.throttle((action) => action === 'TransactWriteItems');
      const answer = await ada.post(thread, 'hello');
      store.recover();
      expect(answer.status).toBe(503);
      expect((await ada.messages(thread)).data).toEqual([]);
      expect((await allFrames(await ada.post(thread, 'hello'))).at(-1)?.event).toBe(
        'run.completed',
      );
    });

    test('a function of threads that throws on init fails alone, in our shape', async () => {
      const ada = await client();
      const thread = await ada.open();
      const broken = readTemplates(join(e2e.stack.stateDir, 'cdk.out')).find(
        ({ properties }) => properties['Description'] === 'Reads a run from any place',
      );
      writeFileSync(join(broken?.assetPath ?? '', 'index.mjs'), "throw new Error('planted');");
      const reading = await ada.api('GET', `/v1/threads/${thread}/stream`);
      expect(reading.status).toBeGreaterThanOrEqual(500);
      expect(await reading.json()).toMatchObject({
        error: { code: 'internal', request_id: reading.headers.get('x-request-id') },
      });
      const turn = await allFrames(await ada.post(thread, 'hello'));
      expect(turn.at(-1)?.event).toBe('run.completed');
    });

    test('the logs hold the figures of turns with their runs, and neither a secret nor a word of a prompt or an answer', async () => {
      const ada = await client();
      const thread = await ada.open({ title: PROMPT, metadata: { note: PROMPT } });
      for (const mood of ['hi', 'fail', 'cut', 'garbled'])
        await (await ada.post(thread, `${mood} ${PROMPT}`)).text();
      await (await ada.post(thread, 'hi', { [PROMPT]: true })).text();
      const busy = await ada.open();
      // The second waits for the first and is begun by run-turn.
      const both = await Promise.all(
        ['slow', 'second'].map(async (mood) => await ada.post(busy, `${mood} ${PROMPT}`)),
      );
      for (const answer of both) await answer.text();
      let text = '';
      await eventually(async () => {
        text = globSync(join(e2e.stack.stateDir, 'logs', '*'))
          .map((path) => readFileSync(path, 'utf8'))
          .join('\n');
        for (const name of ['turns', 'firstEventMs'] as const)
          expect(text).toContain(`"${METRICS[name].name}"`);
        expect(text).toMatch(/"function":"[^"]*run-?turn/i);
        await Promise.resolve();
      });
      for (const word of [PROVIDER_KEY, e2e.stack.adminKey, PROMPT, 'word1', ...secrets])
        expect(text, 'a planted word is in the logs').not.toContain(word);
      expect(text).toMatch(/"run_id":"run_\w+"/);
    });
  },
);
