/**
 * Keeps the templates of a release for the tests of the next one: State as it is, from which the next one is upgraded, and
 * Service without what changes with every build, with which the next one is compared. Run it at each release.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparable, writeParts } from '../test/support/compare-templates.ts';

const STATE = 'test/fixtures/state-of-last-release.template.json';
const SERVICE = 'test/fixtures/service-of-last-release.jsonl';
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
const templateOf = (stack: string): string =>
  join(outdir, `Sluice-${STAGE}-${stack}.template.json`);
copyFileSync(templateOf('State'), STATE);
writeFileSync(
  SERVICE,
  writeParts(comparable(JSON.parse(readFileSync(templateOf('Service'), 'utf8')))),
);
rmSync(outdir, { recursive: true });
console.log(`${STATE} and ${SERVICE} are written.`);
