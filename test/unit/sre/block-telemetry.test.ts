import { expect, test } from 'vitest';
import { blockTelemetry, type OpenedBlock } from '../../../lambdas/sre/adapters/block-telemetry.ts';
import type { BlockHead } from '../../../lambdas/sre/ports/blocks.ts';

const NOW_MS = Date.UTC(2026, 10, 30, 8);
const NOTHING: OpenedBlock = { logs: [], spans: [], metrics: [], plainBytes: 0 };

/** So many batches of this size and so many records, the newest first. */
const windowOf = async (
  count: number,
  size: Partial<Pick<BlockHead, 'bytes' | 'records'>> = {},
) => {
  const reads: string[] = [];
  let [running, most] = [0, 0];
  const heads = Array.from({ length: count }, (_value, index) => ({
    hash: `hash-${index}`,
    kind: 'logs' as const,
    stampMs: NOW_MS - index,
    fromMs: NOW_MS - index,
    toMs: NOW_MS - index,
    records: 10,
    bytes: 2_000,
    summary: '',
    ...size,
  }));
  const telemetry = blockTelemetry({
    blocks: {
      put: async () => await Promise.reject(new Error('nothing is written')),
      late: async () => await Promise.reject(new Error('nothing is late')),
      arrived: async ({ limit }) =>
        await Promise.resolve({ heads: heads.slice(0, limit), isCut: count > limit }),
      read: async (_tenant, hash) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
        reads.push(hash);
        return new Uint8Array();
      },
    },
    open: () => NOTHING,
  });
  const { isCut, wholeFromMs } = await telemetry.read({
    tenant: 't',
    fromMs: NOW_MS - 120_000,
    toMs: NOW_MS,
  });
  return { isCut, wholeFromMs, reads: reads.length, most };
};

test('a window of many small batches is read whole, some at once', async () => {
  expect(await windowOf(500)).toEqual({
    isCut: false,
    wholeFromMs: NOW_MS - 120_000,
    reads: 500,
    most: 50,
  });
});

test('it says from when on it is whole where there are more than are read', async () => {
  expect(await windowOf(501)).toMatchObject({ isCut: true, wholeFromMs: NOW_MS - 499, reads: 500 });
  expect(await windowOf(100, { bytes: 100_000 })).toMatchObject({ isCut: true, reads: 60 });
  expect(await windowOf(100, { records: 1_000 })).toMatchObject({ isCut: true, reads: 40 });
  expect(await windowOf(2, { bytes: 9_000_000 })).toMatchObject({ isCut: true, reads: 1 });
});
