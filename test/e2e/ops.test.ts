import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { laptopSuite } from '../support/deployed-stage.ts';
import { eventually } from '../support/stack.ts';
import { OWN_FILES, startOpsRoom, type OpsRoom } from '../support/ops-room.ts';

let room: OpsRoom;
beforeAll(async () => void (room = await startOpsRoom()));
afterAll(async () => await room.stack.stop());

laptopSuite('verify', OWN_FILES, () => {
  test('walks through a working stack and says each check', async () => {
    const { code, out } = await room.ops(['verify']);
    for (const name of ['health', 'mint', 'call', 'cap', 'usage', 'revoke'])
      expect(out).toMatch(new RegExp(`^ok   ${name}`, 'm'));
    expect(out).toMatch(/402 request_exceeds_budget/);
    expect(code).toBe(0);
  });

  test('a model that is not there fails the call, and the exit code says so', async () => {
    const { code, out } = await room.ops(['verify', '--model', 'no-such-model', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      checks: [
        { name: 'health', ok: true },
        { name: 'mint', ok: true },
        { name: 'call', ok: false, detail: 'the stage has no model no-such-model' },
      ],
    });
  });
});

laptopSuite('usage, keys and calls', OWN_FILES, () => {
  test('are tables of what users spent, have left and asked', async () => {
    const { id, secret } = await room.mint();
    const answer = await room.call(secret);
    const request = answer.headers.get('x-request-id') ?? '';
    await eventually(async () => {
      const { out, code } = await room.ops(['calls', '--key', id]);
      expect(code).toBe(0);
      expect(out).toMatch(
        new RegExp(`^at +key.+\\n20\\S+ +ops +gpt-4o-mini.+completed +\\d+ +${request}$`, 'm'),
      );
    });
    expect((await room.ops(['keys'])).out).toMatch(new RegExp(`^${id} +ops .+\\$1\\.000000 `, 'm'));
    const gone = await room.mint();
    await room.api('DELETE', `/v1/keys/${gone.id}`, room.stack.adminKey);
    expect((await room.ops(['keys'])).out).not.toContain(gone.id);
    expect((await room.ops(['keys', '--status', 'revoked'])).out).toContain(gone.id);
    const { out } = await room.ops(['usage', '--by', 'model']);
    expect(out).toMatch(/^model +calls .+\ngpt-4o-mini +\d+ /);
    const wrong = await room.ops(['usage', '--by', 'weather']);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('group_by')]);
  });
});

laptopSuite('jobs', OWN_FILES, () => {
  test('are listed with how far they are, those that are over when asked for', async () => {
    const { secret } = await room.mint();
    const call = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] };
    const made = await room.api('POST', '/v1/jobs', secret, {
      url: '/v1/chat/completions',
      body: call,
    });
    const { id } = z.object({ id: z.string() }).parse(await made.json());
    await eventually(async () => {
      const { out } = await room.ops(['jobs', '--all']);
      expect(out).toMatch(new RegExp(`^20\\S+ +${id} .*completed +1 +0 +0 +\\$0\\.0`, 'm'));
    });
    expect((await room.ops(['jobs'])).out.trim()).toBe(
      'No jobs that are not over. --all shows those that are over too.',
    );
  });
});

laptopSuite('admin-key', OWN_FILES, () => {
  test('show prints the key that works', async () => {
    const { out } = await room.ops(['admin-key', 'show']);
    expect(out.trim()).toBe(room.stack.adminKey);
  });

  test('rotate prints a new one; the old one ends with its grace, and the files of the stack know the new one', async () => {
    const graceful = (await room.ops(['admin-key', 'rotate', '--grace-seconds', '600'])).out.trim();
    expect((await room.api('GET', '/v1/keys', room.stack.adminKey)).status).toBe(200);
    expect((await room.api('GET', '/v1/keys', graceful)).status).toBe(200);
    const next = (await room.ops(['admin-key', 'rotate'])).out.trim();
    expect((await room.api('GET', '/v1/keys', graceful)).status).toBe(401);
    expect((await room.api('GET', '/v1/keys', next)).status).toBe(200);
    expect(room.adminKey()).toBe(next);
    expect((await room.ops(['admin-key', 'show'])).out.trim()).toBe(next);
  });
});

laptopSuite('provider-key', OWN_FILES, () => {
  test('set takes the key from stdin, and no command prints it', async () => {
    const secret = 'sk-planted-provider-key';
    const set = await room.ops(
      ['provider-key', 'set', 'acme', '--base-url', 'http://127.0.0.1:9/v1'],
      `${secret}\n`,
    );
    expect(set.code).toBe(0);
    const list = await room.ops(['provider-key', 'list']);
    const json = await room.ops(['provider-key', 'list', '--json']);
    expect(list.out).toMatch(/acme\s+key set\s+http:\/\/127\.0\.0\.1:9\/v1/);
    expect(list.out).toMatch(/openai\s+simulated/);
    for (const { out, err } of [set, list, json]) expect(out + err).not.toContain(secret);
    const stored = readFileSync(join(room.stack.stateDir, 'secrets.json'), 'utf8');
    expect(stored).toContain(secret);
    await room.ops(['provider-key', 'remove', 'acme']);
    expect((await room.ops(['provider-key', 'list'])).out).not.toContain('acme');
  });

  test('an empty key is refused', async () => {
    const { code, err } = await room.ops(['provider-key', 'set', 'openai'], '\n');
    expect(code).toBe(2);
    expect(err).toContain('No key was given');
  });
});

laptopSuite('errors', OWN_FILES, () => {
  test.each([
    [['reconcile', '--key', 'key_0000000000000000'], 'There is no key key_0000000000000000.'],
    [['verify', '--local', '--stage', 'x'], 'Say --stage or --local, not both.'],
    [['admin-key', 'rotate', '--grace-seconds', 'soon'], 'graceSeconds'],
    [['nonsense'], 'unknown command'],
  ])('%j ends with 2 and says why', async (args, message) => {
    const { code, err } = await room.ops(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).not.toMatch(/^\s+at /m);
  });
});
