import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { BoundedLog } from '../../../local/bounded-log.ts';
import { lockFolder, readState, writeState } from '../../../local/state-folder.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'sluice-folder-'));
/** Where every write fails as on a full disk. */
const FULL = '/dev/full';

test('a folder on which a stack runs is refused by its process and address, and free when that ended', async () => {
  const stateDir = folder();
  const args = ['-e', 'setInterval(() => {}, 1_000)', 'local/start.ts'];
  const other = spawn(process.execPath, args, { stdio: 'ignore' });
  await once(other, 'spawn');
  writeFileSync(join(stateDir, 'stack.pid'), String(other.pid));
  writeFileSync(join(stateDir, 'local.json'), '{"base_url":"http://127.0.0.1:4000"}');
  expect(() => lockFolder(stateDir)).toThrow(
    `${stateDir} is the state folder of a stack that runs at http://127.0.0.1:4000 as process ${other.pid}: end that one, or name another folder with --state-dir`,
  );
  other.kill();
  await once(other, 'exit');
  const unlock = lockFolder(stateDir);
  expect(readFileSync(join(stateDir, 'stack.pid'), 'utf8')).toBe(String(process.pid));
  unlock();
  expect(existsSync(join(stateDir, 'stack.pid'))).toBe(false);
});

test('a number that another program has by now holds no folder', () => {
  const stateDir = folder();
  for (const left of ['1', 'none', '', String(process.pid)]) {
    writeFileSync(join(stateDir, 'stack.pid'), left);
    lockFolder(stateDir)();
  }
});

test.each(['{"half', '[]', '{"a":1}', ''])('a file of state that holds %j is named', (text) => {
  const path = join(folder(), 'secrets.json');
  const schema = z.record(z.string(), z.string());
  expect(readState(path, schema)).toBeUndefined();
  writeFileSync(path, text);
  expect(() => readState(path, schema)).toThrow(
    `${path} is not what a stack writes there: mend it, delete it, or start again with --fresh`,
  );
});

test.skipIf(!existsSync(FULL))('a file that a full disk does not take is named', () => {
  const path = join(folder(), 'secrets.json');
  symlinkSync(FULL, path);
  expect(() => writeState(path, '{}')).toThrow(/secrets\.json cannot be written \(ENOSPC/);
});

test('a log keeps what is new, in two files of its limit', () => {
  const path = join(folder(), 'logs', 'a.log');
  const lost: Error[] = [];
  const log = new BoundedLog(path, (error) => void lost.push(error), 100);
  for (let line = 0; line < 50; line++) {
    log.write(`line ${String(line).padStart(4, '0')}\n`);
  }
  log.end();
  expect(readFileSync(path, 'utf8')).toContain('line 0049\n');
  for (const file of [path, `${path}.old`])
    expect(readFileSync(file).length).toBeLessThanOrEqual(100);
  expect(readFileSync(`${path}.old`, 'utf8') + readFileSync(path, 'utf8')).toMatch(
    /^(line 00[34]\d\n)+$/,
  );
  expect(lost).toEqual([]);
});

test.skipIf(!existsSync(FULL))('a log on a full disk says so once and ends nothing', () => {
  const logs = join(folder(), 'logs');
  mkdirSync(logs);
  symlinkSync(FULL, join(logs, 'a.log'));
  const lost: Error[] = [];
  const log = new BoundedLog(join(logs, 'a.log'), (error) => void lost.push(error));
  log.write('a line\n');
  log.write('another\n');
  log.end();
  expect(lost).toEqual([
    expect.objectContaining({
      message: expect.stringMatching(/a\.log cannot be written \(ENOSPC/),
    }),
  ]);
});
