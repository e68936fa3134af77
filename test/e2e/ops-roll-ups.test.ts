import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { laptopSuite } from '../support/deployed-stage.ts';
import { eventually } from '../support/stack.ts';
import {
  OWN_FILES,
  reconciled,
  replayed,
  startOpsRoom,
  type OpsRoom,
} from '../support/ops-room.ts';

let room: OpsRoom;
beforeAll(async () => void (room = await startOpsRoom()));
afterAll(async () => await room.stack.stop());

laptopSuite('replay and reconcile', OWN_FILES, () => {
  test('a poisoned hour fails alone into the bucket; after the fix replay makes roll-ups equal settlements, and a second replay changes nothing', async () => {
    const poisoned = await room.mint();
    const healthy = await room.mint();
    await room.tables.send(
      new UpdateCommand({
        ...room.hourRow(poisoned.id),
        UpdateExpression: 'SET cost = :poison',
        ExpressionAttributeValues: { ':poison': 'poison' },
      }),
    );
    for (const { secret } of [poisoned, healthy, poisoned]) await room.call(secret);
    await eventually(async () => {
      const reports = await room.opsJson(reconciled, 'reconcile', '--key', healthy.id);
      expect(reports).toMatchObject({ differing: 0, reports: [{ events: 1 }] });
    });
    await eventually(async () => {
      expect(await room.failedRecords()).toHaveLength(2);
    });

    const still = await room.opsJson(replayed, 'replay');
    expect(still.repaired).toBe(0);
    expect(still.failed.length).toBeGreaterThan(0);

    await room.tables.send(
      new UpdateCommand({ ...room.hourRow(poisoned.id), UpdateExpression: 'REMOVE cost' }),
    );
    const copies = new Map<string, string>();
    for (const name of await room.failures.list()) copies.set(name, await room.failures.read(name));
    expect(await room.opsJson(replayed, 'replay')).toMatchObject({
      repaired: 2,
      already: 0,
      failed: [],
    });
    expect(await room.failures.list()).toEqual([]);
    const after = await room.opsJson(reconciled, 'reconcile', '--key', poisoned.id);
    expect(after).toMatchObject({
      differing: 0,
      reports: [{ events: 2, difference_nano_usd: 0, wrong_hours: [] }],
    });
    expect(after.reports[0]?.spent_nano_usd).toBeGreaterThan(0);

    for (const [name, content] of copies) await room.putFailed(name, content);
    expect(await room.opsJson(replayed, 'replay')).toMatchObject({
      repaired: 0,
      already: 2,
      failed: [],
    });
    expect(await room.opsJson(reconciled, 'reconcile', '--key', poisoned.id)).toEqual(after);
  });

  test('an object that is no invocation record stays, is named, and the exit code says so', async () => {
    await room.putFailed('aws/stranger', '{"requestContext":{}}');
    const { code, out } = await room.ops(['replay']);
    expect(code).toBe(1);
    expect(out).toContain('aws/stranger');
    expect(await room.failures.list()).toEqual(['aws/stranger']);
    await room.failures.remove('aws/stranger');
  });

  test('a wrong roll-up is told figure by figure, rebuilt from its events by --repair, and then agrees', async () => {
    const key = await room.mint();
    for (let calls = 0; calls < 3; calls++) await room.call(key.secret);
    await eventually(async () => {
      expect(await room.opsJson(reconciled, 'reconcile', '--key', key.id)).toMatchObject({
        differing: 0,
        reports: [{ events: 3 }],
      });
    });
    await room.tables.send(
      new UpdateCommand({
        ...room.hourRow(key.id),
        UpdateExpression: 'ADD requests :two, ghost :two',
        ExpressionAttributeValues: { ':two': 2 },
      }),
    );
    const told = await room.ops(['reconcile', '--key', key.id]);
    expect(told.code).toBe(1);
    expect(told.out).toMatch(/differs: ghost, requests/);
    const repaired = await room.opsJson(reconciled, 'reconcile', '--key', key.id, '--repair');
    expect(repaired).toMatchObject({
      differing: 0,
      reports: [{ wrong_hours: [{ repaired: true }] }],
    });
    const all = await room.ops(['reconcile']);
    expect(all.out).toMatch(/0 differ\.$/m);
    expect(all.code).toBe(0);
  });
});

laptopSuite('items', OWN_FILES, () => {
  test('carry the version of their layout, and one from before it is served as ever', async () => {
    const key = await room.mint();
    await room.call(key.secret);
    await room.api('POST', `/v1/calls/req_${key.id.slice(4)}${'0'.repeat(26)}/cancel`, key.secret);
    await eventually(async () => {
      expect(await room.opsJson(reconciled, 'reconcile', '--key', key.id)).toMatchObject({
        reports: [{ events: 1 }],
      });
    });
    const items = await room.itemsOf(`KEY#${key.id}`);
    const kinds = items.map(({ sk }) => sk.split('#')[0]);
    expect(new Set(kinds)).toEqual(new Set(['STATE', 'PROFILE', 'CALL', 'HOUR', 'CANCEL']));
    for (const item of items) expect(item, item.sk).toMatchObject({ schema: 1 });

    for (const { sk, table } of items)
      await room.tables.send(
        new UpdateCommand({
          TableName: table,
          Key: { pk: `KEY#${key.id}`, sk },
          UpdateExpression: 'REMOVE #schema',
          ExpressionAttributeNames: { '#schema': 'schema' },
        }),
      );
    expect((await room.call(key.secret)).status).toBe(200);
    await eventually(async () => {
      expect(await room.opsJson(reconciled, 'reconcile', '--key', key.id)).toMatchObject({
        differing: 0,
        reports: [{ events: 2 }],
      });
    });
    expect((await room.api('DELETE', `/v1/keys/${key.id}`, room.adminKey())).status).toBe(200);
  });
});
