import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { E2e } from '../support/e2e.ts';
import { said } from '../support/socket-client.ts';
import { eventually } from '../support/stack.ts';
import { threadClient } from '../support/thread-client.ts';
import type { SocketRoom } from './sockets-resume.ts';

/** What a key's sockets may, and for how long. */
export const socketKeyTests = ({
  e2e,
  client,
  tabOf,
}: SocketRoom & { readonly e2e: E2e }): void => {
  describe('a key', () => {
    test('that is revoked, paused or given another secret closes its sockets, and no others', async () => {
      const other = await tabOf((await client('eve')).secret);
      for (const change of [
        async (keyId: string) => await e2e.admin('DELETE', `/v1/keys/${keyId}`),
        async (keyId: string) =>
          await e2e.admin('PATCH', `/v1/keys/${keyId}`, { status: 'paused' }),
        async (keyId: string) =>
          await e2e.admin('POST', `/v1/keys/${keyId}/rotate`, { grace_seconds: 0 }),
      ]) {
        const ada = await client();
        const thread = await ada.open();
        const tab = await tabOf(ada.secret);
        await tab.subscribe(thread);
        expect((await change(ada.keyId)).status).toBe(200);
        expect(await tab.closed()).toBe(1000);
      }
      await other.ask({ type: 'ping' }, 'pong');
    });

    test('that is given another secret with grace keeps its sockets for the grace, to their first message behind it', async () => {
      const ada = await client();
      const thread = await ada.open();
      const [tab, silent] = [await tabOf(ada.secret), await tabOf(ada.secret)];
      await silent.subscribe(thread);
      const rotated = await e2e.admin('POST', `/v1/keys/${ada.keyId}/rotate`, {
        grace_seconds: 3,
      });
      expect(rotated.status).toBe(200);
      const { secret } = z.object({ secret: z.string() }).parse(await rotated.json());
      await tab.ask({ type: 'ping' }, 'pong');
      await eventually(async () => {
        tab.say({ type: 'ping' });
        expect(await Promise.resolve(tab.closeCode)).toBe(1000);
      });
      expect((await e2e.api('GET', '/v1/key', ada.secret)).status).toBe(401);
      await (await threadClient(e2e, secret).post(thread, 'hello')).text();
      await silent.has(({ event }) => event.type === 'run.completed');
      silent.say({ type: 'ping' });
      expect(await silent.closed()).toBe(1000);
    });

    test("of one end user learns nothing of another's thread, and an admin's watches any", async () => {
      const [ada, eve] = [await client('ada'), await client('eve')];
      const thread = await ada.open();
      const tab = await tabOf(eve.secret);
      const never = `thread_${'0'.repeat(20)}`;
      const errors = [];
      for (const name of [thread, never, 'thread']) {
        for (const message of [{ type: 'subscribe', thread_id: name }, said(name, 'hello', 'r')]) {
          const {
            thread_id: _thread,
            request_id: _request,
            ...rest
          } = await tab.ask(message, 'error');
          errors.push(rest);
        }
      }
      for (const error of errors) expect(error).toEqual(errors[0]);
      expect(errors[0]).toMatchObject({ code: 'not_found' });
      const admin = await tabOf(e2e.stack.adminKey);
      await admin.subscribe(thread);
    });
  });
};
