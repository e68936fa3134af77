import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readInventory, type Inventory } from './inventory.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The templates of a stage with these settings, synthesized without bundling its functions. */
export const synthesize = (settings: Readonly<Record<string, string>>): Inventory => {
  const outdir = mkdtempSync(join(tmpdir(), 'sluice-cost-'));
  try {
    const synth = spawnSync(process.execPath, ['bin/app.ts'], {
      cwd: ROOT,
      encoding: 'utf8',
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        CDK_OUTDIR: outdir,
        CDK_CONTEXT_JSON: JSON.stringify({ ...settings, 'aws:cdk:bundling-stacks': [] }),
      },
    });
    if (synth.status !== 0) throw new Error(`synth failed\n${synth.stderr}`);
    return readInventory(outdir);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
};
