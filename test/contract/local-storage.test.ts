import { existsSync, mkdtempSync, rmSync } from 'node:fs';
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
