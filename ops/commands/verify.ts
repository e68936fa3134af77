import { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { frontDoor } from '../adapters/front-door.ts';
import { EXIT } from '../ops-error.ts';
import { showAdminKey } from '../usecases/admin-keys.ts';
import { verify } from '../usecases/verify.ts';
import { contextOf } from './context.ts';

const USAGE_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 500;

export const verifyCommand = (): Command =>
  new Command('verify')
    .description('smoke test of a stack: mint, call, cap, usage, revoke')
    .option('--model <name>', 'the model to call; the cheapest configured one without it')
    .action(async (raw: unknown, self: Command) => {
      const { model } = z.object({ model: z.string().nullable().default(null) }).parse(raw);
      const { target, tools, output } = await contextOf(self);
      output.say(`Verifying ${target.name} at ${target.baseUrl}`);
      const checks = await verify(
        { ask: frontDoor(target), eventually, nowMs: () => Date.now() },
        { adminKey: await showAdminKey(tools), model },
        ({ name, ok, ms, detail }) =>
          output.say(
            `${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(7)} ${String(ms).padStart(6)} ms  ${detail}`,
          ),
      );
      const ok = checks.every((check) => check.ok);
      output.result(
        { ok, base_url: target.baseUrl, checks },
        ok ? 'The stack works.' : 'The stack does not work.',
      );
      if (!ok) process.exitCode = EXIT.found;
    });

const eventually = async (check: () => Promise<void>): Promise<void> => {
  const untilMs = Date.now() + USAGE_WITHIN_MS;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > untilMs) throw error;
      await sleep(LOOK_AGAIN_MS);
    }
  }
};
