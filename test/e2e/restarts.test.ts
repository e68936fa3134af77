import { afterAll, beforeAll, expect } from 'vitest';
import { laptopTest } from '../support/deployed-stage.ts';
import { CALL_MICROS, COST_MICROS, say, sharedE2e } from '../support/e2e.ts';
import { startStack } from '../support/stack.ts';

/** A stack that ends, orderly or not. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const { api, mint, openai, own } = e2e;

const RESTARTS = 'a deployed stage is redeployed, not restarted: test/deploy does it';
laptopTest('the state survives a restart', RESTARTS, async () => {
  const key = await mint();
  await openai(key.secret).chat.completions.create(say('hi'));
  await e2e.stack.stop();
  await e2e.restart();
  expect((await own(key.secret)).spent_micros).toBe(COST_MICROS);
});

const killed =
  'a stack that was killed in mid-stream comes back with the hold in place and nothing lost';
laptopTest(killed, RESTARTS, async () => {
  const key = await mint();
  await openai(key.secret).chat.completions.create(say('hi'));
  const running = await api('POST', '/v1/chat/completions', key.secret, {
    ...say('slow'),
    stream: true,
  });
  const held = (await own(key.secret)).held_micros;
  expect(held).toBeGreaterThan(0);
  await e2e.stack.kill();
  await running.text().catch(() => '');
  await e2e.restart();
  expect(await own(key.secret)).toMatchObject({ held_micros: held, spent_micros: COST_MICROS });
  await openai(key.secret).chat.completions.create(say('hi'));
  expect((await own(key.secret)).spent_micros).toBe(Math.ceil(2 * CALL_MICROS));
});

laptopTest('a taken port is a clear error', 'a deployed stage has no port of its own', async () => {
  const { port } = new URL(e2e.stack.baseUrl);
  await expect(startStack({}, undefined, port)).rejects.toThrow(`port ${port} is taken`);
});
