import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { startStorage, type Storage } from '../../local/dynamo/storage.ts';
import { localCredentials, storageClient } from '../../local/dynamo/storage-client.ts';
import { readTemplates } from '../../local/template.ts';
import { s3FailedRecords } from '../../ops/adapters/s3-failed-records.ts';
import { parseFailedBatch } from '../../ops/formats/invocation-record.ts';
import { METRICS } from '../../lambdas/shared/metric-names.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { ownE2e } from '../support/e2e.ts';
import { runOps } from '../support/run-ops.ts';
import { SocketTab } from '../support/socket-client.ts';
import { eventually } from '../support/stack.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';
import { startWeakStore, type WeakStore } from '../support/weak-store.ts';

const PROMPT = 'planted-prompt-7b1d';
const PROVIDER_KEY = 'sk-planted-thread-provider';

const operatorsView = z.object({
  alarms: z.array(z.object({ alarm: z.string(), state: z.string() })),
});

/** The row of a thread behind everybody's back. */
const metaOf = async (engine: Storage, threadId: string) => {
  const tables = DynamoDBDocumentClient.from(storageClient(engine.endpoint));
  const { Items = [] } = await tables.send(
    new ScanCommand({
      TableName: 'ThreadsTable',
      FilterExpression: 'sk = :meta AND contains(pk, :thread) AND attribute_exists(rev)',
      ExpressionAttributeValues: { ':meta': 'META', ':thread': threadId },
    }),
  );
  const { pk, rev } = z.looseObject({ pk: z.string(), rev: z.number() }).parse(Items[0]);
  const set = async (value: unknown): Promise<void> => {
    await tables.send(
      new UpdateCommand({
        TableName: 'ThreadsTable',
        Key: { pk, sk: 'META' },
        UpdateExpression: 'SET rev = :value',
        ExpressionAttributeValues: { ':value': value },
      }),
    );
  };
  return { rev, set };
};

/** What lies in the bucket of records that failed for good. */
const failedRecords = (stateDir: string) => {
  const { environment, outputs } = z
    .object({
      environment: z.looseObject({ AWS_ENDPOINT_URL_S3: z.string() }),
      outputs: z.looseObject({ FailedRecordsBucketName: z.string() }),
    })
    .parse(JSON.parse(readFileSync(join(stateDir, 'local.json'), 'utf8')));
  const bucket = s3FailedRecords(
    new S3Client({
      region: 'us-east-1',
      endpoint: environment.AWS_ENDPOINT_URL_S3,
      credentials: localCredentials,
    }),
    outputs.FailedRecordsBucketName,
  );
  return async () =>
    await Promise.all(
      (await bucket.list()).map(async (name) => parseFailedBatch(await bucket.read(name))),
    );
};

laptopSuite(
  'threads on bad days',
  'nobody stands between its functions and their store, or reads their logs from a folder',
  () => {
    let engine: Storage;
    let store: WeakStore;
    const e2e = ownE2e(
      () => ({ DYNAMODB_ENDPOINT: store.url, OPENAI_API_KEY: PROVIDER_KEY }),
      // A test breaks a bundle.
      { synthesizes: true },
    );
    const secrets: string[] = [];
    beforeAll(async () => {
      engine = await startStorage(mkdtempSync(join(tmpdir(), 'sluice-engine-')), undefined);
      store = await startWeakStore(engine.endpoint);
      await e2e.start();
    });
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

    test('a poisoned thread fails alone into the bucket while tabs hear of the others, and replay drops what is no news any more', async () => {
      const ada = await client();
      const [poisoned, healthy] = [await ada.open(), await ada.open()];
      const tabs = await Promise.all(
        [poisoned, healthy].map(async (thread) => {
          const tab = await SocketTab.withKey(e2e, ada.key.secret);
          await tab.subscribe(thread);
          return tab;
        }),
      );
      const told = (tab: number) =>
        (tabs[tab]?.told ?? []).filter(({ type }) => type === 'thread.updated');
      const row = await metaOf(engine, poisoned);
      await row.set('poison');
      await ada.api('PATCH', `/v1/threads/${healthy}`, { title: 'heard' });
      await eventually(async () => expect(told(1)).toMatchObject([{ thread: { title: 'heard' } }]));
      const bucket = failedRecords(e2e.stack.stateDir);
      await eventually(async () => expect(await bucket()).toHaveLength(1));
      // What mends the row carries the poison as its old image, and fails as well.
      await row.set(row.rev);
      await eventually(async () => expect(await bucket()).toHaveLength(2));
      for (const { functionArn, records } of await bucket()) {
        expect(functionArn).toMatch(/fan-?out/i);
        expect(JSON.stringify(records.map(({ dynamodb }) => dynamodb?.Keys))).toContain(poisoned);
        expect(records).toHaveLength(1);
      }
      await eventually(async () => {
        const { alarms } = operatorsView.parse(
          await (await fetch(`${e2e.stack.baseUrl}/_local.json`)).json(),
        );
        const stateOf = new Map(alarms.map(({ alarm, state }) => [alarm, state]));
        expect(stateOf.get('sluice-dev-events-not-told')).toBe('ALARM');
        expect(stateOf.get('sluice-dev-records-kept-aside')).not.toBe('ALARM');
      });

      await ada.api('PATCH', `/v1/threads/${poisoned}`, { title: 'mended' });
      await eventually(async () =>
        expect(told(0)).toMatchObject([{ thread: { title: 'mended' } }]),
      );
      expect(told(1)).toHaveLength(1);
      for (const objects of [2, 0]) {
        const { code, out } = await runOps(e2e.stack.stateDir, ['replay', '--json']);
        expect(JSON.parse(out)).toEqual({
          objects,
          repaired: 0,
          already: 0,
          outdated: objects,
          failed: [],
        });
        expect(code).toBe(0);
      }
      for (const tab of tabs) tab.cut();
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
      e2e.upstream.hurry();
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
