import { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { EXIT } from '../ops-error.ts';
import type { Target } from '../target.ts';
import { showAdminKey } from '../usecases/admin-keys.ts';
import { verify, type Answer } from '../usecases/verify.ts';
import { contextOf } from './context.ts';

const REQUEST_TIMEOUT_MS = 60_000;
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
        { ask: askOf(target), eventually, nowMs: () => Date.now() },
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

const askOf =
  (target: Target) =>
  async (method: string, path: string, key: string | null, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${target.baseUrl}${path}`, {
      method,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      headers: {
        'content-type': 'application/json',
        ...(path === '/v1/messages' ? { 'anthropic-version': '2023-06-01' } : {}),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: jsonOf(text) };
  };

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

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
