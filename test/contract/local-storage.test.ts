import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { startStorage } from '../../local/dynamo/storage.ts';

const hasDynoxide = existsSync('node_modules/@dynoxide/linux-x64/dynoxide');

test.skipIf(!hasDynoxide)(
  'a write to a streamed table does not read the whole stream: a state folder stays fast as it grows',
  async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'sluice-storage-'));
    const storage = await startStorage(stateDir, undefined);
    try {
      const tables = new DatabaseSync(join(stateDir, 'tables.db'));
      // The engine's own question before each write.
      const plan = tables
        .prepare(
          'EXPLAIN QUERY PLAN SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?',
        )
        .all('KeysTable')
        .map((row) => String(row['detail']));
      tables.close();
      expect(plan.join()).toContain('USING COVERING INDEX sluice_stream_order');
    } finally {
      storage.stop();
      rmSync(stateDir, { recursive: true, force: true });
    }
  },
);

test.skipIf(!hasDynoxide)(
  'an engine that ends by itself is started again on the same tables; one that cannot stay ends the stack',
  async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'sluice-storage-'));
    const storage = await startStorage(stateDir, undefined);
    const pid = () => Number(readFileSync(join(stateDir, 'engine.pid'), 'utf8'));
    try {
      for (let deaths = 1; deaths <= 3; deaths++) {
        const died = pid();
        process.kill(died, 'SIGKILL');
        await expect.poll(pid).not.toBe(died);
        await expect.poll(async () => await storage.isUp()).toBe(true);
      }
      process.kill(pid(), 'SIGKILL');
      expect((await storage.lost).message).toBe(
        'the storage engine Dynoxide ended 4 times in a minute',
      );
      expect(await storage.isUp()).toBe(false);
    } finally {
      storage.stop();
      rmSync(stateDir, { recursive: true, force: true });
    }
  },
);
