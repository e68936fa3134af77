/**
 * Deploys this app with the real CDK into an AWS emulator that nobody here wrote, and drives it there. The last line
 * is `N passed, N failed`. Needs Python 3 with venv, pip's network and openssl; without them it says what it did not
 * test, counts nothing and ends with 2.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulatedProviders } from '../local/providers/simulated-providers.ts';
import { STAGE } from '../test/deploy/support/cdk.ts';
import { output, runOutput } from '../test/deploy/support/deployed.ts';
import { freePort } from '../local/free-port.ts';
import { startEmulator } from '../test/deploy/support/emulator.ts';
import { GAPS } from '../test/deploy/support/gaps.ts';
import { run, words } from '../test/deploy/support/run.ts';
import { pythonTool } from './python-tools.ts';
import { readReport } from './test-report.ts';

const NOT_CHECKED = '(not checked here';
/** `.ci/run` knows this exit code. */
const NOT_TESTED = 2;
const PHASE_TIMEOUT_MS = 600_000;
/** After the first deployment, one after the other; a folder is one run. */
const FILES = [
  'test/e2e',
  'test/deploy/life-of-a-stage.test.ts',
  'test/deploy/operators-tools.test.ts',
  'test/deploy/upgrade.test.ts',
];
/** `npm run test:deploy -- test/e2e/sre.test.ts`: the first deployment, and these in place of all. */
const wanted = process.argv.slice(2);

let passed = 0;
let failed = 0;
const unchecked = new Set<string>();

/** One run of vitest; what it could not check is remembered with its reason. */
const suite = async (folder: string, ...files: readonly string[]): Promise<boolean> => {
  const file = join(folder, 'report.json');
  rmSync(file, { force: true });
  const { output: text } = await run(
    join('node_modules', '.bin', 'vitest'),
    words(
      `run --config vitest.deploy.config.ts --reporter=verbose --reporter=json --outputFile.json=${file} ${files.join(' ')}`,
    ),
    { timeoutMs: PHASE_TIMEOUT_MS },
  );
  console.log(text);
  const found = readReport(file);
  passed += found?.numPassedTests ?? 0;
  failed += found?.numFailedTests ?? 0;
  for (const each of found?.testResults.flatMap(({ assertionResults }) => assertionResults) ?? [])
    if (each.status !== 'passed' && each.status !== 'failed')
      // A whole suite says its reason once.
      unchecked.add(each.ancestorTitles.find((title) => title.includes(NOT_CHECKED)) ?? each.title);
  const isFine = found?.success === true;
  if (!isFine && (found?.numFailedTests ?? 0) === 0) failed += 1;
  return isFine;
};

const suites = async (folder: string): Promise<void> => {
  if (!(await suite(folder, 'test/deploy/first-deploy.test.ts'))) return;
  const deployment = { stage: STAGE, folder };
  process.env['SLUICE_E2E_BASE_URL'] = output(deployment, 'BaseUrl');
  process.env['SLUICE_E2E_ADMIN_KEY'] = await runOutput(deployment, 'AdminKeyCommand');
  process.env['SLUICE_E2E_INGEST_URL'] = output(deployment, 'IngestUrl');
  for (const file of wanted.length === 0 ? FILES : wanted) await suite(folder, file);
};

const main = async (ministack: string): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-deploy-'));
  const emulator = await startEmulator(ministack, folder);
  const simulated = await startSimulatedProviders();
  try {
    Object.assign(process.env, emulator.environment, {
      SLUICE_DEPLOY_FOLDER: folder,
      SLUICE_E2E_UPSTREAM_PORT: String(await freePort()),
      SLUICE_E2E_SIMULATED_URL: simulated.url,
    });
    await suites(folder);
    if (failed > 0) console.log(readFileSync(emulator.logPath, 'utf8').slice(-8_000));
  } finally {
    await emulator.stop();
    await simulated.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** null, or why nothing can be deployed here. */
const missing = (tool: ReturnType<typeof pythonTool>): string | null => {
  if (tool.kind === 'missing') return tool.reason;
  return spawnSync('openssl', ['version']).status === 0 ? null : 'openssl is missing';
};

const exitCode = (untested: string | null): number => {
  if (failed > 0) return 1;
  return untested === null ? 0 : NOT_TESTED;
};

const tool = pythonTool('ministack');
const reason = missing(tool);
if (tool.kind === 'ready' && reason === null) await main(tool.path);
else console.log(`NOT TESTED: nothing was deployed, for ${reason}.`);
console.log('What the emulator cannot show, and what covers it (docs/deploy.md):');
for (const { gap, cover } of GAPS) console.log(`- ${gap} ${cover}`);
for (const title of unchecked) console.log(`- ${title}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = exitCode(reason);
