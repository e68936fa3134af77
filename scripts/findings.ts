/**
 * Runs the findings one after the other, all or those that are named, and says which still hold. Ends with 0 when all
 * held, 1 when one changed, 2 when none changed and one could not run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';

const FOLDER = 'findings';
const FINDING_TIMEOUT_MS = 600_000;
const SECOND_MS = 1_000;

type Verdict = 'held' | 'changed' | 'could not run';

interface Result {
  readonly name: string;
  readonly title: string;
  readonly verdict: Verdict;
  readonly seconds: number;
  readonly printed: string;
}

const main = async (): Promise<void> => {
  const known = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sh'))
    .map((file) => basename(file, '.sh'));
  const asked = process.argv.slice(2).map((name) => basename(name, '.sh'));
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`no finding is called ${unknown.join(', ')}; there are ${known.join(', ')}`);
  const names = asked.length > 0 ? asked : known;
  const results: Result[] = [];
  for (const [index, name] of names.entries()) {
    process.stdout.write(`[${index + 1}/${names.length}] ${name} ... `);
    const result = await run(name);
    console.log(`${result.verdict}, ${result.seconds} s`);
    if (asked.length > 0 || result.verdict !== 'held') console.log(result.printed.trimEnd());
    results.push(result);
  }
  console.log(`\n${results.map(row).join('\n')}`);
  const verdicts = results.map(({ verdict }) => verdict);
  process.exitCode = verdicts.includes('changed') ? 1 : verdicts.includes('could not run') ? 2 : 0;
};

const run = async (name: string): Promise<Result> => {
  const file = join(FOLDER, `${name}.sh`);
  const startMs = performance.now();
  // A group of its own, so that what a finding started ends with it.
  const child = spawn('bash', [file], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const end = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  };
  const timer = setTimeout(end, FINDING_TIMEOUT_MS);
  process.once('SIGINT', end).once('SIGTERM', end);
  const printed = Promise.all([text(child.stdout), text(child.stderr)]);
  await once(child, 'exit');
  clearTimeout(timer);
  process.off('SIGINT', end).off('SIGTERM', end);
  return {
    name,
    title: titleOf(readFileSync(file, 'utf8')),
    verdict: verdictOf(child.exitCode),
    seconds: Math.round((performance.now() - startMs) / SECOND_MS),
    printed: (await printed).join(''),
  };
};

/** What was killed, or failed in a way of its own, showed neither. */
const verdictOf = (exitCode: number | null): Verdict =>
  exitCode === 0 ? 'held' : exitCode === 1 ? 'changed' : 'could not run';

const titleOf = (script: string): string => script.split('\n')[1]?.replace(/^# /, '') ?? '';

const row = ({ name, title, verdict }: Result): string =>
  `${verdict.padEnd('could not run'.length)}  ${name.padEnd(32)}  ${title}`;

await main();
