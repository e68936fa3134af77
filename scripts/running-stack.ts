import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { messageOf } from '../local/message-of.ts';

export interface RunningStack {
  readonly baseUrl: string;
  readonly adminKey: string;
  /** Providers that are simulated on this machine. */
  readonly simulated: readonly string[];
  /** The JSON that an admin is answered. Throws with the answer's words when it is a refusal. */
  readonly ask: (method: string, path: string, body?: unknown) => Promise<unknown>;
}

const localFile = z.object({
  base_url: z.string(),
  admin_key: z.string(),
  simulated: z.array(z.string()).default([]),
});

export const fail = (problem: string): never => {
  console.error(problem);
  process.exit(1);
};

/** The stack that a tour walks through. Without one, or when it ends on the way, the tour ends in a sentence. */
export const runningStack = async (stateDir: string): Promise<RunningStack> => {
  process.on('uncaughtException', (error) => fail(`The tour ends: ${messageOf(error)}`));
  const file = join(stateDir, 'local.json');
  if (!existsSync(file))
    fail(
      `No stack runs here (${file} is missing): npm start in another terminal, then again. One that has a --state-dir is found by the same option: npm run tour -- --state-dir FOLDER.`,
    );
  const {
    base_url: baseUrl,
    admin_key: adminKey,
    simulated,
  } = localFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  await fetch(`${baseUrl}/health`).catch(() =>
    fail(`Nothing answers at ${baseUrl}: npm start in another terminal, then again.`),
  );
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return await answer.json();
  };
  return { baseUrl, adminKey, simulated, ask };
};
