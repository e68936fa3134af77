import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { watchCall } from '../../../lambdas/inference/calls/stop-call.ts';
import { engineRoom } from '../../support/engine-room.ts';
import { KEY_ID } from '../../support/key-items.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const watched = () => {
  const { deps } = engineRoom('http://127.0.0.1:9');
  const call = {
    credential: { keyId: KEY_ID, secretHash: 'hash' },
    requestId: 'req_1',
    holdId: 'h1',
    feature: null,
    deadlineMs: Date.now() + 60_000,
  };
  return { deps, call, stop: watchCall(deps, call) };
};

describe('a call at work', () => {
  test('is stopped within a second of its cancel', async () => {
    const { deps, call, stop } = watched();
    await vi.advanceTimersByTimeAsync(2_500);
    await deps.cancelFlags.raise(KEY_ID, call.holdId, Date.now());
    await vi.advanceTimersByTimeAsync(499);
    expect([stop.signal.aborted, stop.reason()]).toEqual([false, null]);
    await vi.advanceTimersByTimeAsync(501);
    expect([stop.signal.aborted, stop.reason()]).toEqual([true, 'cancelled']);
    stop.end();
  });

  test('is stopped at its deadline, and by nothing when it has ended before', async () => {
    const { stop } = watched();
    await vi.advanceTimersByTimeAsync(59_999);
    expect(stop.reason()).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect([stop.signal.aborted, stop.reason()]).toEqual([true, 'deadline']);
    const ended = watched();
    ended.stop.end();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(ended.stop.signal.aborted).toBe(false);
  });
});
