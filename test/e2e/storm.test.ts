import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import * as z from 'zod';
import { laptopSuite, laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e, say } from '../support/e2e.ts';
import { sizeOf } from '../support/machine.ts';
import { runOpsJson } from '../support/run-ops.ts';
import { eventually } from '../support/stack.ts';

const CALLS = sizeOf({ full: 1_000, usual: 400, least: 200 });
const CANCELLED = 20;
/** Before a call is repeated. */
const PAUSE_MS = 500;
const KILLED_AFTER = CALLS / 4;
/** 9 input and 20 output tokens of gpt-4o-mini. */
const COST_NANO_USD = 13_350;

const reconciled = z.object({
  differing: z.number(),
  reports: z.array(
    z.looseObject({
      difference_nano_usd: z.number(),
      spent_nano_usd: z.number(),
      is_invariant_broken: z.boolean(),
      wrong_hours: z.array(z.unknown()),
      events: z.number(),
    }),
  ),
});

const WHY = 'a deployed stage is redeployed, not killed: test/deploy does it';
laptopSuite('the books', WHY, () => {
  const e2e = sharedE2e();
  beforeAll(async () => await e2e.start());
  afterAll(async () => await e2e.stop());

  /** A slow machine's engine is overloaded by so many: nothing was forwarded, and a client repeats it. */
  const ask = async (secret: string, body: unknown): Promise<Response> => {
    for (;;) {
      const answer = await e2e.complete(secret, body);
      if (answer.status !== 503) return answer;
      await answer.text();
      await sleep(PAUSE_MS);
    }
  };
  /** A streamed call that is stopped by its id as soon as it speaks. */
  const cancelled = async (secret: string): Promise<void> => {
    const answer = await ask(secret, { ...say('slow'), stream: true });
    const id = answer.headers.get('x-request-id') ?? '';
    await e2e.api('POST', `/v1/calls/${id}/cancel`, secret);
    await answer.text();
  };
  const books = async (keyId: string) => {
    const { stateDir } = e2e.stack;
    const { reports, differing } = await runOpsJson(
      stateDir,
      reconciled,
      'reconcile',
      '--key',
      keyId,
    );
    const [report] = reports;
    if (report === undefined) throw new Error('no report');
    return { ...report, differing };
  };

  laptopTest(
    `agree to the nano after ${CALLS} calls at once on one key, cancels, and a kill in the middle of them`,
    WHY,
    async () => {
      const key = await e2e.mint({ max_spend_usd: 5, max_concurrency: 1_000, rpm: 100_000 });
      let answered = 0;
      const enough = Promise.withResolvers<void>();
      const call = async (): Promise<void> => {
        const answer = await ask(key.secret, say('hi'));
        expect(answer.status, await answer.text()).toBe(200);
        answered += 1;
        if (answered > KILLED_AFTER) enough.resolve();
      };
      const storm = [
        ...Array.from({ length: CALLS }, call),
        ...Array.from({ length: CANCELLED }, async () => await cancelled(key.secret)),
      ];
      const ended = Promise.allSettled(storm);
      // A look from time to time would come when a fast machine has answered all of them.
      await Promise.race([enough.promise, ended]);
      await e2e.stack.kill();
      await ended;
      const answeredBefore = answered;
      expect(answeredBefore).toBeLessThan(CALLS);
      await e2e.restart();

      await Promise.all([
        ...Array.from({ length: 200 }, call),
        ...Array.from({ length: CANCELLED }, async () => await cancelled(key.secret)),
      ]);
      expect(answered).toBe(answeredBefore + 200);
      await eventually(async () => {
        const found = await books(key.id);
        expect(found).toMatchObject({
          differing: 0,
          difference_nano_usd: 0,
          is_invariant_broken: false,
          wrong_hours: [],
        });
        // The hold of a call that was killed between its answer and its settlement stands until it expires.
        const { calls_in_flight: held, held_micros: heldMicros } = await e2e.own(key.secret);
        expect(found.events + held).toBeGreaterThanOrEqual(answered + CANCELLED);
        expect(found.spent_nano_usd + heldMicros * 1_000).toBeGreaterThanOrEqual(
          answered * COST_NANO_USD,
        );
      });
    },
  );
});
