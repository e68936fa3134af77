/** Keeps the State template of a release, from which the next one is upgraded in the tests. Run it at each release. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEPT = 'test/fixtures/state-of-last-release.template.json';
const STAGE = 'upgraded';

const outdir = mkdtempSync(join(tmpdir(), 'sluice-snapshot-'));
const synth = spawnSync(process.execPath, ['bin/app.ts'], {
  env: {
    ...process.env,
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify({ stage: STAGE, 'aws:cdk:bundling-stacks': [] }),
  },
  encoding: 'utf8',
});
if (synth.status !== 0) throw new Error(`synth failed\n${synth.stderr}`);
copyFileSync(join(outdir, `Sluice-${STAGE}-State.template.json`), KEPT);
rmSync(outdir, { recursive: true });
console.log(`${KEPT} is written.`);
