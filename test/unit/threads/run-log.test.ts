import { describe, expect, test } from 'vitest';
import { FIRST_WINDOW_MS, LATER_WINDOW_MS } from '../../../lambdas/threads/domain/limits.ts';
import type { RunEvent } from '../../../lambdas/threads/domain/run-event.ts';
import type { ChunkLog } from '../../../lambdas/threads/ports/chunks.ts';
import { RunLog } from '../../../lambdas/threads/usecases/run-log.ts';
import { HandClock } from '../../support/hand-clock.ts';
import { PLACE } from '../../support/thread-rows.ts';

/** A store that answers at once and notes when it was asked. */
const world = () => {
  const clock = new HandClock();
  const { timers } = clock;
  const puts: { readonly atMs: number; readonly text: string }[] = [];
  const startMs = clock.nowMs;
  const chunks: Pick<ChunkLog, 'append'> = {
    append: async (_run, _writer, { events }) => {
      puts.push({ atMs: clock.nowMs - startMs, text: events.map(textOf).join('') });
      return await Promise.resolve('stored');
    },
  };
  const log = new RunLog(
    { timers, chunks: { ...chunks, read: none, readPacked: none } },
    {
      run: { ...PLACE, seq: 2 },
      writer: { epoch: 1, nonce: 'n' },
      startedAtMs: startMs,
      stored: [],
      onStored: () => undefined,
    },
  );
  return {
    log,
    puts,
    pass: async (ms: number): Promise<void> => await clock.pass(ms),
  };
};

const TEXT_BLOCK = { type: 'text', text: '' } as const;
const none = async () => await Promise.resolve([]);
const textOf = (event: RunEvent): string =>
  event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '';
const delta = (text: string): RunEvent => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text },
});

describe("the producer's end of a log", () => {
  test('a delta that nothing came before for a window is put at once', async () => {
    const { log, puts, pass } = world();
    for (let token = 0; token < 20; token++) {
      await log.push(delta(`${token} `));
      await pass(LATER_WINDOW_MS + 1);
    }
    expect(puts.map(({ text }) => text)).toEqual(
      Array.from({ length: 20 }, (_, token) => `${token} `),
    );
    expect(puts.map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: 20 }, (_, token) => token * (LATER_WINDOW_MS + 1)),
    );
  });

  test('the beginning of an answer and its first words are one put, and none of them waits', async () => {
    const { log, puts, pass } = world();
    await log.push({ type: 'message_start', message: { model: 'm', role: 'assistant' } });
    await log.push({ type: 'content_block_start', index: 0, content_block: TEXT_BLOCK });
    await log.push(delta('first '));
    await pass(0);
    expect(puts).toEqual([{ atMs: 0, text: 'first ' }]);
    await log.push(delta('second '));
    await pass(1);
    expect(puts).toHaveLength(1);
    await log.push({ type: 'content_block_stop', index: 0 });
    await pass(0);
    expect(puts.at(-1)).toEqual({ atMs: 1, text: 'second ' });
  });

  test('deltas that come faster gather: puts begin a window apart, and every delta is in one', async () => {
    const { log, puts, pass } = world();
    for (let token = 0; token < 1_000; token++) {
      await log.push(delta('x'));
      await pass(5);
    }
    await log.flush();
    expect(puts.map(({ text }) => text).join('')).toBe('x'.repeat(1_000));
    const gaps = puts.slice(1, -1).map(({ atMs }, index) => atMs - (puts[index]?.atMs ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(FIRST_WINDOW_MS);
    const late = gaps.slice(30);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(LATER_WINDOW_MS);
    // Words do not wait longer than the window and the token that follows it.
    expect(Math.max(...late)).toBeLessThanOrEqual(LATER_WINDOW_MS + 5);
  });
});
