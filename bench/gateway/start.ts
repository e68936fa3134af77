import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { BEFORE, ofBuilds, type Group } from '../kit/compare.ts';
import { chatBody } from '../kit/events.ts';
import { outerEnvironment } from '../kit/processes.ts';
import { startRuntime } from '../kit/runtime.ts';

export const start: Group = {
  name: 'start',
  about: '`npm start` on an installed clone, to the first answer of a simulated provider',
  mode: 'functions',
  rounds: 3,
  rows: [
    {
      key: 'seconds',
      what: '`npm start` to the first answer, s',
      goals: [{ max: 0.7, of: BEFORE }],
    },
  ],
  contenders: ofBuilds(async ({ build }) => {
    const stateDir = mkdtempSync(join(tmpdir(), 'sluice-start-'));
    const beganMs = performance.now();
    const runtime = await startRuntime(build, stateDir, ['npm', 'start', '--']);
    try {
      const minted = await runtime.post('/v1/keys', runtime.admin_key, { name: 'first' });
      const { secret } = z.looseObject({ secret: z.string() }).parse(await minted.json());
      await runtime.post('/v1/chat/completions', secret, chatBody(false));
      return { seconds: (performance.now() - beganMs) / 1_000 };
    } finally {
      await runtime.stop();
      rmSync(stateDir, { recursive: true, force: true });
    }
  }),
};

export const testCommand: Group = {
  name: 'test',
  about: '`npm test`, once on each build',
  mode: 'functions',
  rounds: 1,
  isOnlyNamed: true,
  rows: [{ key: 'seconds', what: '`npm test`, s', digits: 0, goals: [{ max: 0.5, of: BEFORE }] }],
  contenders: ofBuilds(async ({ build }) => {
    const beganMs = performance.now();
    const { status } = spawnSync('npm', ['test'], {
      cwd: build.root,
      stdio: 'ignore',
      env: outerEnvironment(),
    });
    if (status !== 0) console.error(`... npm test ended with ${status} in ${build.root}`);
    return await Promise.resolve({ seconds: (performance.now() - beganMs) / 1_000 });
  }),
};
