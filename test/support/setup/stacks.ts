import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackIn } from '../stack.ts';

let folder = '';

/** What the stacks of a run have in common: one cloud assembly, and a folder where workers keep stacks that files share. */
export const setup = async (): Promise<void> => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-run-'));
  const assembly = join(folder, 'cdk.out');
  const synth = spawn(process.execPath, ['bin/app.ts'], {
    env: { ...process.env, CDK_OUTDIR: assembly },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(synth, 'exit');
  if (code !== 0) throw new Error('synth failed');
  process.env['SLUICE_TEST_ASSEMBLY'] = assembly;
  process.env['SLUICE_TEST_STACKS'] = join(folder, 'stacks');
};

export const teardown = async (): Promise<void> => {
  const stacks = join(folder, 'stacks');
  for (const worker of existsSync(stacks) ? readdirSync(stacks) : [])
    await stackIn(join(stacks, worker))?.stop();
  rmSync(folder, { recursive: true, force: true });
};
