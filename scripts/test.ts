/** The test command: formatting, lint, types, then every suite. Its last line is `N passed, N failed`. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from './chromium.ts';
import { installFolder } from './install-folder.ts';
import { runTests, type Figures } from './run-tests.ts';
import { FOLDERS, passes, staticChecks } from './static-checks.ts';

/** By the exit code of the template check. */
const TEMPLATE_RESULTS = [
  'templates: passed',
  'failed: templates',
  'templates: not checked, see above',
];

if (spawnSync('java', ['-version'], { stdio: 'ignore' }).status !== 0)
  console.log('Java is missing: the storage contract does not run on DynamoDB Local.');

if (!existsSync('node_modules/@dynoxide'))
  console.log('Dynoxide has no binary here: the storage contract does not run on it.');

const browser = chromium();
if (browser.kind === 'missing')
  console.log(`Chromium is missing (${browser.reason}): the example page is not checked.`);

for (const folder of [...FOLDERS, 'clients/node']) installFolder(folder);

const checkTemplates = async (): Promise<Figures> => {
  const child = spawn(process.execPath, ['scripts/lint-templates.ts'], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  console.log(TEMPLATE_RESULTS[code ?? 1] ?? TEMPLATE_RESULTS[1]);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 || code === 2 ? 0 : 1 };
};

/** One after the other, beside the tests. */
const checkAll = async (): Promise<readonly Figures[]> => {
  const all: Figures[] = [];
  for (const check of staticChecks()) {
    const passed = await passes(check);
    all.push(passed ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
  }
  return [...all, await checkTemplates()];
};

const [checks, tests] = await Promise.all([
  checkAll(),
  runTests('--reporter=default', ...process.argv.slice(2)),
]);
const all = [...checks, tests];
const sum = (name: keyof Figures): number => all.reduce((total, one) => total + one[name], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
